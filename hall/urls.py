from django.urls import path

from hall.views import case, health, inbox, intake, papers, public, sign_in, supervision, unmask, window

urlpatterns = [
    path("", window.home, name="home"),
    path("sign-in/", sign_in.sign_in, name="sign_in"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
    path("window/", window.window_home, name="window_home"),
    path("window/queue/", window.queue, name="window_queue"),
    path("window/incoming/", window.incoming, name="window_incoming"),
    path("window/transfer/", window.transfer, name="window_transfer"),
    path("window/hand-out/", window.hand_out, name="window_hand_out"),
    path("window/intake/", intake.intake, name="intake"),
    path("window/intake/items/", intake.items, name="intake_items"),
    path("window/intake/preview/", intake.preview, name="intake_preview"),
    path("approval/", inbox.inbox, name="inbox"),
    path("approval/concluded/", inbox.concluded, name="concluded"),
    path("supervision/", supervision.today, name="supervision_today"),
    path("supervision/due/", supervision.due, name="supervision_due"),
    path("cases/", window.find, name="find"),
    path("cases/<str:number>/", case.case, name="case"),
    path("cases/<str:number>/why/", case.why, name="case_why"),
    path("cases/<str:number>/unmask/<slug:column>/", unmask.unmask, name="case_unmask"),
    path("papers/<uuid:key>/", papers.paper, name="paper"),
    path("public/", public.home, name="public_home"),
    path("public/progress/", public.progress, name="public_progress"),
    path("public/progress/<str:number>/", public.progress_case, name="public_progress_case"),
    path("public/progress/<str:number>/<str:code>/", public.progress_open, name="public_progress_open"),
    path("public/papers/", public.check, name="public_check"),
    path("public/papers/<str:code>/", public.paper, name="public_paper"),
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
]

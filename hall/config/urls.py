"""Every address of the product, room by room. `hall.config.access` says who may open each."""

from django.urls import include, path

urlpatterns = [
    path("", include("hall.urls")),
    path("api/v1/", include("hall.api.urls")),
]

handler400 = "hall.config.api_errors.bad_request"
handler404 = "hall.config.api_errors.page_not_found"
handler500 = "hall.config.api_errors.server_error"

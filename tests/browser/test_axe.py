"""Every page, at a desk and on a phone: axe finds nothing serious, nothing runs off the side, the policy is kept (D48)."""

from collections.abc import Callable

from axe_playwright_python.sync_playwright import Axe

from hall.actions.intake import query_code_of
from hall.models import Case
from hall.states import CaseState
from supervision import efficiency, moment
from supervision.models import Paper
from tests import builders
from tests.browser.conftest import PAGE, Hall, Somebody
from tests.sealing_office import Office

S = CaseState
GRAVE = ("serious", "critical")
AXE = Axe()
BEFORE_ACCEPTANCE = ("request_corrections", "accept_with_gaps", "decline")
MISSING = ("/nothing-here/", "/public/papers/AAAA-AAAA-AAAA/")


def test_no_page_of_the_window_has_a_serious_finding(hall: Hall) -> None:
    clerk = hall.staff("linhaiyan")
    empty = ["/window/", "/window/queue/", "/window/incoming/", "/window/transfer/", "/window/hand-out/", "/cases/"]
    look_at(clerk, [*empty, "/window/intake/", "/window/intake/?q=ws", f"/window/intake/?item={builders.ITEM}"])
    cases = made(S.SUBMITTED, S.RECEIVED, S.READY)
    filed, received, ready = (f"/cases/{cases[state]}/" for state in (S.SUBMITTED, S.RECEIVED, S.READY))
    look_at(clerk, [*empty[:5], "/cases/?q=吴", f"/window/intake/?case={cases[S.SUBMITTED]}", filed, received, ready])
    look_at(clerk, [f"{received}unmask/phone/", f"{received}why/", f"{received}do/withdraw/", f"{received}do/review/"])
    look_at(clerk, ["/window/first-contacts/"])
    asked = builders.make_first_contact()
    look_at(clerk, ["/window/first-contacts/", f"/first-contacts/{asked.id}/"])
    look_at(hall.staff("panguohui"), ["/supervision/first-contacts/", f"/first-contacts/{asked.id}/"])
    corrected, sent = builders.make_case_for("take_corrections"), builders.make_case_for("confirm_courier")
    look_at(clerk, ["/window/corrections/", "/window/hand-out/"])
    look_at(
        clerk,
        [f"/cases/{corrected.number}/", f"/cases/{corrected.number}/do/take_corrections/", f"/cases/{sent.number}/"],
    )


def test_no_page_of_a_verb_has_a_serious_finding(hall: Hall) -> None:
    """The pages with more than plain fields, and the notices and panels that they leave on the case."""
    section = hall.staff("zhengqiwen")
    gap, paused = builders.make_case_for("accept_with_gaps"), builders.make_case_for("resume")
    look_at(section, [f"/cases/{gap.number}/", *(f"/cases/{gap.number}/do/{verb}/" for verb in BEFORE_ACCEPTANCE)])
    builders.act("ask_opinion", paused)
    look_at(section, [f"/cases/{paused.number}/", f"/cases/{paused.number}/do/pause/"])
    fresh = builders.make_accepted_case()
    look_at(section, [f"/cases/{fresh.number}/do/{verb}/" for verb in ("pause", "ask_opinion", "hand_over", "void")])
    fee = builders.make_case_for("charge")
    look_at(hall.staff(builders.empowered(fee, "charge").username), [f"/cases/{fee.number}/do/charge/"])
    asked = hall.staff(builders.make_section_head(builders.OTHER_UNIT).username)
    look_at(asked, ["/approval/opinions/", f"/cases/{paused.number}/"])
    promised, untrue = builders.make_case_for("order_rectification"), builders.make_case_for("revoke")
    look_at(section, [f"/cases/{promised.number}/do/order_rectification/", f"/cases/{untrue.number}/"])
    look_at(hall.staff("maikangwen"), [f"/cases/{untrue.number}/do/revoke/"])
    look_at(section, [f"/cases/{builders.act('revoke', untrue).number}/"])


def test_no_page_of_approval_and_supervision_has_a_serious_finding(
    hall: Hall, office: Office, print_papers: Callable[[], int]
) -> None:
    """Papers of one case are printed, those of the others still wait."""
    approval, supervision = (
        [
            "/approval/",
            "/approval/concluded/",
            "/deadline/?start=2024-04-08&limit=10&unit=workday&first_1=2024-04-11",
            "/approval/regulator-notices/",
            "/approval/regulator-notices/?tab=acknowledged",
        ],
        ["/supervision/", "/supervision/log/", "/supervision/due/", "/supervision/calendar/"],
    )
    section, supervisor = hall.staff("zhengqiwen"), hall.staff("panguohui")
    look_at(section, approval[1:])
    look_at(supervisor, supervision[:2])
    cases = made(S.ACCEPTED)
    print_papers()
    cases |= made(S.TRANSFERRED, S.REVIEWED, S.DELIVERED)
    builders.act("acknowledge", builders.make_decided_case())
    office.seal()
    efficiency.roll_up(now=moment.wall())
    look_at(
        section, [*approval, *(f"/cases/{number}/" for number in cases.values()), f"/cases/{cases[S.REVIEWED]}/why/"]
    )
    look_at(supervisor, [*supervision, f"/cases/{cases[S.DELIVERED]}/"])
    look_at(hall.staff("rongzhijian"), ["/"])


def test_no_public_page_has_a_serious_finding(hall: Hall, print_papers: Callable[[], int]) -> None:
    case = Case.objects.get(number=made(S.ACCEPTED)[S.ACCEPTED])
    print_papers()
    code = Paper.objects.filter(subject_id=case.id).latest("issued_at").check_code
    paths = ["/sign-in/", "/public/", "/public/progress/", f"/public/progress/{case.number}/{query_code_of(case)}/"]
    paths += ["/public/papers/", f"/public/papers/{code}/", *MISSING]
    look_at(hall.visitor(), paths)


def made(*states: CaseState) -> dict[CaseState, str]:
    """A case in each state: state → number."""
    return {state: builders.make_case(state).number for state in states}


def look_at(who: Somebody, paths: list[str]) -> None:
    """Each page once, at the width of a desk and then of a phone. All faults come out together."""
    faults = []
    for path in paths:
        who.page.set_viewport_size(PAGE[False])  # type: ignore[arg-type]
        answer = who.open(path)
        assert getattr(answer, "ok", False) or path in MISSING, f"{path} is no page"
        who.page.evaluate(AXE.axe_script)
        for phone in (False, True):
            who.page.set_viewport_size(PAGE[phone])  # type: ignore[arg-type]
            faults += [f"{path} at {PAGE[phone]['width']} px: {fault}" for fault in grave_faults(who)]
    complaints, who.complaints[:] = who.complaints[:], []
    assert faults + complaints == []


def grave_faults(who: Somebody) -> list[str]:
    found = who.page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    wide = who.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [f"{row['id']} {row['nodes'][0]['html'][:120]}" for row in found if row["impact"] in GRAVE] + (
        [f"{wide} px run off the side"] if wide > 0 else []
    )

"""Every page, at a desk and on a phone: axe finds nothing serious, and nothing runs off the side (D48)."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from hall.actions.intake import query_code_of
from hall.models import Case
from hall.states import CaseState
from supervision import efficiency, moment, papers
from supervision.models import Paper
from tests import builders
from tests.browser.conftest import Hall, Somebody

ROLES = {
    "linhaiyan": ("/window/", "/window/queue/", "/window/incoming/", "/window/transfer/", "/window/hand-out/", "/cases/?q=吴"),
    "zhengqiwen": ("/approval/", "/approval/?stage=approval", "/approval/concluded/"),
    "panguohui": ("/supervision/", "/supervision/due/"),
    "rongzhijian": ("/",),
}
INTAKE = ("/window/intake/", "/window/intake/?q=ws", "/window/intake/?item=S081")


@pytest.fixture
def cases(hall: Hall) -> dict[str, str]:
    """A case in every state, with its papers printed and the figures counted: name of the state → number."""
    made = {state.value: builders.make_case(state).number for state in CaseState}
    papers.print_pending(now=moment.now())
    efficiency.roll_up()
    return made


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
@pytest.mark.parametrize("username", list(ROLES))
def test_no_page_of_the_staff_has_a_serious_finding(
    hall: Hall, cases: dict[str, str], username: str, *, phone: bool
) -> None:
    who = hall.staff(username, phone=phone)
    paths = list(ROLES[username])
    if username == "linhaiyan":
        paths += [*INTAKE, f"/window/intake/?case={cases['submitted']}", f"/cases/{cases['ready']}/"]
        paths += [f"/cases/{cases['received']}/unmask/phone/"]
    if username == "zhengqiwen":
        paths += [f"/cases/{cases[state]}/" for state in ("transferred", "accepted", "reviewed", "delivered")]
        paths += [f"/cases/{cases['reviewed']}/why/"]
    look_at(who, paths)


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_no_public_page_has_a_serious_finding(hall: Hall, cases: dict[str, str], *, phone: bool) -> None:
    visitor = hall.visitor(phone=phone)
    case = Case.objects.get(number=cases["accepted"])
    code = Paper.objects.filter(subject_id=case.id).latest("issued_at").check_code
    paths = ["/sign-in/", "/public/", "/public/progress/", f"/public/progress/{case.number}/{query_code_of(case)}/"]
    paths += ["/public/papers/", f"/public/papers/{code}/", "/public/papers/AAAA-AAAA-AAAA/", "/nothing-here/"]
    look_at(visitor, paths, sideways=phone)


def look_at(who: Somebody, paths: list[str], *, sideways: bool = False) -> None:
    faults = []
    for path in paths:
        who.open(path)
        who.page.wait_for_load_state()
        found = [row for row in Axe().run(who.page).response["violations"] if row["impact"] in ("serious", "critical")]
        faults += [f"{path}: {row['id']} {row['nodes'][0]['html'][:120]}" for row in found]
        wide = who.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        faults += [f"{path}: {wide} px run off the side"] if sideways and wide > 0 else []
    complaints = [words for words in who.complaints if "404" not in words]
    assert faults + complaints == []

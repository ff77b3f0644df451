"""What a page and a verb ask of the database, statement by statement, and the same for three rows as for thirty (design 2, T36).

Each statement is named by a piece of it; the session's own, which answers who is asking, is counted apart and is one.
"""

import pytest
from django.urls import reverse

from hall import actions
from hall.models import Case
from hall.states import APPLICANT, BY_LAW, VERBS, CaseState
from supervision import clocks, moment
from tests import builders

from . import cast
from .statements import noted, of_request, short
from .typed import case_form, intake_form

pytestmark = pytest.mark.django_db
S = CaseState

LETTERS = "pg_advisory_xact_lock_shared"  # the letters of the unit hold still
CASE = 'FOR UPDATE OF "hall_case"'  # the case with all that the verb reads of it, locked
LINE = 'FROM "authorization_letterline"'  # the line in force
ITEM = '"authorization_letterline"'  # version, unit, materials and line of the item in one look-up
COUNTER = "supervision_counter"  # the next number of the series
WRITE = "WITH p0 AS (INSERT"  # record, case, act, clocks and paper
REVIEWED = 'FROM "hall_act"'  # who reviewed, for the four eyes
TOLD = 'FROM "hall_defect"'  # what a notice named
HANDED = 'FROM "hall_casematerial"'  # what was handed in, for the slip
ASKED = 'FROM "catalog_materialrequirement"'  # what the version asks for
PAPERS = 'FROM "supervision_paper"'  # what is handed over, for the receipt
STEP = 'FROM "catalog_procedurestep"'  # how long the next step may take
DEFECTS = 'FROM "hall_defect"'  # what the notices told
PAUSES = 'FROM "supervision_clockpause"'  # under which the due days are worked out
OPINIONS = 'FROM "hall_jointopinion"'
NOTICES = 'FROM "hall_regulatornotice"'
UNITS = 'FROM "catalog_department"'
FEES = 'FROM "catalog_fee"'
HOLDERS = 'FROM "authorization_postholding"'
SHIPMENT = 'FROM "hall_couriershipment"'  # whether the result is on its way

RECEIVE = [LETTERS, ITEM, COUNTER, WRITE]
VERB_STATEMENTS = {
    "receive": [LETTERS, CASE, LINE, ASKED, WRITE],
    "transfer": [LETTERS, CASE, LINE, HANDED, COUNTER, WRITE],
    "accept": [LETTERS, CASE, LINE, HANDED, STEP, COUNTER, WRITE],
    "review": [LETTERS, CASE, LINE, STEP, WRITE],
    "grant": [LETTERS, CASE, LINE, REVIEWED, COUNTER, WRITE],
    "conclude": [LETTERS, CASE, LINE, WRITE],
    "make_certificate": [LETTERS, CASE, LINE, COUNTER, WRITE],
    "make_ready": [LETTERS, CASE, LINE, WRITE],
    "hand_out": [LETTERS, CASE, SHIPMENT, LINE, PAPERS, COUNTER, WRITE],
    # Beside the ordinary way
    "accept_with_gaps": [LETTERS, CASE, LINE, HANDED, STEP, COUNTER, COUNTER, WRITE],
    "accept_on_declaration": [LETTERS, CASE, LINE, HANDED, STEP, COUNTER, COUNTER, WRITE],
    "request_corrections": [LETTERS, CASE, LINE, HANDED, DEFECTS, COUNTER, WRITE],
    "take_corrections": [LETTERS, CASE, LINE, DEFECTS, HANDED, COUNTER, WRITE],
    "decline": [LETTERS, CASE, LINE, COUNTER, WRITE],
    "not_required": [LETTERS, CASE, LINE, COUNTER, WRITE],
    "send_back": [LETTERS, CASE, LINE, WRITE],
    "supply_gaps": [LETTERS, CASE, LINE, HANDED, COUNTER, WRITE],
    "countersign": [LETTERS, CASE, LINE, REVIEWED, WRITE],
    "return_for_review": [LETTERS, CASE, LINE, STEP, WRITE],
    "refuse": [LETTERS, CASE, LINE, REVIEWED, COUNTER, WRITE],
    "forward_up": [LETTERS, CASE, LINE, WRITE],
    "pause": [LETTERS, CASE, LINE, PAUSES, HOLDERS, COUNTER, WRITE],
    "resume": [LETTERS, CASE, LINE, PAUSES, WRITE],
    "extend": [LETTERS, CASE, PAUSES, COUNTER, WRITE],
    "ask_opinion": [LETTERS, CASE, LINE, OPINIONS, UNITS, COUNTER, WRITE],
    "give_opinion": [LETTERS, CASE, OPINIONS, OPINIONS, WRITE],
    "charge": [LETTERS, CASE, LINE, FEES, COUNTER, WRITE],
    "hand_over": [LETTERS, CASE, LINE, HOLDERS, WRITE],
    "take_back": [LETTERS, CASE, LINE, WRITE],
    "send_by_courier": [LETTERS, CASE, SHIPMENT, LINE, WRITE],
    "confirm_courier": [LETTERS, CASE, SHIPMENT, LINE, PAPERS, COUNTER, WRITE],
    "deliver_electronically": [LETTERS, CASE, SHIPMENT, LINE, PAPERS, COUNTER, WRITE],
    "post_check": [LETTERS, CASE, LINE, WRITE],
    "order_rectification": [LETTERS, CASE, LINE, COUNTER, WRITE],
    "confirm_rectification": [LETTERS, CASE, LINE, WRITE],
    "revoke": [LETTERS, CASE, LINE, REVIEWED, PAPERS, COUNTER, NOTICES, WRITE],
    "acknowledge": [LETTERS, CASE, NOTICES, NOTICES, WRITE],
    "withdraw": [LETTERS, CASE, LINE, COUNTER, WRITE],
    "void": [LETTERS, CASE, LINE, COUNTER, WRITE],
}

COUNTS = 'COUNT("hall_case"."id")'  # how many cases stand in each state, for rail and tabs
CASES = 'SELECT "hall_case"."id"'  # the rows with everything that they show
LISTS = {
    "window_queue": (cast.GENERAL, S.RECEIVED, [CASES]),
    "window_incoming": (cast.GENERAL, S.SUBMITTED, [COUNTS, CASES]),
    "window_transfer": (cast.GENERAL, S.RECEIVED, [COUNTS, CASES]),
    "window_corrections": (cast.GENERAL, S.CORRECTION_REQUIRED, [COUNTS, CASES]),
    "window_hand_out": (cast.HAND_OUT, S.CERTIFICATE_MADE, [COUNTS, CASES]),
    "inbox": (cast.SECTION, S.TRANSFERRED, [COUNTS, CASES]),
    "find": (cast.GENERAL, S.RECEIVED, [CASES]),
    "concluded": (cast.SECTION, S.CONCLUDED, [CASES]),
    "supervision_due": (cast.SUPERVISOR, S.ACCEPTED, [CASES, CASES]),
}
QUERY = {"find": {"q": "吴晓明"}}
# The first pages of a day: figures and several short lists, one statement each.
DAYS = {
    "window_home": (cast.GENERAL, S.RECEIVED, 7),
    "supervision_today": (cast.SUPERVISOR, S.ACCEPTED, 10),
    "supervision_log": (cast.SUPERVISOR, S.ACCEPTED, 9),
}


@pytest.fixture(autouse=True)
def _same_minute(monkeypatch):
    """A session is prolonged once a minute; here the minute does not turn between two requests."""
    instant = moment.wall()
    monkeypatch.setattr(moment, "wall", lambda: instant)


def check(asked: list[str], named: list[str]) -> None:
    """Each statement is the one that is named in its place, and there is none beyond."""
    assert len(asked) == len(named), short(asked)
    assert all(piece in sql for sql, piece in zip(asked, named, strict=True)), short(asked)


# Lists ----------------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T36")
@pytest.mark.parametrize("name", LISTS)
def test_a_list_asks_at_most_two_statements_for_three_rows_and_for_thirty(name, clock):
    role, state, named = LISTS[name]
    client = builders.staff_client(cast.staff_of(role))
    url = reverse(name)
    client.get(url, QUERY.get(name))
    clocks.rules()  # a process keeps the rules of the revision in force
    for more, total in ((3, 3), (27, 30)):
        make_cases(more, state, clock)
        if name == "supervision_due":
            clock.set("2026-03-17 09:00")
        check(of_request(lambda: client.get(url, QUERY.get(name)), 200), named)
        assert len(named) <= 2
        assert client.get(url, QUERY.get(name)).content.decode().count("<tr") >= total


def make_cases(count, state, clock):
    """All on the same Tuesday, whatever the day is that the test looks from."""
    today = clock.now()
    clock.set("2026-03-10 10:42")
    for _ in range(count):
        builders.make_case(state)
    clock.set(moment.local(today).strftime("%Y-%m-%d %H:%M"))


@pytest.mark.parametrize("name", DAYS)
def test_the_page_of_the_day_asks_the_same_for_three_rows_and_for_thirty(name, clock):
    role, state, most = DAYS[name]
    client = builders.staff_client(cast.staff_of(role))
    client.get(reverse(name))
    counted = []
    for more in (3, 27):
        make_cases(more, state, clock)
        counted.append(len(of_request(lambda: client.get(reverse(name)), 200)))
    assert counted[0] == counted[1] <= most


@pytest.mark.parametrize(
    ("query", "most"), [({}, 0), ({"q": "许可"}, 3), ({"q": "gg"}, 3), ({"item": builders.ITEM}, 3)], ids=str
)
def test_choosing_an_item_asks_at_most_three_statements(query, most):
    """The items with their verdict, their fees, and the windows of units that have their own."""
    client = builders.staff_client(cast.staff_of(cast.GENERAL))
    client.get(reverse("intake"), query)
    asked = of_request(lambda: client.get(reverse("intake"), query), 200)
    assert len(asked) <= most, short(asked)


def test_the_preview_of_an_intake_asks_one_statement():
    client, form = builders.staff_client(cast.staff_of(cast.GENERAL)), intake_form()
    client.post(reverse("intake_preview"), form)
    check(of_request(lambda: client.post(reverse("intake_preview"), form), 200), [ITEM])


@pytest.mark.parametrize("name", LISTS)
def test_an_empty_list_asks_no_more(name):
    role, _, named = LISTS[name]
    client = builders.staff_client(cast.staff_of(role))
    client.get(reverse(name), QUERY.get(name))
    assert len(of_request(lambda: client.get(reverse(name), QUERY.get(name)), 200)) <= len(named)


# Pages of one case ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("state", S)
def test_the_page_of_a_case_asks_at_most_ten_statements_whoever_looks(state):
    case = builders.make_case(state)
    url = reverse("case", args=[case.number])
    counted = {}
    for role in cast.ROLES.keys() - cast.BLIND:
        client = builders.staff_client(cast.staff_of(role))
        client.get(url)
        asked = of_request(lambda client=client: client.get(url), 200)
        counted[role] = len(asked)
        assert len(asked) <= 10, short(asked)
    # Case, materials, way, papers; the line of the next step, and when there is none, why; all lines held, for what else may be done;
    # who reviewed, before a decision; the notices of a case that was sent back for corrections.
    assert max(counted.values()) <= 9, counted


@pytest.mark.parametrize("state", S)
def test_the_public_page_of_a_case_asks_one_statement(client, state):
    case = builders.make_case(state)
    code = actions.intake.query_code_of(case)
    client.get(reverse("public_progress_open", args=[case.number, code]))
    url = reverse("public_progress_case", args=[case.number])
    client.get(url)
    with noted() as asked:
        assert client.get(url).status_code == 200
    to_bring = [TOLD, HANDED] if state == S.CORRECTION_REQUIRED else []
    check(asked, [CASES, *to_bring])


# Verbs ----------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("verb", VERB_STATEMENTS)
def test_a_verb_asks_what_is_named_and_nothing_more(verb):
    case = builders.make_case_for(verb)
    staff, handed = builders.empowered(case, verb), builders.handed_in_full(case.version)
    words = {"approver": builders.approver_of(case)} if verb == "pause" else {}
    clocks.rules()
    with noted() as asked:
        if verb == "receive":
            actions.receive_submitted(case.number, handed, staff=staff, now=moment.now())
        else:
            builders.act(verb, case, staff=staff, **words)
    check(asked, VERB_STATEMENTS[verb])


@pytest.mark.parametrize("verb", VERB_STATEMENTS)
def test_a_verb_as_a_form_asks_at_most_eight_statements(verb):
    case = builders.make_case_for(verb)
    client = builders.staff_client(builders.empowered(case, verb))
    client.get(reverse("home"), follow=True)
    clocks.rules()
    url, form = case_form(verb, case)
    asked = of_request(lambda: client.post(url, form), 302)
    check(asked, VERB_STATEMENTS[verb])
    assert len(asked) <= (8 if len(VERBS[verb].papers) < 2 else 9)
    assert Case.objects.get(number=case.number).state == VERBS[verb].leads_to(case.state)


@pytest.mark.ids("D28", "T36")
@pytest.mark.parametrize(
    ("role", "item"),
    [(cast.GENERAL, builders.ITEM), (cast.FIELD, builders.AT_ONCE), (cast.OWN_WINDOW_ELSEWHERE, builders.OWN_WINDOW)],
)
def test_receiving_asks_four_statements_as_an_act_and_as_a_form(role, item):
    clocks.rules()
    staff, application = cast.staff_of(role), builders.make_application(item)
    with noted() as asked:
        actions.receive(application, staff=staff, now=moment.now())
    check(asked, RECEIVE)
    client = builders.staff_client(staff)
    client.get(reverse("intake"))
    form = intake_form(item)
    asked = of_request(lambda: client.post(reverse("intake"), form), 302)
    check(asked, RECEIVE)
    assert Case.objects.count() == 2


def test_every_verb_has_its_statements_named():
    assert {name for name, verb in VERBS.items() if verb.power not in (APPLICANT, BY_LAW)} == VERB_STATEMENTS.keys()

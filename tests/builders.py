"""People and cases by their office names. The cast is the demo county's; cases are made by the verbs themselves.

A builder never writes what a verb would write: what it hands out has its record, its clocks and its papers.
"""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.test import Client

from authorization import power
from authorization.models import LetterKind, LetterLine, PostHolding, PostKind
from authorization.staff import Staff
from catalog import queries as catalog
from catalog.models import ItemVersion
from hall import actions
from hall.config.sessions import SessionStore, seal_session, staff_of
from hall.models import ApplicantKind, Case, DeliveryWay, RecipientRelation, WindowDuty, WindowKind
from hall.states import VERBS, CaseState, verb_after
from supervision import log, moment

ITEM = "S001"  # 旅馆业特种行业许可证核发: promised, five materials by the applicant, approved by the leader in charge
PORTAL = log.Actor(client="portal", name="广东政务服务网")


def at(text: str) -> datetime:
    """An instant as the office says it: `at("2026-03-10 10:42")` on a clock in the county."""
    return datetime.fromisoformat(text).replace(tzinfo=moment.SHANGHAI).astimezone(tz=moment.wall().tzinfo)


# The cast ------------------------------------------------------------------------------------------------------------------
def make_clerk(window: WindowKind | int = WindowKind.GENERAL) -> Staff:
    """The clerk on duty today at the first window of a kind, or at the window with this number."""
    on_duty = WindowDuty.objects.filter(during__contains=_today()).order_by("window__number")
    wanted = {"window__kind": window} if isinstance(window, WindowKind) else {"window__number": window}
    duty = on_duty.filter(**wanted).select_related("holding").first()
    assert duty is not None, f"nobody is on duty at {window}"
    return _staff(duty.holding, duty)


def make_section_head(unit: str = "") -> Staff:
    """The head of a unit's approval section; without a unit, of the one that decides on ITEM."""
    return _holder_of_post(PostKind.SECTION, unit)


def make_leader(unit: str = "") -> Staff:
    """The leader in charge (分管领导)."""
    return _holder_of_post(PostKind.LEADER_IN_CHARGE, unit)


def make_main_leader(unit: str = "") -> Staff:
    return _holder_of_post(PostKind.MAIN_LEADER, unit)


def make_supervisor() -> Staff:
    holding = PostHolding.objects.filter(post__kind=PostKind.SUPERVISOR, during__contains=_today()).order_by("id").first()
    assert holding is not None
    return _staff(holding)


def empowered(case: Case, verb: str, now: datetime | None = None) -> Staff:
    """Who may take this step on this case: the clerk at the counter, or the post on the letter line in force."""
    wanted = VERBS[verb].power
    if wanted in power.COUNTER_ACTS:
        own_window = case.window is not None and case.window.kind == WindowKind.DEDICATED
        return make_clerk(case.window.number if own_window and case.window else WindowKind.GENERAL)
    return _staff(_holding_of(line_of(case.item_id, wanted, now)))


def line_of(item_id: Any, wanted: str, now: datetime | None = None) -> LetterLine:
    """The one line of a signing letter that gives this power on this item."""
    lines = power.in_force(now or moment.now()).filter(letter__kind=LetterKind.SIGNING)
    return lines.select_related("post", "letter").get(item_id=item_id, powers__contains=[wanted])


def staff_client(staff: Staff) -> Client:
    """A browser in which this person is signed in, in this post and at this window."""
    holding = PostHolding.objects.select_related("person").get(
        person_id=staff.person_id, post_id=staff.post_id, during__contains=_today()
    )
    duty = WindowDuty.objects.filter(holding=holding, during__contains=_today(), window_id=staff.window_id).first()
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = str(_session(holding, duty).session_key)
    return client


# Cases ---------------------------------------------------------------------------------------------------------------------
def make_applicant(**given: Any) -> actions.Person:
    """An applicant with a number that is right by its check digit and belongs to nobody."""
    typed: dict[str, Any] = {
        "kind": ApplicantKind.NATURAL_PERSON,
        "name": "吴晓明",
        "id_number": "440823199003072216",
        "phone": "13700000915",
        "address": "广东省湛江市遂溪县城月镇东街 12 号",
    }
    return actions.Person(**typed | given)


def make_application(item: str = ITEM, *, now: datetime | None = None, **given: Any) -> actions.Application:
    """A complete application: everything that the guide asks for is handed in."""
    version = version_of(item, now)
    typed: dict[str, Any] = {
        "item_key": item,
        "unit": version.item.department.number,
        "applicant": make_applicant(),
        "handed": handed_in_full(version),
        "delivery_way": DeliveryWay.COUNTER,
    }
    return actions.Application(**typed | given)


def version_of(item: str = ITEM, now: datetime | None = None) -> ItemVersion:
    """What the item says on that day."""
    version = catalog.on_day(item, moment.local_date(now or moment.now()))
    assert version is not None, f"{item} is not in use"
    return version


def handed_in_full(version: ItemVersion) -> list[actions.Handed]:
    return [
        actions.Handed(row.seq, row.originals, row.copies, electronic=not (row.originals or row.copies))
        for row in version.materials.all()
    ]


def make_submitted_case(item: str = ITEM, *, now: datetime | None = None, **given: Any) -> Case:
    """Filed online, waiting for a window."""
    now = now or moment.now()
    return actions.submit(make_application(item, now=now, **given), actor=PORTAL, now=now)


def make_received_case(item: str = ITEM, *, now: datetime | None = None, clerk: Staff | None = None, **given: Any) -> Case:
    """Received at a comprehensive window. Further words go to the application: `applicant=…`, `handed=…`."""
    now = now or moment.now()
    return actions.receive(make_application(item, now=now, **given), staff=clerk or make_clerk(), now=now)


def make_case(state: CaseState, item: str = ITEM, *, now: datetime | None = None, **given: Any) -> Case:
    """A case in any state of the table, brought there by every verb on the way, all at the same instant."""
    if state == CaseState.SUBMITTED:
        return make_submitted_case(item, now=now, **given)
    return bring(make_received_case(item, now=now, **given), state, now=now)


def make_transferred_case(item: str = ITEM, **given: Any) -> Case:
    return make_case(CaseState.TRANSFERRED, item, **given)


def make_accepted_case(item: str = ITEM, **given: Any) -> Case:
    return make_case(CaseState.ACCEPTED, item, **given)


def make_reviewed_case(item: str = ITEM, **given: Any) -> Case:
    return make_case(CaseState.REVIEWED, item, **given)


def make_decided_case(item: str = ITEM, **given: Any) -> Case:
    return make_case(CaseState.DECIDED, item, **given)


def make_concluded_case(item: str = ITEM, **given: Any) -> Case:
    return make_case(CaseState.CONCLUDED, item, **given)


def make_ready_case(item: str = ITEM, **given: Any) -> Case:
    return make_case(CaseState.READY, item, **given)


def make_delivered_case(item: str = ITEM, **given: Any) -> Case:
    return make_case(CaseState.DELIVERED, item, **given)


def bring(case: Case, state: CaseState, *, now: datetime | None = None) -> Case:
    """Lead a case on to a state, each step by whoever holds its power."""
    while case.state != state:
        verb = verb_after(case.state)
        assert verb is not None, f"no way leads from {case.state} to {state}"
        case = act(verb.name, case, now=now)
    return case


def act(verb: str, case: Case, *, staff: Staff | None = None, now: datetime | None = None, **words: Any) -> Case:
    """One verb as the office does it: by the empowered post, with an ordinary opinion, to the applicant."""
    now = now or moment.now()
    if verb == "receive":
        return actions.receive_submitted(
            case.number, handed_in_full(version_of(case.item.key, now)), staff=staff or make_clerk(), now=now, **words
        )
    words = _ordinary(verb, case) | words
    done: Case = getattr(actions, verb)(case.number, staff=staff or empowered(case, verb, now), now=now, **words)
    return done


def _ordinary(verb: str, case: Case) -> dict[str, Any]:
    return {
        "review": {"opinion": "材料齐全，符合条件，建议准予。"},
        "grant": {"opinion": "经审查，申请人提交的材料齐全，符合法定条件。"},
        "hand_out": {"recipient": case.applicant.name, "relation": RecipientRelation.SELF},
    }.get(verb, {})


def _holder_of_post(kind: PostKind, unit: str) -> Staff:
    number = unit or version_of().item.department.number
    holdings = PostHolding.objects.filter(post__kind=kind, post__department__number=number, during__contains=_today())
    holding = holdings.select_related("post").order_by("is_substitute", "id").first()
    assert holding is not None, f"{number} has no {kind}"
    return _staff(holding)


def _holding_of(line: LetterLine) -> PostHolding:
    held = PostHolding.objects.filter(post=line.post, during__contains=_today()).order_by("is_substitute", "id").first()
    assert held is not None, f"nobody holds {line.post}"
    return held


def _staff(holding: PostHolding, duty: WindowDuty | None = None) -> Staff:
    """Exactly what the middleware would say of this person's session."""
    session = SessionStore(_session(holding, duty).session_key)
    session.load()
    staff = staff_of(session, "127.0.0.1", _today(), settings.SESSION_ABSOLUTE_AGE)
    assert staff is not None, "this holding can't sign in today"
    return staff


def _session(holding: PostHolding, duty: WindowDuty | None) -> SessionStore:
    session = SessionStore()
    seal_session(session, holding.person, holding.id, duty.id if duty else None)
    session.create()
    return session


def _today() -> Any:
    return moment.local_date(moment.now())

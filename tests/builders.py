"""People and cases by their office names. The cast is the demo county's; cases are made by the verbs themselves.

A builder never writes what a verb would write: what it hands out has its record, its clocks and its papers.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Model, QuerySet
from django.test import Client

from authorization import power
from authorization.models import LetterKind, LetterLine, PostHolding, PostKind
from authorization.staff import Staff
from catalog import queries as catalog
from catalog.models import ItemVersion
from hall import actions
from hall.actions import by_law, first_contact
from hall.config.sessions import SessionStore, seal_session, staff_of
from hall.models import ApplicantKind, Case, DeliveryWay, FirstContact, RecipientRelation, WindowDuty, WindowKind
from hall.states import ASKED_UNIT, HEAD, REGULATOR, VERBS, CaseState, power_of, verb_after
from supervision import configuration, log, moment

ITEM = (
    "S081"  # 公共场所卫生许可, of 县卫生健康局: promised 5, statute 20 working days; approved by the leader in charge
)
AT_ONCE = "S095"  # 个体工商户设立登记: immediate, every stage with the section
OWN_WINDOW = "S091"  # 烟花爆竹经营（零售）许可: 县应急管理局 delegated nothing, so only its own window receives it
ON_RECEIPT = "S084"  # 护士新办执业注册: the statutory time runs from the receipt
TWO_VERIFIERS = "S082"  # 内资医疗机构设置审批: two must verify
JOINT = "S052"  # 燃气经营许可, handled jointly: the head of the county government extends
DECIDED_ABOVE = "S083"  # the unit examines, a higher authority decides
WITH_FEE = "S120"  # 占用、挖掘城市道路审批, of 县城市管理局: with a charge
FOLLOWED_UP = "S043"  # 建设工程规划许可证, of 县自然资源局: 县城市管理局 supervises what was granted
NO_STATUTE = "S024"  # 最低生活保障: no statutory limit is known
DEVOLVED = "S025"  # 临时救助: may be taken in at the points of towns
AT_SUB_CENTER = "S107"  # 林木采伐许可证核发: of the unit that keeps a sub-centre
UNIT = "health"
PORTAL = log.Actor(client="portal", name="广东政务服务网")


def at(text: str) -> datetime:
    """An instant as the office says it: `at("2026-03-10 10:42")` on a clock in the county."""
    return datetime.fromisoformat(text).replace(tzinfo=moment.SHANGHAI).astimezone(tz=moment.wall().tzinfo)


LONG_AGO = at("2026-01-05 10:00")


# The cast ------------------------------------------------------------------------------------------------------------------
def member(username: str) -> Staff:
    """Anybody of the county's people (fixtures/people.yaml), in the post held and at the window served today."""
    held = (
        PostHolding.objects.filter(person__username=username, during__contains=_today()).select_related("person").get()
    )
    return _staff(held)


def make_clerk(username: str = "linhaiyan") -> Staff:
    """林海燕 at the comprehensive window 3; `chenxiaolin` sits at window 2, `zhouminyi` at window 4."""
    return member(username)


def make_field_clerk() -> Staff:
    """李思源 at the field window for business registration, which takes the items of three units."""
    return member("lisiyuan")


def make_hand_out_clerk() -> Staff:
    """吴佩珊 at the output window: hands out, receives nothing."""
    return member("wupeishan")


def make_dedicated_clerk() -> Staff:
    """区志文 of 县应急管理局 at that unit's own window."""
    return member("ouzhiwen")


def make_sub_center_clerk() -> Staff:
    """关雨晴 of 县自然资源局 at that unit's window in the sub-centre."""
    return member("guanyuqing")


def make_point_clerk(username: str = "maixiaoqin") -> Staff:
    """麦小芹 at the point of 遂城镇; `lijianping` sits at that of 城月镇."""
    return member(username)


def make_transfer_clerk() -> Staff:
    """龚立新 at the transfer station."""
    return member("gonglixin")


def make_section_head(unit: str = UNIT) -> Staff:
    """郑启文, or the head of another unit's approval section. Units go by their slug."""
    return _holder_of_post(PostKind.SECTION, unit)


def make_leader(unit: str = UNIT) -> Staff:
    """麦康文, or another unit's leader in charge (分管领导)."""
    return _holder_of_post(PostKind.LEADER_IN_CHARGE, unit)


def make_main_leader(unit: str = UNIT) -> Staff:
    """范济民, or the main leader of another unit."""
    return _holder_of_post(PostKind.MAIN_LEADER, unit)


def make_representative(unit: str = UNIT) -> Staff:
    """范雪莹, or the chief representative of another unit in the hall."""
    return _holder_of_post(PostKind.CHIEF_REPRESENTATIVE, unit)


def make_supervisor() -> Staff:
    """潘国辉 of the joint inspection office."""
    return member("panguohui")


def empowered(case: Case, verb: str, now: datetime | None = None) -> Staff:
    """Who may take this step on this case: the clerk at the counter, or the post on the letter line in force."""
    wanted = power_of(VERBS[verb], case.state)
    if wanted in power.COUNTER_ACTS:
        return _at_the_counter(case)
    if wanted == HEAD:
        return member("rongzhijian") if case.version.is_handled_jointly else make_main_leader(case.item.department.slug)
    if wanted == ASKED_UNIT:
        return make_section_head(OTHER_UNIT)
    if wanted == REGULATOR:
        told = case.regulator_notices.select_related("regulator").first()
        return make_section_head(told.regulator.slug if told else case.item.department.slug)
    if verb == "countersign":
        return member("xulijun")
    return _staff(_first(PostHolding.objects.filter(post=line_of(case.item_id, wanted, now).post)))


def approver_of(case: Case) -> str:
    """The key by which the main leader of the unit is named as who approves a pause: always empowered, and never who pauses."""
    return holding_of(make_main_leader(case.item.department.slug))


def holding_of(staff: Staff) -> str:
    """The key under which this person holds the post today."""
    held = PostHolding.objects.get(person_id=staff.person_id, post_id=staff.post_id, during__contains=_today())
    return str(held.pk)


def line_of(item_id: Any, wanted: str, now: datetime | None = None) -> LetterLine:
    """The one line of a signing letter that gives this power on this item."""
    lines = power.in_force(now or moment.now()).filter(letter__kind=LetterKind.SIGNING)
    return lines.select_related("post", "letter").get(item_id=item_id, powers__contains=[wanted])


def announced(*rows: Model) -> None:
    """What a test has changed of the configuration goes on record as a verb would put it there (supervision/configuration.py)."""
    for row in rows:
        configuration.announce(type(row), [row.pk], actor=log.Actor(name="县政务服务中心"), now=moment.now())


def staff_client(staff: Staff) -> Client:
    """A browser in which this person is signed in, in this post and at the window served today."""
    holding = PostHolding.objects.select_related("person").get(
        person_id=staff.person_id, post_id=staff.post_id, during__contains=_today()
    )
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = str(_session(holding).session_key)
    return client


# Cases ---------------------------------------------------------------------------------------------------------------------
# To whom and where a result goes by post.
POSTAL = {
    "postal_recipient": "莫子荣",
    "postal_phone": "13700000916",
    "postal_address": "广东省湛江市遂溪县遂城镇金丝雀路 88 号",
}


def make_applicant(**given: Any) -> actions.Person:
    """An applicant with a number that is right by its check digit and belongs to nobody."""
    typed: dict[str, Any] = {
        "kind": ApplicantKind.NATURAL_PERSON,
        "name": "吴晓明",
        "id_number": "440823199003072212",
        "phone": "13700000915",
        "address": "广东省湛江市遂溪县城月镇东街 12 号",
    }
    return actions.Person(**typed | given)


def make_application(item: str = ITEM, *, now: datetime | None = None, **given: Any) -> actions.Application:
    """A complete application: everything that the guide asks for is handed in."""
    version = version_of(item, now)
    by_post = given.get("delivery_way") == DeliveryWay.COURIER
    typed: dict[str, Any] = {
        "item_key": item,
        "unit": version.item.department.number,
        "applicant": make_applicant(**POSTAL if by_post else {}),
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


def make_received_case(
    item: str = ITEM, *, now: datetime | None = None, clerk: Staff | None = None, **given: Any
) -> Case:
    """Received at a comprehensive window. Further words go to the application: `applicant=…`, `handed=…`."""
    now = now or moment.now()
    clerk = clerk or (make_dedicated_clerk() if item == OWN_WINDOW else make_clerk())
    return actions.receive(make_application(item, now=now, **given), staff=clerk, now=now)


def make_case(state: CaseState, item: str = ITEM, *, now: datetime | None = None, **given: Any) -> Case:
    """A case in any state of the table, brought there by every verb on the way, all at the same instant.

    What only the passing of days brings about takes weeks: such a case was begun in January.
    """
    if state == CaseState.SUBMITTED:
        return make_submitted_case(item, now=now, **given)
    if state == CaseState.CORRECTION_LAPSED:
        before = make_case(CaseState.TRANSFERRED, item, now=LONG_AGO, **given)
        case = act("request_corrections", before, now=LONG_AGO)
        assert by_law.carry_out(case.number, now=now or moment.now())
        return Case.objects.get(pk=case.pk)
    if state == CaseState.REVOKED:
        return act("revoke", make_case_for("revoke", **given), now=now)
    if state in _SIDEWAYS:
        before, verb = _SIDEWAYS[state]
        where = DECIDED_ABOVE if state == CaseState.FORWARDED_UP else item
        return act(verb, make_case(before, where, now=now, **given), now=now)
    return bring(make_received_case(item, now=now, **given), state, now=now)


# States beside the ordinary way, by the state before and the verb that leads there.
_SIDEWAYS = {
    CaseState.CORRECTION_REQUIRED: (CaseState.TRANSFERRED, "request_corrections"),
    CaseState.DECLINED: (CaseState.TRANSFERRED, "decline"),
    CaseState.NOT_REQUIRED: (CaseState.TRANSFERRED, "not_required"),
    CaseState.FORWARDED_UP: (CaseState.REVIEWED, "forward_up"),
    CaseState.WITHDRAWN: (CaseState.ACCEPTED, "withdraw"),
    CaseState.VOIDED: (CaseState.ACCEPTED, "void"),
}


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


def make_case_for(verb: str, *, now: datetime | None = None, **more: Any) -> Case:
    """A case on which this verb can be done next, brought there by the verbs before it. `more` goes to the application."""
    item, state, before, given = _BEFORE.get(verb, (ITEM, None, (), {}))
    if state is None:
        state = next(source for source in VERBS[verb].sources if source)
    given = given | more
    if verb == "revoke":
        now = LONG_AGO  # the time that the order gave is over
    if given.pop("gap", False):
        given["handed"] = handed_without_gap()
    case = make_case(state, item, now=now, **given)
    for step in before:
        case = bring(case, step, now=now) if isinstance(step, CaseState) else act(step, case, now=now)
    return case


def item_for(verb: str) -> str:
    """The item of the case that `make_case_for` makes."""
    return _BEFORE.get(verb, (ITEM,))[0]


# By verb: item, state, what is done then (verbs, or a state to be led to), what the application says. Others need only their state.
_S = CaseState
_PROMISED = ("accept_on_declaration", _S.CONCLUDED)
_BEFORE: dict[str, tuple[str, CaseState | None, tuple[Any, ...], dict[str, Any]]] = {
    "accept_with_gaps": (ITEM, _S.TRANSFERRED, (), {"gap": True}),
    "take_corrections": (ITEM, _S.TRANSFERRED, ("request_corrections",), {"gap": True}),
    "supply_gaps": (ITEM, _S.TRANSFERRED, ("accept_with_gaps",), {"gap": True}),
    "lapse_gaps": (ITEM, _S.TRANSFERRED, ("accept_with_gaps",), {"gap": True}),
    "lapse_corrections": (ITEM, _S.TRANSFERRED, ("request_corrections",), {"gap": True}),
    "countersign": (TWO_VERIFIERS, _S.REVIEWED, (), {}),
    "forward_up": (DECIDED_ABOVE, _S.REVIEWED, (), {}),
    "resume": (ITEM, _S.ACCEPTED, ("pause",), {}),
    "give_opinion": (ITEM, _S.ACCEPTED, ("ask_opinion",), {}),
    "charge": (WITH_FEE, _S.ACCEPTED, (), {}),
    "take_back": (ITEM, _S.ACCEPTED, ("hand_over",), {}),
    "confirm_courier": (ITEM, _S.READY, ("send_by_courier",), {"delivery_way": DeliveryWay.COURIER}),
    "send_by_courier": (ITEM, _S.READY, (), {"delivery_way": DeliveryWay.COURIER}),
    "deliver_electronically": (ITEM, _S.READY, (), {"delivery_way": DeliveryWay.ELECTRONIC}),
    "post_check": (ITEM, _S.TRANSFERRED, _PROMISED, {}),
    "order_rectification": (ITEM, _S.TRANSFERRED, _PROMISED, {}),
    "confirm_rectification": (ITEM, _S.TRANSFERRED, (*_PROMISED, "order_rectification"), {}),
    "revoke": (ITEM, _S.TRANSFERRED, (*_PROMISED, "order_rectification"), {}),
    "request_corrections": (ITEM, _S.TRANSFERRED, (), {"gap": True}),
}


def make_first_contact(*, now: datetime | None = None, clerk: Staff | None = None, **given: Any) -> FirstContact:
    """莫子荣 asked at window 3 by when a licence is renewed; 林海燕 finds it out by the 13th. Further words change the question."""
    asked: dict[str, Any] = {
        "question": "卫生许可证到期前多久要来办延续？",
        "asker": "莫子荣",
        "phone": "13700000915",
        "item": ITEM,
        "led_to": OTHER_UNIT_NUMBER,
    }
    now = now or moment.now()
    if not given.get("answer"):
        asked["answer_by"] = moment.local_date(now) + timedelta(days=3)
    question = first_contact.Question(**asked | given)
    return first_contact.register(question, staff=clerk or make_clerk(), now=now)


def handed_without_gap(item: str = ITEM) -> list[actions.Handed]:
    """Everything but what may follow later."""
    version = version_of(item)
    deferrable = {row.seq for row in version.materials.all() if row.necessity == "deferrable"}
    return [row for row in handed_in_full(version) if row.seq not in deferrable]


def act(verb: str, case: Case, *, staff: Staff | None = None, now: datetime | None = None, **words: Any) -> Case:
    """One verb as the office does it: by the empowered post, with an ordinary opinion, to the applicant."""
    now = now or moment.now()
    if verb == "receive":
        return actions.receive_submitted(
            case.number, handed_in_full(version_of(case.item.key, now)), staff=staff or make_clerk(), now=now, **words
        )
    words = _ordinary(verb, case) | words
    if verb == "pause" and "approver" not in words:
        words["approver"] = approver_of(case)
    given = _GIVEN.get(verb, lambda case: ())(case)
    action = getattr(actions, verb)
    done: Case = action(case.number, *given, staff=staff or empowered(case, verb, now), now=now, **words)
    return done


_GAP = 5  # 卫生管理制度 of 公共场所卫生许可
_GIVEN: dict[str, Callable[[Case], tuple[Any, ...]]] = {
    "request_corrections": lambda case: ([actions.Flaw(_GAP, "没有提交", "提交加盖公章的制度一份")],),
    "take_corrections": lambda case: ([actions.Handed(_GAP, 1)],),
    "supply_gaps": lambda case: ([actions.Handed(_GAP, 1)],),
    "charge": lambda case: ([(0, Decimal(120))],),
}
OTHER_UNIT, OTHER_UNIT_NUMBER = "market-regulation", "020"


def _ordinary(verb: str, case: Case) -> dict[str, Any]:
    to_applicant = {"recipient": case.applicant.name, "relation": RecipientRelation.SELF}
    return {
        "review": {"opinion": "材料齐全，符合条件，建议准予。"},
        "countersign": {"opinion": "经共同核查，情况属实。"},
        "grant": {"opinion": "经审查，申请人提交的材料齐全，符合法定条件。"},
        "refuse": {"opinion": "经现场核查，经营场所面积达不到规定的标准。"},
        "forward_up": {"opinion": "经初审，符合条件，报上级审批。"},
        "return_for_review": {"reason": "请补充现场核查的说明。"},
        "hand_out": to_applicant,
        "confirm_courier": to_applicant,
        "send_by_courier": {"courier": "邮政速递", "tracking_number": "1234567890123"},
        "accept_with_gaps": {"promised": True},
        "accept_on_declaration": {"content": "已知晓告知事项，符合全部条件。"},
        "decline": {
            "ground": "not_competent",
            "reason": "不属于本机关职权范围。",
            "basis": "公共场所卫生管理条例第三条",
            "authority": "湛江市卫生健康局",
        },
        "not_required": {"reason": "该活动不需要取得行政许可。", "basis": "公共场所卫生管理条例第二条"},
        "send_back": {"reason": "收错单位，应交县市场监督管理局。"},
        "pause": {"ground": "testing", "days": 20, "basis": "公共场所卫生管理条例"},
        "resume": {"result": "检测合格。"},
        "extend": {"days": 10, "reason": "案情复杂，需进一步核实。"},
        "ask_opinion": {
            "unit": OTHER_UNIT_NUMBER,
            "question": "请核对该场所的营业执照。",
        },
        "give_opinion": {"opinion": "营业执照真实有效。"},
        "hand_over": {"to": "xulijun", "reason": "承办人出差。"},
        "take_back": {"reason": "承办人已回。"},
        "post_check": {"opinion": "现场核查，承诺属实。"},
        "order_rectification": {
            "findings": "现场核查，通风设施没有安装。",
            "wanted": "安装通风设施并通过检测。",
            "days": 10,
        },
        "confirm_rectification": {"opinion": "经复查，通风设施已经安装。"},
        "revoke": {"ground": "unqualified", "reason": "逾期未改正，不符合法定条件。"},
        "withdraw": {"reason": "申请人不再经营。"},
        "void": {"reason": "重复收件。"},
    }.get(verb, {})


def _at_the_counter(case: Case) -> Staff:
    """The clerk of the window that received the case, where it is the unit's own; else of the common window."""
    if case.window is None or case.window.kind != WindowKind.DEDICATED:
        return make_clerk()
    return _staff(_first(PostHolding.objects.filter(duties__window=case.window, duties__during__contains=_today())))


def _holder_of_post(kind: PostKind, unit: str) -> Staff:
    return _staff(_first(PostHolding.objects.filter(post__kind=kind, post__department__slug=unit)))


def _first(holdings: QuerySet[PostHolding]) -> PostHolding:
    """The holder before the stand-in (A角 before B角)."""
    held = holdings.filter(during__contains=_today()).select_related("person").order_by("is_substitute", "id").first()
    assert held is not None, "nobody holds this post today"
    return held


def _staff(holding: PostHolding) -> Staff:
    """Exactly what the middleware would say of this person's session."""
    session = SessionStore(_session(holding).session_key)
    session.load()
    staff = staff_of(session, "127.0.0.1", _today(), settings.SESSION_ABSOLUTE_AGE)
    assert staff is not None, "this holding can't sign in today"
    return staff


def _session(holding: PostHolding) -> SessionStore:
    duty = WindowDuty.objects.filter(holding=holding, during__contains=_today()).first()
    session = SessionStore()
    seal_session(session, holding.person, holding.id, duty.id if duty else None)
    session.create()
    return session


def _today() -> date:
    return moment.local_date(moment.now())

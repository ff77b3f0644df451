"""Which window receives what: qualified operator, open window, lawful place, item of its kind (domain 7; D20, D35, D36, D38, D101)."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, models
from django.urls import reverse

from authorization.models import LetterKind, Person, Qualification, QualificationKind
from authorization.staff import Staff
from catalog import queries as catalog
from catalog.models import Department, ItemVersion, ReceivingPoint, ServiceItem
from hall import actions, policies, queries, receivable
from hall.config.sessions import SessionStore, staff_of
from hall.eligibility import covered_versions, refusal_at_window
from hall.models import SubCenter, Window, WindowKind
from hall.states import VERBS, CaseState
from supervision import moment
from supervision.refusals import Forbidden, NotFound
from tests import builders

from .contents import contents
from .pages import text_of

pytestmark = pytest.mark.django_db

CLERK = "linhaiyan"


def changed(rows: Any, **values: Any) -> None:
    """A change of the configuration as an office makes it: with its announcement."""
    for row in rows:
        type(row).objects.filter(pk=row.pk).update(**values)
        builders.announced(row)


def certificates(username: str = CLERK) -> Any:
    return Qualification.objects.filter(person__username=username)


# What is refused ------------------------------------------------------------------------------------------------------------
TODAY, TOMORROW = date(2026, 3, 10), date(2026, 3, 11)
Situation = tuple[Callable[[], Any], Callable[[], Staff], str, str, str, str]
REFUSED: dict[str, Situation] = {
    "certificate ran out yesterday": (
        lambda: changed(certificates(), valid_during=(date(2025, 12, 15), TODAY)),
        *(builders.make_clerk, builders.ITEM, "not_qualified", "已于2026年3月9日到期", "D101"),
    ),
    "certificate begins tomorrow": (
        lambda: changed(certificates(), valid_during=(TOMORROW, date(2027, 1, 1))),
        *(builders.make_clerk, builders.ITEM, "not_qualified", "您没有窗口上岗资格", "D101"),
    ),
    "certificate of the staff of a unit's own window ran out": (
        lambda: changed(certificates("ouzhiwen"), valid_during=(date(2025, 12, 15), TODAY)),
        *(builders.make_dedicated_clerk, builders.OWN_WINDOW, "not_qualified", "到期", "D101"),
    ),
    "window opens in April": (
        lambda: changed(Window.objects.filter(number=3), open_during=(date(2026, 4, 1), date(2026, 7, 1))),
        *(builders.make_clerk, builders.ITEM, "window_closed", "综合服务窗口 3 号今天不开放", "D36"),
    ),
    "window was shut yesterday": (
        lambda: changed(Window.objects.filter(number=3), open_during=(date(2026, 1, 1), TODAY)),
        *(builders.make_clerk, builders.ITEM, "window_closed", "综合服务窗口 3 号今天不开放", "D36"),
    ),
    "sub-centre is approved from tomorrow on": (
        lambda: changed(SubCenter.objects.all(), approved_on=TOMORROW),
        *(builders.make_sub_center_clerk, builders.AT_SUB_CENTER, "outside_hall", "不动产登记分中心没有获准", "D35"),
    ),
    "approval of the sub-centre ended yesterday": (
        lambda: changed(SubCenter.objects.all(), closed_on=TODAY),
        *(builders.make_sub_center_clerk, builders.AT_SUB_CENTER, "outside_hall", "不动产登记分中心没有获准", "D35"),
    ),
    "point may take nothing in": (
        lambda: changed(ReceivingPoint.objects.filter(name="遂城镇公共服务中心"), takes_devolved_items=False),
        *(builders.make_point_clerk, builders.DEVOLVED, "outside_hall", "遂城镇公共服务中心没有获准", "D35"),
    ),
    "item of a unit that the sub-centre was not approved for": (
        lambda: None,
        *(builders.make_sub_center_clerk, builders.ITEM, "sub_center_unit", "没有获准办理县卫生健康局的事项", "D38"),
    ),
    "item that was not devolved": (
        lambda: None,
        *(builders.make_point_clerk, builders.ITEM, "not_devolved", "没有下放，遂城镇公共服务中心不能办", "D20"),
    ),
    "item of another field": (
        lambda: None,
        *(builders.make_field_clerk, builders.ITEM, "window_field", "不属于分领域综合窗口 6 号的领域", "D96"),
    ),
    "transfer station": (
        lambda: None,
        *(builders.make_transfer_clerk, builders.ITEM, "window_kind", "中转站 14 号不办“收件”", "D36"),
    ),
    "item that is kept out of the hall": (
        lambda: changed(ServiceItem.objects.filter(key=builders.ITEM), hall_exception="state_secret"),
        *(builders.make_clerk, builders.ITEM, "not_in_hall", "不进大厅：涉及国家秘密", "D34"),
    ),
}


@pytest.mark.ids("D20", "D34", "D35", "D36", "D38", "D96", "D101", "D132")
@pytest.mark.parametrize("name", REFUSED)
def test_a_window_that_may_not_receive_says_why_and_where_to_go_and_writes_nothing(name):
    happens, who, item, code, words, rule = REFUSED[name]
    happens()
    application, staff, before = builders.make_application(item), who(), contents()
    with pytest.raises(Forbidden) as heard:
        actions.receive(application, staff=staff, now=moment.now())
    refusal = heard.value.refusal
    assert (refusal.code, words in refusal.sentence, rule in refusal.rules) == (code, True, True), refusal
    assert refusal.remedy.endswith("。")
    assert contents() == before


@pytest.mark.ids("D20", "D35", "D101")
@pytest.mark.parametrize("name", REFUSED)
def test_the_intake_page_shows_the_reason_beside_the_item(name):
    happens, who, item, _, words, _ = REFUSED[name]
    happens()
    client, version = builders.staff_client(who()), builders.version_of(item)
    found = text_of(client.get(reverse("intake_items"), {"q": version.name}))
    assert words in found
    assert "本窗口可收" not in found
    assert f"?item={item}" not in found
    chosen = text_of(client.get(reverse("intake"), {"item": item}))
    assert chosen.count(words) >= 2  # beside the item, and where the button would be


# Until the day itself ---------------------------------------------------------------------------------------------------------
ALLOWED: dict[str, tuple[Callable[[], Any], Callable[[], Staff], str]] = {
    "last day of the certificate": (
        lambda: changed(certificates(), valid_during=(date(2025, 12, 15), TOMORROW)),
        *(builders.make_clerk, builders.ITEM),
    ),
    "first day of the certificate": (
        lambda: changed(certificates(), valid_during=(TODAY, date(2027, 1, 1))),
        *(builders.make_clerk, builders.ITEM),
    ),
    "first day of the window": (
        lambda: changed(Window.objects.filter(number=3), open_during=(TODAY, date(2026, 7, 1))),
        *(builders.make_clerk, builders.ITEM),
    ),
    "first day of the sub-centre": (
        lambda: changed(SubCenter.objects.all(), approved_on=TODAY, closed_on=TOMORROW),
        *(builders.make_sub_center_clerk, builders.AT_SUB_CENTER),
    ),
}


@pytest.mark.ids("D38", "D101")
@pytest.mark.parametrize("name", ALLOWED)
def test_a_window_receives_on_the_first_and_the_last_of_its_days(name):
    happens, who, item = ALLOWED[name]
    happens()
    case = actions.receive(builders.make_application(item), staff=who(), now=moment.now())
    assert case.state == CaseState.RECEIVED


@pytest.mark.ids("D101")
def test_a_certificate_of_the_other_kind_qualifies_as_well():
    changed(certificates(), valid_during=(date(2025, 12, 15), TODAY))
    newer = Qualification.objects.create(
        person=Person.objects.get(username=CLERK),
        kind=QualificationKind.OCCUPATION,
        certificate_number="粤人社 0001",
        valid_during=(date(2026, 3, 1), date(2031, 3, 1)),
    )
    builders.announced(newer)
    clerk = builders.make_clerk()
    assert (clerk.is_qualified, clerk.qualified_until) == (True, date(2031, 2, 28))
    assert builders.make_received_case(clerk=clerk).state == CaseState.RECEIVED


@pytest.mark.ids("D101")
def test_without_a_certificate_nothing_is_handed_out_either():
    ready = builders.make_ready_case()
    rows = list(certificates("wupeishan"))
    certificates("wupeishan").delete()
    builders.announced(*rows)
    clerk, before = builders.make_hand_out_clerk(), contents()
    with pytest.raises(Forbidden) as heard:
        builders.act("hand_out", ready, staff=clerk)
    assert heard.value.refusal.code == "not_qualified"
    assert "出件" in heard.value.refusal.sentence
    assert contents() == before


@pytest.mark.ids("D30", "D36")
def test_a_session_that_outlives_its_duty_receives_nothing_more(clock):
    """Signed in on the last day of the duty; the browser is still open on the next morning."""
    changed(Person.objects.get(username=CLERK).holdings.get().duties.all(), during=(date(2026, 1, 1), TODAY))
    clock.set("2026-03-09 17:20")
    key = builders.staff_client(builders.make_clerk()).cookies[settings.SESSION_COOKIE_NAME].value
    clock.set("2026-03-10 08:31")
    session = SessionStore(key)
    session.load()
    staff = staff_of(session, "127.0.0.1", TODAY, settings.SESSION_ABSOLUTE_AGE)
    assert staff is not None
    assert not staff.is_clerk
    with pytest.raises(Forbidden) as heard:
        builders.make_received_case(clerk=staff)
    assert heard.value.refusal.code == "duty_over"
    assert "综合服务窗口 3 号" in heard.value.refusal.sentence
    with pytest.raises(Forbidden) as heard:  # whoever signs in on that day has no duty at all
        builders.make_received_case(clerk=builders.make_clerk())
    assert heard.value.refusal.code == "no_duty"


# Points, sub-centre, transfer station -----------------------------------------------------------------------------------------
@pytest.mark.ids("D20", "D29")
def test_a_point_receives_what_was_devolved_by_the_counter_letter_of_the_service_centre():
    case = builders.make_received_case(builders.DEVOLVED, clerk=builders.make_point_clerk())
    line = case.acts.select_related("line__letter__grantee", "line__letter__department").get().line
    assert line.letter.kind == LetterKind.COUNTER
    assert (line.letter.grantee.slug, line.letter.department.slug) == ("service-center", "civil-affairs")
    assert case.window.point.name == "遂城镇公共服务中心"


@pytest.mark.ids("D20", "D37", "D106")
def test_a_case_of_a_point_is_handed_over_and_its_result_handed_out_in_the_hall():
    point = builders.make_point_clerk()
    case = builders.make_received_case(builders.DEVOLVED, clerk=point)
    case = builders.bring(builders.act("transfer", case, staff=point), CaseState.READY)
    shown = policies.next_step(point, case, moment.now())
    assert shown is not None
    assert shown.refusal is not None
    assert shown.refusal.code == "window_kind"
    assert builders.act("hand_out", case, staff=builders.make_hand_out_clerk()).state == CaseState.DELIVERED


@pytest.mark.ids("D20", "T10", "T11")
def test_a_point_knows_the_cases_of_its_own_window_alone():
    mine = builders.make_received_case(builders.DEVOLVED, clerk=builders.make_point_clerk())
    other = builders.make_received_case(builders.DEVOLVED, clerk=builders.make_point_clerk("lijianping"))
    hall, online = builders.make_received_case(builders.DEVOLVED), builders.make_submitted_case(builders.DEVOLVED)
    point = builders.make_point_clerk()
    assert list(queries.visible_cases(point)) == [mine]
    for foreign in (other, hall, online):
        with pytest.raises(NotFound):
            actions.transfer(foreign.number, staff=point, now=moment.now())
    assert set(queries.visible_cases(builders.make_clerk())) == {mine, other, hall, online}


@pytest.mark.ids("D38", "L1")
def test_a_sub_center_receives_the_items_of_its_unit_by_the_units_own_letter():
    clerk = builders.make_sub_center_clerk()
    case = builders.make_received_case(builders.AT_SUB_CENTER, clerk=clerk)
    assert case.window.sub_center.name == "不动产登记分中心"
    assert case.acts.get().line.letter.kind == LetterKind.SIGNING
    assert clerk.place == "不动产登记分中心 专门窗口 21 号"
    assert case in queries.visible_cases(builders.make_supervisor())  # the same supervision


@pytest.mark.ids("D38", "T11")
def test_a_common_window_at_a_sub_center_knows_the_cases_of_the_units_there_alone():
    builders.make_received_case()
    window = Window.objects.filter(pk=builders.make_clerk().window_id)
    changed(window, sub_center=SubCenter.objects.get(name="不动产登记分中心"))
    clerk = builders.make_clerk()
    assert len(clerk.place_units) == 1
    builders.make_received_case(builders.AT_SUB_CENTER, clerk=builders.make_sub_center_clerk())
    mine = builders.make_received_case(builders.AT_SUB_CENTER, clerk=clerk)
    assert list(queries.visible_cases(clerk)) == [mine]


@pytest.mark.ids("D36", "D37")
def test_the_transfer_station_takes_papers_to_the_sections_and_does_nothing_else():
    station = builders.make_transfer_clerk()
    received, ready = builders.make_received_case(), builders.make_ready_case()
    assert builders.act("transfer", received, staff=station).state == CaseState.TRANSFERRED
    with pytest.raises(Forbidden) as heard:
        builders.act("hand_out", ready, staff=station)
    assert heard.value.refusal.code == "window_kind"


# Counting ---------------------------------------------------------------------------------------------------------------------
EVERYBODY_AT_A_WINDOW = [
    *("linhaiyan", "lisiyuan", "caiyutong", "wupeishan", "liangyongshi", "shaowenjuan", "gonglixin"),
    *("maixiaoqin", "lijianping", "guanyuqing", "tanguodong", "ouzhiwen", "yinpeiling"),
]


@pytest.mark.ids("D36", "D98")
@pytest.mark.parametrize("username", EVERYBODY_AT_A_WINDOW)
def test_what_is_counted_for_a_window_is_what_it_is_not_refused(username):
    changed(ServiceItem.objects.filter(key__in=["S024", "S094"]), hall_exception="law")
    staff, receive = builders.member(username), VERBS["receive"]
    in_use = catalog.in_use(moment.local_date(moment.now()))
    allowed = {version.id for version in in_use if _refusal(version, staff) is None}
    assert {version.id for version in in_use.filter(covered_versions(receive, staff))} == allowed
    assert bool(allowed) == (staff.window_kind in {"general", "field", "dedicated", "point"})
    assert refusal_at_window(VERBS["review"], in_use[0].item, staff, devolved=False) is None  # done at no counter


def _refusal(version: ItemVersion, staff: Staff) -> Any:
    return refusal_at_window(VERBS["receive"], version.item, staff, devolved=version.is_devolved)


@pytest.mark.ids("D20")
def test_the_first_page_of_a_point_counts_the_devolved_items():
    page = text_of(builders.staff_client(builders.make_point_clerk()).get(reverse("window_home")))
    assert "本窗口今天有权收件的事项共 3 个" in page
    assert "遂城镇公共服务中心 基层受理窗口 31 号" in page


@pytest.mark.ids("D38")
def test_the_search_leads_to_the_window_in_the_sub_center_when_the_letter_does_not_give_the_item():
    assert receivable.dedicated_windows()["008"] == "不动产登记分中心专门窗口 21 号"
    unit = Department.objects.get(number="008")
    builders.announced(Window.objects.create(number=22, kind=WindowKind.DEDICATED, department=unit))
    assert receivable.dedicated_windows()["008"] == "专门窗口 22 号"


# What the database refuses -----------------------------------------------------------------------------------------------------
def _window(**values: Any) -> models.Model:
    return Window(number=99, **values)


def _certificate(**values: Any) -> models.Model:
    person = Person.objects.get(username=CLERK)
    return Qualification(person=person, kind="training", certificate_number="重复", **values)


UNLAWFUL: dict[str, tuple[Callable[[], models.Model], str]] = {
    "window of a point without a point": (lambda: _window(kind="point"), "window_point_at_a_point"),
    "common window at a point": (
        lambda: _window(kind="general", point=ReceivingPoint.objects.all()[0]),
        "window_point_at_a_point",
    ),
    "window of a point at a sub-centre": (
        lambda: _window(kind="point", point=ReceivingPoint.objects.all()[0], sub_center=SubCenter.objects.get()),
        "window_point_at_a_point",
    ),
    "sub-centre without an approval": (
        lambda: SubCenter(name="分厅", address="街", manager=Department.objects.all()[0], approved_on=TODAY),
        "sub_center_has_approval",
    ),
    "two certificates of one kind at a time": (
        lambda: _certificate(valid_during=(date(2027, 1, 1), date(2028, 1, 1))),
        "qualification_periods_apart",
    ),
    "certificate for ever": (
        lambda: _certificate(valid_during=(date(2028, 1, 1), None)),
        "qualification_has_days",
    ),
}


@pytest.mark.ids("D20", "D35", "D38", "D101")
@pytest.mark.parametrize("name", UNLAWFUL)
def test_the_database_takes_no_place_and_no_certificate_that_the_rules_do_not_know(name):
    make, constraint = UNLAWFUL[name]
    with pytest.raises(IntegrityError) as fault:
        make().save()
    assert fault.value.__cause__.diag.constraint_name == constraint

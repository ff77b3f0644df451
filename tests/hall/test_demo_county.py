"""The demo county as it stands in the database: whole, lawful by the product's own rules, and honest about what it lacks."""

from collections import Counter
from datetime import date, timedelta

import pytest
from django.conf import settings

from authorization import power
from authorization.letters import CounterAct, LetterRow, Stage, Tier, check_letter
from authorization.models import Letter, LetterKind, LetterLine, Person, PostHolding, PostKind
from authorization.scopes import items_of
from catalog.actions import content_of, publish
from catalog.codes import CodeScheme, check_task_code
from catalog.models import Department, DepartmentKind, ItemVersion, ReceivingPoint, ServiceItem, VersionStatus
from catalog.queries import in_use
from catalog.uniformity import lacks
from hall import actions
from hall.demo import plan
from hall.demo.county import INITIAL, load
from hall.models import ApiClient, SubCenter, Window, WindowDuty, WindowKind
from supervision import clocks, protection
from supervision.models import CalendarDay, CalendarYear, ClockKind, DayKind, Record
from supervision.refusals import Forbidden, Refused
from tests.builders import at, make_application, make_clerk, member, version_of

pytestmark = pytest.mark.django_db

PASSPORT, FIREWORKS, RESTAURANT = "S010", "S091", "S094"
FOUR_POSTS = {PostKind.MAIN_LEADER, PostKind.LEADER_IN_CHARGE, PostKind.SECTION, PostKind.CHIEF_REPRESENTATIVE}


@pytest.fixture(scope="module")
def told() -> plan.Plan:
    return plan.read()


# Units -----------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("D1", "D3", "D28")
def test_each_of_the_34_units_has_one_section_and_its_four_posts():
    units = (
        Department.objects.exclude(kind=DepartmentKind.INSTITUTION).select_related("section").prefetch_related("posts")
    )

    assert [unit.number for unit in units.order_by("number")] == [f"{n:03d}" for n in range(1, 35)]
    assert all(unit.section.slug == f"{unit.slug}-approval" for unit in units)
    assert all({post.kind for post in unit.posts.all()} == FOUR_POSTS for unit in units)
    assert all(unit.short_name.startswith("县") for unit in units)


@pytest.mark.ids("D29")
def test_the_institutions_of_the_hall_hold_no_items_and_no_section():
    institutions = Department.objects.filter(kind=DepartmentKind.INSTITUTION)

    assert sorted(unit.slug for unit in institutions) == [
        "county-government", "joint-inspection-office", "service-center", "service-data-bureau"
    ]  # fmt: skip
    assert all(int(unit.number) > 900 and not hasattr(unit, "section") for unit in institutions)
    assert not ServiceItem.objects.filter(department__in=institutions).exists()


# Items -----------------------------------------------------------------------------------------------------------------
def test_58_of_126_items_are_in_use_from_the_first_day_of_2026(told):
    with_guide = {item["key"] for item in told.items if "guide" in item["demo"]}

    assert ServiceItem.objects.count() == ItemVersion.objects.count() == 126
    assert len(with_guide) == 58
    assert {version.item.key for version in in_use(date(2026, 1, 1))} == with_guide
    assert not in_use(date(2025, 12, 31)).exists()


@pytest.mark.ids("G16", "D5")
def test_a_draft_says_what_it_lacks_and_cannot_be_published():
    drafts = ItemVersion.objects.filter(status=VersionStatus.DRAFT)

    assert len(drafts) == 68
    assert all({"申请材料", "办理流程"} <= set(lacks(content_of(draft))) for draft in drafts)
    with pytest.raises(Refused) as refused:
        publish(drafts[0], actor=INITIAL, now=at("2026-03-10 10:00"), effective_on=date(2026, 3, 10))
    assert refused.value.refusal.code == "version_incomplete"


@pytest.mark.ids("D5", "L47")
def test_every_task_code_is_right_and_says_what_the_guide_says():
    for version in ItemVersion.objects.select_related("item__department"):
        found = check_task_code(version.task_code, CodeScheme.GUANGDONG, levels=[4], kind=version.item.kind)

        assert (found.reason, found.warnings) == (None, ()), version
        assert found.parts is not None
        assert found.parts.credit_code == version.item.department.credit_code


@pytest.mark.ids("G1", "G2", "G4", "G5", "G7", "G12", "G13", "G17")
def test_published_guides_keep_the_rules_across_fields():
    for version in in_use(date(2026, 1, 1)).prefetch_related("materials", "steps", "faqs"):
        assert (version.case_kind == "immediate") == (version.promised_limit == 0), version
        assert bool(version.visits) == bool(version.visit_reason), version
        assert version.online_depth != "IV" or version.visits == 0, version
        assert all(row.originals + row.copies > 0 or row.electronic for row in version.materials.all()), version
        assert sum(step.workdays for step in version.steps.all()) == version.promised_limit, version
        if version.item.kind == "licence":
            assert version.faqs.all(), version
            assert len(version.steps.all()) >= 5, version


@pytest.mark.parametrize(
    ("key", "limit", "unit", "on_receipt"),
    [
        ("S001", 20, "workday", False),
        ("S010", 15, "day", False),
        ("S023", 0, "immediate", False),
        ("S013", None, "", False),
        ("S049", 7, "day", True),
        ("S021", 60, "day", False),  # runs from the receipt of all documents: not known to the product
    ],
)
def test_statutory_limits_keep_their_own_unit_and_start(key, limit, unit, on_receipt):
    version = version_of(key)

    assert (version.statutory_limit, version.statutory_unit, version.clock_starts_on_receipt) == (
        limit,
        unit,
        on_receipt,
    )


# Letters ---------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("D22", "D25", "T13")
@pytest.mark.parametrize("instant", ["2026-01-01 00:00", "2026-03-10 10:42", "2026-12-31 23:59", "2028-12-31 23:59"])
def test_every_stage_of_every_item_in_use_has_exactly_one_holder(instant):
    lines = power.in_force(at(instant)).filter(letter__kind=LetterKind.SIGNING)

    held = Counter((line.item_id, stage) for line in lines for stage in line.powers)
    assert held == {(version.item_id, stage.value): 1 for version in in_use(date(2026, 3, 10)) for stage in Stage}


@pytest.mark.ids("D23", "D25")
def test_every_signing_letter_keeps_to_ten_percent_and_covers_every_stage():
    letters = Letter.objects.filter(kind=LetterKind.SIGNING).prefetch_related("lines__item")
    assert len(letters) == 24

    for letter in letters:
        found = check_letter(
            LetterRow(Tier(line.tier), line.item.main_item, line.item.sub_item, tuple(map(Stage, line.powers)))
            for line in letter.lines.all()
        )
        assert found.covers_every_stage, letter.number
        assert not found.exceeds_ten_percent, letter.number


def test_a_line_of_a_signing_letter_names_the_post_of_its_tier_in_its_own_unit():
    for line in LetterLine.objects.filter(letter__kind=LetterKind.SIGNING).select_related("post", "letter", "item"):
        assert line.post is not None
        assert line.post.kind == line.tier
        assert line.post.department_id == line.letter.department_id == line.item.department_id


@pytest.mark.ids("D29", "D30")
def test_counter_letters_give_receiving_and_handing_out_and_nothing_else():
    letters = Letter.objects.filter(kind=LetterKind.COUNTER).select_related("grantee", "department")
    lines = LetterLine.objects.filter(letter__in=letters).select_related("item")

    assert {letter.grantee.slug for letter in letters} == {"service-center"}
    assert "emergency-management" not in {letter.department.slug for letter in letters}
    assert len(letters) == 23
    assert {line.item.key for line in lines if not line.powers} == {PASSPORT}
    assert all(line.powers in ([], list(CounterAct)) and line.post is None for line in lines)


def test_letters_bear_the_numbers_of_their_unit():
    of_health = Letter.objects.filter(department__slug="health").values_list("number", flat=True)

    assert sorted(of_health) == ["遂卫委〔2026〕1号", "遂卫授〔2026〕1号"]


# Windows and people ----------------------------------------------------------------------------------------------------
@pytest.mark.ids("D7", "D8", "D106")
def test_every_kind_of_window_stands_in_the_hall():
    kinds = Counter(Window.objects.values_list("kind", flat=True))

    assert set(kinds) == set(WindowKind.values)
    assert 1 <= kinds[WindowKind.HAND_OUT] <= 3
    assert all(window.units.exists() for window in Window.objects.filter(kind=WindowKind.FIELD))


@pytest.mark.ids("D30")
@pytest.mark.parametrize(("item", "who", "window"), [(PASSPORT, "tanguodong", 8), (FIREWORKS, "ouzhiwen", 12)])
def test_what_was_not_delegated_is_received_at_the_units_own_window_only(item, who, window):
    now = at("2026-03-10 10:42")
    with pytest.raises(Forbidden) as refused:
        actions.receive(make_application(item), staff=make_clerk(), now=now)
    assert refused.value.refusal.code == "letter_missing"

    case = actions.receive(make_application(item), staff=member(who), now=now)
    assert case.window.number == window


@pytest.mark.parametrize("day", [date(2026, 1, 1), date(2027, 12, 31)])
def test_windows_that_take_cases_are_served_on_every_day(day):
    served = set(WindowDuty.objects.filter(during__contains=day).values_list("window__number", flat=True))

    assert served >= {1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 21, 31, 32}


@pytest.mark.ids("D101")
@pytest.mark.parametrize("day", [date(2026, 1, 1), date(2027, 12, 31)])
def test_whoever_serves_a_window_is_qualified_for_it(day):
    on_duty = PostHolding.objects.filter(duties__during__contains=day)
    qualified = on_duty.filter(person__qualifications__valid_during__contains=day)

    assert set(on_duty) == set(qualified) != set()


@pytest.mark.ids("D20", "D38", "D132")
def test_a_sub_center_and_two_points_stand_outside_the_hall():
    center = SubCenter.objects.get()

    assert center.approval_number
    assert center.approved_on < date(2026, 1, 1)
    assert {unit.slug for unit in center.units.all()} == {"natural-resources"} == {center.manager.slug}
    assert [window.number for window in center.windows.all()] == [21]
    points = ReceivingPoint.objects.filter(windows__isnull=False)
    assert [point.takes_devolved_items for point in points] == [True, True]
    assert {version.item.key for version in in_use(date(2026, 3, 10)).filter(is_devolved=True)} == {
        "S024",
        "S025",
        "S026",
    }


@pytest.mark.ids("D28")
def test_every_unit_with_items_in_use_has_somebody_in_each_of_its_posts():
    units = {version.item.department for version in in_use(date(2026, 3, 10))}
    assert len(units) == 24

    for unit in units:
        held = unit.posts.filter(holdings__during__contains=date(2026, 3, 10), holdings__is_substitute=False)
        assert {post.kind for post in held} == FOUR_POSTS, unit


def test_the_group_of_a_post_lets_its_holder_find_what_the_letters_name():
    clerk = Person.objects.get(username="linhaiyan").holdings.select_related("post").get().post
    items = ServiceItem.objects.in_bulk(items_of(clerk))

    found = {item.key for item in items.values()}
    assert RESTAURANT in found
    assert not {PASSPORT, FIREWORKS} & found
    assert list(Person.objects.get(username="linhaiyan").groups.all()) == [clerk.group]


@pytest.mark.ids("T04")
def test_only_the_told_accounts_can_sign_in_and_each_has_a_second_factor(told):
    accounts = {row["username"]: row["account"] for row in told.holdings if "account" in row}
    usable = {person.username: person for person in Person.objects.all() if person.has_usable_password()}

    assert usable.keys() == accounts.keys()
    assert set(accounts.values()) == {
        "clerk", "field_clerk", "hand_out_clerk", "guidance", "dedicated_clerk", "transfer_clerk",
        "sub_center_clerk", "point_clerk", "section", "leader_in_charge",
        "main_leader", "chief_representative", "supervisor", "county_head",
    }  # fmt: skip
    for person in usable.values():
        secret = protection.unseal(person.otp_secret, table="authorization_person", column="otp_secret", row=person.id)
        assert len(secret) == 32


def test_the_provincial_portal_may_read_items_and_file_cases():
    client = ApiClient.objects.get()

    assert client.client_id == "provincial-portal"
    assert client.scopes == ["items:read", "cases:submit", "cases:read"]
    assert len(protection.unseal(client.secret, table="hall_apiclient", column="secret", row=client.id)) >= 40


# Calendar and rules ----------------------------------------------------------------------------------------------------
@pytest.mark.ids("L31", "T66")
@pytest.mark.parametrize("year", range(2019, 2027))
def test_a_loaded_year_has_the_working_days_that_its_notice_gives(told, year):
    calendar = clocks.current_calendar()
    days = (date(year, 1, 1) + timedelta(days=n) for n in range(366))

    worked = [day for day in days if day.year == year and calendar.is_workday(day)]
    assert len(worked) == told.calendar["years"][year]["working_days"]
    assert CalendarYear.objects.get(year=year).source


@pytest.mark.parametrize(
    ("day", "kind", "name"),
    [
        (date(2025, 10, 6), DayKind.OFF_DAY, "中秋节"),
        (date(2025, 10, 7), DayKind.OFF_DAY, "国庆节"),
        (date(2026, 2, 14), DayKind.MAKE_UP_WORKDAY, "春节"),
        (date(2020, 2, 1), DayKind.OFF_DAY, "春节"),
    ],
)
def test_a_day_belongs_to_its_festival(day, kind, name):
    stored = CalendarDay.objects.get(day=day)

    assert (stored.kind, stored.name) == (kind, name)


@pytest.mark.ids("R1", "L8")
def test_the_general_limits_are_those_of_the_law_and_of_the_hall():
    rules, day = clocks.rules(), date(2026, 3, 10)

    assert rules.limit(ClockKind.NOTICE, day) == clocks.Limit(5, "workday")
    assert rules.limit(ClockKind.TRANSFER, day) == clocks.Limit(1, "workday")
    assert rules.limit(ClockKind.DELIVERY, day) == clocks.Limit(10, "workday")
    assert (rules.near(day).share, rules.near(day).at_least) == (20, 1)


# Loading ---------------------------------------------------------------------------------------------------------------
def test_loading_again_changes_nothing_and_says_so(told):
    before = Record.objects.count(), clocks.rules()
    lines: list[str] = []

    assert load(told, tell=lines.append, keep=lambda what, entries: pytest.fail(f"new {what}")) == []
    assert lines[-1] == "演示县已经装好，没有改动。"
    assert Record.objects.count() == before[0]
    assert clocks.rules() is before[1]


def test_a_small_county_keeps_the_institutions_and_the_units_asked_for(told):
    small = told.only("health", "emergency-management")

    assert {row["slug"] for row in small.departments} == {"health", "emergency-management"}
    assert {item["unit"] for item in small.items} == {"health", "emergency-management"}
    assert [row["number"] for row in small.windows if row["kind"] == "dedicated"] == [12]
    assert len(small.institutions) == 4
    assert settings.ROOT / "fixtures" == plan.FIXTURES

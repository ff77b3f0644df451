"""What the database says of a clock is what the pure judging says, on any day: generated clocks x days (design decision 4, T64)."""

import random
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from supervision import clocks, moment
from supervision.judging import ClockFacts, NearRule, judge
from supervision.models import CalendarDay, Clock, ClockKind, Workday
from supervision.standing_sql import counts, with_standing
from supervision.workdays import TimeUnit, due
from tests import builders

pytestmark = pytest.mark.django_db
R1 = NearRule(share=20, at_least=1)
FIRST, DAYS = date(2019, 1, 1), 8 * 365 + 2


@dataclass
class Chance:
    """The same clocks each time."""

    dice: random.Random

    def pair(self) -> list[Clock]:
        """Clocks of one subject: one of any kind, or a promise, half of them with one or two statutory clocks beside it."""
        subject, start = uuid.UUID(int=self.dice.getrandbits(128)), FIRST + timedelta(days=self.dice.randrange(DAYS))
        kind = self.dice.choice([ClockKind.PROMISED, ClockKind.PROMISED, *ClockKind])
        made = [self.clock(subject, kind, start)]
        if kind == ClockKind.PROMISED:
            beside = self.dice.choice((0, 0, 1, 2))
            made += [self.clock(subject, ClockKind.STATUTORY, start, round=n + 1) for n in range(beside)]
        return made

    def clock(self, subject: uuid.UUID, kind: ClockKind, start: date, round: int = 1) -> Clock:
        unit = self.dice.choice(list(TimeUnit))
        limit = 0 if unit == TimeUnit.IMMEDIATE else self.dice.randint(1, 5 if unit == TimeUnit.MONTH else 40)
        extension = 0 if unit == TimeUnit.IMMEDIATE else self.dice.choice((0, 0, 10))
        spans = sorted(self.spans(start))
        since = start + timedelta(days=self.dice.randint(1, 40)) if self.dice.random() < 0.2 else None
        pauses = [*spans, *([(since, None)] if since else [])]
        end = due(start, limit, unit, pauses, extension, calendar=clocks.current_calendar())
        stopped = start + timedelta(days=self.dice.randint(0, 90)) if self.dice.random() < 0.3 else None
        return Clock(
            subject_table="hall_case",
            subject_id=subject,
            label="",
            unit="",
            kind=kind,
            round=round,
            limit=limit,
            time_unit=unit,
            extension=extension,
            pauses=[day for span in spans for day in span],
            paused_since=since if end.due_on is None else None,
            started_at=moment.midnight(start),
            started_on=start,
            stopped_at=moment.midnight(stopped) if stopped else None,
            stopped_on=stopped,
            due_on=end.due_on,
            provisional=end.provisional,
            record_seq=1,
        )

    def spans(self, start: date) -> Iterator[tuple[date, date]]:
        for _ in range(self.dice.choice((0, 0, 1, 2, 3))):
            first = start + timedelta(days=self.dice.randint(-2, 60))
            yield first, first + timedelta(days=self.dice.randint(0, 20))

    def day(self) -> date:
        return FIRST + timedelta(days=self.dice.randrange(DAYS + 120))


@pytest.fixture
def stored() -> Iterator[list[Clock]]:
    """Clocks without records: they may stand as long as nobody commits them."""
    chance = Chance(random.Random(64))
    made = [clock for _ in range(1200) for clock in chance.pair()]
    with transaction.atomic():
        Clock.objects.bulk_create(made)
        yield made
        transaction.set_rollback(True)


def facts(clock: Clock, beside: Clock | None) -> ClockFacts:
    kept = beside and beside.stopped_on and beside.due_on and beside.stopped_on <= beside.due_on
    twin = beside if clock.kind == ClockKind.PROMISED and not kept else None
    return ClockFacts(
        kind=clock.kind,
        start=clock.started_on,
        limit=clock.limit,
        unit=clock.time_unit,
        due_on=clock.due_on,
        provisional=clock.provisional,
        pauses=clocks.spans_of(clock),
        paused_since=clock.paused_since,
        stopped_on=clock.stopped_on,
        extension=clock.extension,
        statutory_due=twin.due_on if twin else None,
        statutory_unit=twin.time_unit if twin else TimeUnit.WORKDAY,
    )


def beside(made: list[Clock]) -> dict[uuid.UUID, Clock]:
    """The newest statutory clock of each subject."""
    statutory = [clock for clock in made if clock.kind == ClockKind.STATUTORY]
    return {clock.subject_id: clock for clock in sorted(statutory, key=lambda clock: clock.round)}


@pytest.mark.ids("T64", "T66", "T67")
def test_the_database_judges_every_clock_on_every_day_as_the_pure_function(stored):
    chance, calendar, twins = random.Random(65), clocks.current_calendar(), beside(stored)
    seen: Counter[str] = Counter()
    for near in (R1, NearRule(share=45, at_least=3), None):
        for clock in chance.sample(stored, 700):
            on = clock.started_on + timedelta(days=chance.randint(0, 120))
            told = with_standing(Clock.objects.filter(pk=clock.pk), on, near).get()
            means = judge(facts(clock, twins.get(clock.subject_id)), on, calendar=calendar, near=near)
            assert (told.state, told.used, told.left, told.binding_due, told.breach) == (
                means.state.value,
                means.used,
                means.days_left,
                means.due_on,
                means.breach,
            ), (clock.__dict__, on)
            seen[f"{told.state} {told.breach}".strip()] += 1
    states = {
        "calm",
        "near",
        "today",
        "late",
        "unlawful",
        "paused",
        "provisional",
        "done",
        "done late",
        "done unlawful",
    }
    assert seen.keys() == states, seen


@pytest.mark.ids("T64")
def test_a_whole_county_is_counted_in_one_statement(stored, django_assert_num_queries):
    calendar, twins = clocks.current_calendar(), beside(stored)
    for on in (date(2020, 2, 1), date(2023, 1, 30), date(2026, 12, 31), date(2027, 1, 20)):
        expected = Counter(
            judge(facts(clock, twins.get(clock.subject_id)), on, calendar=calendar, near=R1).state.value
            for clock in stored
        )
        with django_assert_num_queries(1):
            assert counts(Clock.objects.all(), on, R1) == expected
        late = with_standing(Clock.objects.all(), on, R1, "state").filter(state="late")
        assert late.count() == expected["late"]


def test_real_cases_stand_in_lists_as_on_their_page(clock):
    """L28, D44: the promise of five days from 10 March, read a week later."""
    case = builders.make_accepted_case()
    on = moment.local_date(clock.set("2026-03-18 09:00"))
    promise = with_standing(Clock.objects.filter(subject_id=case.id), on, R1).get(kind=ClockKind.PROMISED)
    assert (promise.state, promise.used, promise.left, promise.binding_due) == ("late", 6, -1, date(2026, 3, 17))


# The ordinals ---------------------------------------------------------------------------------------------------------------
def positions(days: list[date]) -> list[int | None]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT supervision_position(day) FROM unnest(%s::date[]) WITH ORDINALITY AS d(day, n) ORDER BY n", [days]
        )
        return [position for (position,) in cursor.fetchall()]


@pytest.mark.ids("L28", "L31")
def test_every_day_has_the_position_that_python_counts():
    calendar = clocks.current_calendar()
    days = [FIRST + timedelta(days=n) for n in range(DAYS + 800)]  # the last two years are not known
    assert positions(days) == [calendar.position(day.toordinal()) for day in days]
    known = list(Workday.objects.order_by("day").values_list("day", "works"))
    assert known == [(day, calendar.is_workday(day)) for day in days[:DAYS]]
    assert positions([date(2018, 12, 31)]) == [None]


@pytest.mark.ids("L31", "T66")
def test_the_ordinals_follow_the_calendar_by_themselves():
    before = positions([date(2026, 3, 11), date(2026, 3, 12), date(2026, 12, 31)])
    day = CalendarDay.objects.create(day=date(2026, 3, 12), kind="off_day", name="停电")
    builders.announced(day)
    after = positions([date(2026, 3, 11), date(2026, 3, 12), date(2026, 12, 31)])
    assert after == [before[0], before[1] - 1, before[2] - 1]
    assert not Workday.objects.get(day=date(2026, 3, 12)).works


@pytest.mark.ids("T47")
def test_nobody_but_the_database_writes_ordinals():
    for act in (
        lambda: Workday.objects.update(position=0),
        lambda: Workday.objects.all().delete(),
        lambda: Workday.objects.create(day=date(2030, 1, 1), works=True, position=9999),
    ):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            act()

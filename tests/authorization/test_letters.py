"""Letters take effect whole or not at all, end at an instant, and never change while somebody acts by them."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from authorization import actions, power
from authorization.letters import CounterAct, Stage, Tier
from authorization.models import Letter, LetterKind, LetterLine, LetterState, Post, PostKind
from catalog.models import Department, ServiceItem
from supervision import log, moment
from supervision.models import Record
from supervision.refusals import Refused

from .. import builders
from ..builders import at
from ..together import in_threads

pytestmark = pytest.mark.django_db

OFFICE = log.Actor(name="县卫生健康局办公室", unit="021")
S, R, A, C = Stage.ACCEPTANCE, Stage.REVIEW, Stage.APPROVAL, Stage.CONCLUSION
WHOLE = [(Tier.SECTION, (S, R, C)), (Tier.LEADER_IN_CHARGE, (A,))]
TIERS = {
    Tier.SECTION: PostKind.SECTION,
    Tier.LEADER_IN_CHARGE: PostKind.LEADER_IN_CHARGE,
    Tier.MAIN_LEADER: PostKind.MAIN_LEADER,
}


def unit() -> Department:
    return Department.objects.get(slug=builders.UNIT)


def in_force(kind: LetterKind = LetterKind.SIGNING) -> Letter:
    return Letter.objects.select_related("department").get(department=unit(), kind=kind, state=LetterState.IN_FORCE)


def new_letter(
    kind: LetterKind = LetterKind.SIGNING, *, first: date = date(2029, 1, 1), last: date = date(2030, 1, 1)
) -> Letter:
    """The next letter of 县卫生健康局, for days after those of the one in force."""
    return Letter(
        kind=kind,
        number="遂卫授〔2029〕1号",
        department=unit(),
        grantee=unit(),
        valid_during=(first, last),
        signed_on=date(2026, 3, 9),
    )


def lines_of(table: list[tuple[Tier, tuple[Stage, ...]]], key: str = builders.ITEM) -> list[LetterLine]:
    item = ServiceItem.objects.select_related("department").get(key=key)
    posts = {tier: Post.objects.get(department=unit(), kind=kind) for tier, kind in TIERS.items()}
    return [
        LetterLine(seq=seq, item=item, tier=tier, post=posts[tier], powers=list(powers))
        for seq, (tier, powers) in enumerate(table, start=1)
    ]


def take_effect(letter: Letter, lines: list[LetterLine]) -> Letter:
    return actions.take_effect(letter, lines, actor=OFFICE, now=moment.now())


def refused(act: Callable[[], object]) -> Any:
    with pytest.raises(Refused) as fault:
        act()
    return fault.value.refusal


# Taking effect -------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("D22", "D41", "T13")
def test_a_letter_takes_effect_with_all_its_lines_on_one_record() -> None:
    letter = take_effect(new_letter(), lines_of(WHOLE))
    stored = Letter.objects.get(pk=letter.pk)
    assert (stored.state, stored.record_seq, stored.lines.count()) == (LetterState.IN_FORCE, 1, 2)
    assert {(line.in_force.lower, line.in_force.upper) for line in stored.lines.all()} == {(moment.now(), None)}
    (record,) = log.records_of("authorization_letter", letter.id)
    body = json.loads(bytes(record.body))
    assert (record.kind, record.to_state, body["actor"]["name"]) == ("take_effect", "in_force", OFFICE.name)
    assert body["facts"]["number"] == letter.number
    told = [(line["seq"], line["item"], line["tier"], line["powers"]) for line in body["facts"]["lines"]]
    assert told == [(1, builders.ITEM, "section", [S, R, C]), (2, builders.ITEM, "leader_in_charge", [A])]


@pytest.mark.ids("D25")
@pytest.mark.parametrize(
    ("table", "said"),
    [
        ([(Tier.SECTION, (S, R, C))], "缺“审批”"),
        ([(Tier.SECTION, (S, C)), (Tier.LEADER_IN_CHARGE, (A,))], "缺“审核”"),
        ([(Tier.SECTION, (S, R, A, C)), (Tier.LEADER_IN_CHARGE, (A,))], "的“审批”给了不止一个岗位"),
        ([(Tier.SECTION, ())], "缺“受理”"),
    ],
)
def test_a_letter_that_leaves_a_stage_open_or_gives_it_twice_takes_no_effect(table: Any, said: str) -> None:
    records = Record.objects.count()
    told = refused(lambda: take_effect(new_letter(), lines_of(table)))
    assert (told.code, told.rules) == ("letter_coverage", ("D25",))
    assert said in told.sentence
    assert told.sentence.startswith("委托书还不能生效：")
    assert not Letter.objects.filter(number="遂卫授〔2029〕1号").exists()
    assert Record.objects.count() == records


@pytest.mark.ids("D29")
def test_a_counter_letter_asks_for_no_coverage() -> None:
    letter = new_letter(LetterKind.COUNTER)
    item = ServiceItem.objects.select_related("department").get(key=builders.ITEM)
    take_effect(letter, [LetterLine(seq=1, item=item, powers=[CounterAct.RECEIVE])])
    assert Letter.objects.get(pk=letter.pk).state == LetterState.IN_FORCE


@pytest.mark.ids("D22", "D29", "T13")
def test_a_unit_can_give_away_neither_the_items_of_another_nor_to_the_posts_of_another() -> None:
    """Otherwise a letter of one unit would open the cases of another, and revoking it would not wait for their acts."""
    foreign_item = lines_of(WHOLE, key="S001")
    assert refused(lambda: take_effect(new_letter(), foreign_item)).code == "letter_foreign"
    foreign_post = lines_of(WHOLE)
    foreign_post[1].post = Post.objects.get(department__slug="public-security", kind=PostKind.LEADER_IN_CHARGE)
    told = refused(lambda: take_effect(new_letter(), foreign_post))
    assert (told.code, "第 2 行" in told.sentence) == ("letter_foreign", True)
    without_post = lines_of(WHOLE)
    without_post[0].post = None
    assert refused(lambda: take_effect(new_letter(), without_post)).code == "letter_foreign"
    assert refused(lambda: take_effect(new_letter(LetterKind.COUNTER), lines_of(WHOLE))).code == "letter_foreign"


@pytest.mark.ids("D22", "T13")
def test_the_database_refuses_a_second_letter_of_a_kind_for_the_same_days() -> None:
    overlapping = new_letter(first=date(2028, 12, 31), last=date(2030, 1, 1))
    with pytest.raises(IntegrityError, match="letter_one_in_force"), transaction.atomic():
        take_effect(overlapping, lines_of(WHOLE))
    assert not Letter.objects.filter(pk=overlapping.pk).exists()


def test_letters_for_other_days_or_of_the_other_kind_stand_beside_each_other() -> None:
    take_effect(new_letter(), lines_of(WHOLE))
    assert (
        in_force(LetterKind.COUNTER).valid_during
        == Letter.objects.filter(department=unit(), kind="signing").earliest("signed_on").valid_during
    )
    assert Letter.objects.filter(department=unit(), state=LetterState.IN_FORCE).count() == 3


def test_a_new_letter_may_follow_a_revoked_one_on_the_same_day() -> None:
    old = in_force()
    actions.revoke(old, actor=OFFICE, now=moment.now(), reason="换发")
    days = (old.valid_during.lower, old.valid_during.upper)
    letter = take_effect(new_letter(first=days[0], last=days[1]), lines_of(WHOLE))
    assert builders.line_of(ServiceItem.objects.get(key=builders.ITEM).id, A).letter_id == letter.id


# Ending --------------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T13", "D41")
def test_revoking_ends_the_letter_and_all_its_lines_at_that_instant(clock: Any) -> None:
    letter, now = in_force(), clock.forward(hours=1)
    actions.revoke(letter, actor=OFFICE, now=now, reason="机构调整")
    stored = Letter.objects.get(pk=letter.pk)
    assert (stored.state, stored.record_seq) == (LetterState.REVOKED, 2)
    assert {(line.in_force.upper, line.record_seq) for line in stored.lines.all()} == {(now, 2)}
    record = log.records_of("authorization_letter", letter.id)[-1]
    assert (record.kind, record.seq, record.to_state) == ("revoke", 2, "revoked")
    assert json.loads(bytes(record.body))["facts"]["reason"] == "机构调整"


@pytest.mark.ids("D26")
def test_a_letter_is_revoked_once() -> None:
    letter = in_force()
    actions.revoke(letter, actor=OFFICE, now=moment.now(), reason="换发")
    told = refused(lambda: actions.revoke(letter, actor=OFFICE, now=moment.now(), reason="再来"))
    assert (told.code, letter.number in told.sentence) == ("letter_not_in_force", True)
    assert len(log.records_of("authorization_letter", letter.id)) == 2


@pytest.mark.ids("T13")
def test_a_letter_revoked_at_the_instant_at_which_it_began_never_gave_power() -> None:
    letter = take_effect(new_letter(), lines_of(WHOLE))
    actions.revoke(letter, actor=OFFICE, now=moment.now(), reason="写错")
    assert all(line.in_force.isempty for line in letter.lines.all())


@pytest.mark.ids("T48")
def test_open_cases_stay_where_they_are() -> None:
    case = builders.make_accepted_case()
    actions.revoke(in_force(), actor=OFFICE, now=moment.now(), reason="换发")
    before = (case.state, case.record_seq)
    case.refresh_from_db()
    assert (case.state, case.record_seq) == before


# Held still while somebody acts --------------------------------------------------------------------------------------------
def tries(lock: Callable[[], None], in_thread: Callable[[Callable[[], str]], str]) -> str:
    """Another connection asks for the lock and does not wait long: "got it" or "waits"."""

    def ask() -> str:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '200ms'")
                lock()
        except OperationalError as fault:
            return "waits" if "lock timeout" in str(fault) else str(fault)
        return "got it"

    return in_thread(ask)


@pytest.mark.ids("T13")
@pytest.mark.django_db(transaction=True)
def test_revoking_waits_for_acts_and_acts_wait_for_revoking(elsewhere: Any) -> None:
    signing, counter = LetterKind.SIGNING, LetterKind.COUNTER
    with transaction.atomic():
        power.share_letter("021", signing)
        assert tries(lambda: power.share_letter("021", signing, counter), elsewhere) == "got it"
        assert tries(lambda: power.own_letter("021", signing), elsewhere) == "waits"
        assert tries(lambda: power.own_letter("021", counter), elsewhere) == "got it"
        assert tries(lambda: power.own_letter("031", signing), elsewhere) == "got it"
    with transaction.atomic():
        power.own_letter("021", signing)
        assert tries(lambda: power.share_letter("021", signing), elsewhere) == "waits"
        assert tries(lambda: power.share_letter("021", counter), elsewhere) == "got it"
    assert tries(lambda: power.own_letter("021", signing), elsewhere) == "got it"


@pytest.mark.ids("T13")
@pytest.mark.django_db(transaction=True)
def test_a_letter_is_not_revoked_under_an_act_that_uses_it(elsewhere: Any) -> None:
    letter = in_force()
    with transaction.atomic():
        power.share_letter(letter.department.number, LetterKind.SIGNING, LetterKind.COUNTER)
        revoke = lambda: actions.revoke(letter, actor=OFFICE, now=at("2026-03-10 11:00"), reason="换发")  # noqa: E731
        assert tries(revoke, elsewhere) == "waits"
    assert Letter.objects.get(pk=letter.pk).state == LetterState.IN_FORCE


@pytest.fixture
def elsewhere() -> Callable[[Callable[[], str]], str]:
    """Runs something on another connection and gives its answer."""
    return lambda work: in_threads(1, lambda _: work())[0]

"""The one look-up of power: which line of which letter lets this post do this with this item, at this instant."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from authorization import actions, power
from authorization.letters import CounterAct, Stage
from authorization.models import Letter, LetterKind, LetterState, Post, PostHolding
from authorization.power import Claim
from catalog.models import ServiceItem
from supervision import log, moment
from supervision.refusals import Forbidden, Refusal
from supervision.writing import Change, write

from .. import builders
from ..builders import at, make_clerk, make_dedicated_clerk, make_leader, make_main_leader, make_section_head

pytestmark = pytest.mark.django_db

OFFICE = log.Actor(name="县卫生健康局办公室")
EMPTY_SCOPE = "S010"  # in the counter letter of 县公安局 with an empty scope
WITHOUT_GUIDE = "S003"  # known, but not in use and in no letter


def item(key: str = builders.ITEM) -> ServiceItem:
    return ServiceItem.objects.select_related("department").get(key=key)


def claim(wanted: str, post: Any, key: str = builders.ITEM, *, own_window: bool = False) -> Claim:
    return Claim(item(key), wanted, post.post_id, own_window=own_window)


def refusal(asked: Claim, now: datetime | None = None) -> Refusal:
    with pytest.raises(Forbidden) as refused:
        power.require_line(asked, now or moment.now())
    assert (refused.value.status, "T13" in refused.value.refusal.rules) == (403, True)
    return refused.value.refusal


def letter_of(kind: LetterKind, key: str = builders.ITEM) -> Letter:
    return Letter.objects.select_related("department").get(kind=kind, department=item(key).department)


def amended(letter: Letter, state: str = "") -> log.Entry:
    """What a verb of letters will leave."""
    subject = log.subject_of(letter)
    to_state = state or letter.state
    return log.entry("amend", subject, actor=OFFICE, now=moment.now(), from_state=letter.state, to_state=to_state)


def give_state(letter: Letter, state: LetterState) -> None:
    """What a verb of letters will do: a new state, on record."""
    made = amended(letter, state)
    letter.state, letter.record_seq = state, letter.record_seq + 1
    write(made.record, Change(letter, ("state", "record_seq")))


# Who may -------------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("D22", "D25", "T13")
def test_each_stage_is_with_the_post_of_its_tier_and_with_no_other() -> None:
    section, leader, main_leader = make_section_head(), make_leader(), make_main_leader()
    holders = {Stage.ACCEPTANCE: section, Stage.REVIEW: section, Stage.APPROVAL: leader, Stage.CONCLUSION: section}
    for stage, holder in holders.items():
        line = power.require_line(claim(stage, holder), moment.now())
        assert (line.post_id, line.item.key, stage in line.powers) == (holder.post_id, builders.ITEM, True)
        assert line.letter.number.startswith(line.item.department.document_prefix)
        for other in {section, leader, main_leader} - {holder}:
            assert refusal(claim(stage, other)).code == "letter_stage_missing"


@pytest.mark.ids("D25")
def test_every_stage_of_every_item_under_a_letter_has_exactly_one_line() -> None:
    lines = power.in_force(moment.now()).filter(letter__kind=LetterKind.SIGNING)
    held = [(line.item_id, stage) for line in lines for stage in line.powers]
    items = {item for item, _ in held}
    assert len(items) > 50
    assert sorted(map(str, held)) == sorted(str((item, stage.value)) for item in items for stage in Stage)


@pytest.mark.ids("D29", "D30")
@pytest.mark.parametrize("act", CounterAct)
def test_counter_acts_are_with_every_post_of_the_centre_by_the_counter_letter(act: CounterAct) -> None:
    for clerk in (make_clerk(), make_clerk("chenxiaolin"), builders.make_hand_out_clerk()):
        line = power.require_line(claim(act, clerk), moment.now())
        assert (line.letter.kind, line.post_id) == (LetterKind.COUNTER, None)


@pytest.mark.ids("D26", "T16")
def test_power_stays_with_the_post_when_the_person_changes() -> None:
    before = make_section_head()
    holding = PostHolding.objects.get(post_id=before.post_id, is_substitute=False)
    newcomer = builders.member("linhaiyan").person_id
    holding.during = (holding.during.lower, date(2026, 3, 10))
    holding.save()
    begun = PostHolding.objects.create(person_id=newcomer, post_id=before.post_id, during=(date(2026, 3, 10), None))
    builders.announced(holding, begun)
    after = make_section_head()
    assert (after.person_id, after.post_id) == (newcomer, before.post_id)
    assert power.require_line(claim(Stage.ACCEPTANCE, after), moment.now()).post_id == before.post_id


# At the unit's own window --------------------------------------------------------------------------------------------------
@pytest.mark.ids("D30", "D36")
def test_at_its_own_window_a_unit_receives_and_hands_out_by_its_signing_letter() -> None:
    """Nothing was delegated, so nothing of the counter letter is asked (domain 4.1)."""
    clerk = make_dedicated_clerk()
    for act, stage in ((CounterAct.RECEIVE, Stage.ACCEPTANCE), (CounterAct.HAND_OUT, Stage.CONCLUSION)):
        asked = claim(act, clerk, builders.OWN_WINDOW, own_window=True)
        line = power.require_line(asked, moment.now())
        assert (line.letter.kind, line.post_id, stage in line.powers) == (LetterKind.SIGNING, clerk.post_id, True)


@pytest.mark.ids("D30", "D36")
def test_the_own_window_gives_nothing_to_a_post_without_the_stage() -> None:
    asked = claim(CounterAct.RECEIVE, make_leader("emergency-management"), builders.OWN_WINDOW, own_window=True)
    assert refusal(asked).code == "letter_stage_missing"


@pytest.mark.ids("D30")
def test_a_unit_that_delegated_nothing_is_not_received_at_a_common_window() -> None:
    told = refusal(claim(CounterAct.RECEIVE, make_clerk(), builders.OWN_WINDOW))
    assert (told.code, told.sentence) == ("letter_missing", f"“{item(builders.OWN_WINDOW)}”没有委托综合窗口收件。")
    assert told.remedy == f"请引导到{item(builders.OWN_WINDOW).department.short_name}专门窗口办理。"


# Which refusal -------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("D22", "T13")
def test_the_refusal_names_who_may_and_by_which_line() -> None:
    told = refusal(claim(Stage.APPROVAL, make_section_head()))
    line = builders.line_of(item().id, Stage.APPROVAL)
    assert line.post is not None
    assert told.sentence == f"本岗位没有此事项的“审批”权。可办：{line.post.title}岗位。"
    assert told.remedy == f"请交{line.post.title}岗位办理。"
    assert dict(told.facts) == {
        "规定": "每个环节只能由委托书授权的岗位办理",
        "依据": f"{line.letter.number} 第 {line.seq} 行",
        "谁可以办": line.post.title,
    }


@pytest.mark.ids("D30")
def test_an_empty_scope_grants_nothing() -> None:
    told = refusal(claim(CounterAct.RECEIVE, make_clerk(), EMPTY_SCOPE))
    assert told.code == "letter_missing"


@pytest.mark.ids("D22")
def test_an_item_in_no_letter_may_be_handled_by_nobody() -> None:
    told = refusal(claim(Stage.REVIEW, make_section_head("public-security"), WITHOUT_GUIDE))
    assert (told.code, told.sentence) == ("letter_missing", f"“{item(WITHOUT_GUIDE)}”的“审核”没有授权给任何岗位。")
    assert "补签授权委托书" in told.remedy


@pytest.mark.ids("T13")
def test_a_letter_gives_power_to_the_last_minute_of_its_last_day_and_not_before_its_first() -> None:
    asked = claim(Stage.ACCEPTANCE, make_section_head())
    first, last = at("2026-01-01 00:00"), at("2028-12-31 23:59:59")
    assert power.require_line(asked, first).id == power.require_line(asked, last).id
    number = letter_of(LetterKind.SIGNING).number
    early, late = refusal(asked, first - timedelta(seconds=1)), refusal(asked, last + timedelta(seconds=1))
    assert (early.code, early.sentence) == ("letter_not_yet", f"{number}要到1月1日才生效。")
    assert (late.code, late.sentence) == ("letter_expired", f"授权委托书{number}已于12月31日到期。")
    assert "续签" in late.remedy


@pytest.mark.ids("T13")
def test_a_revoked_letter_gives_nothing_from_that_instant_on(clock: Any) -> None:
    asked, letter = claim(Stage.ACCEPTANCE, make_section_head()), letter_of(LetterKind.SIGNING)
    revoked_at = clock.forward(hours=1)
    actions.revoke(letter, actor=OFFICE, now=revoked_at, reason="换发")
    told = refusal(asked, revoked_at)
    assert (told.code, told.sentence) == ("letter_revoked", f"{letter.number}已撤销，“受理”不能再办。")
    assert dict(told.facts) == {"委托书": letter.number}
    assert refusal(asked, revoked_at + timedelta(days=1)).code == "letter_revoked"


@pytest.mark.ids("T13")
def test_revoking_one_kind_leaves_the_other_in_force() -> None:
    actions.revoke(letter_of(LetterKind.COUNTER), actor=OFFICE, now=moment.now(), reason="换发")
    assert refusal(claim(CounterAct.RECEIVE, make_clerk())).code == "letter_revoked"
    assert power.require_line(claim(Stage.ACCEPTANCE, make_section_head()), moment.now())


@pytest.mark.ids("T13")
@pytest.mark.parametrize(
    ("state", "code"), [(LetterState.SUPERSEDED, "letter_superseded"), (LetterState.DRAFT, "letter_missing")]
)
def test_a_letter_that_is_not_in_force_gives_nothing(state: LetterState, code: str) -> None:
    asked = claim(Stage.ACCEPTANCE, make_section_head())
    give_state(letter_of(LetterKind.SIGNING), state)
    assert refusal(asked).code == code


@pytest.mark.ids("T13")
def test_a_line_gives_power_from_its_first_instant_to_before_its_last(clock: Any) -> None:
    """The letter may still be in force: its line has ended on its own."""
    asked, letter = claim(Stage.ACCEPTANCE, make_section_head()), letter_of(LetterKind.SIGNING)
    line = letter.lines.get(item__key=builders.ITEM, powers__contains=[Stage.ACCEPTANCE])
    made = amended(letter)
    letter.record_seq = line.record_seq = letter.record_seq + 1
    begin, end = at("2026-03-10 12:00"), at("2026-03-10 15:00")
    line.in_force = (begin, end)
    write(made.record, Change(letter, ("record_seq",)), Change(line, ("in_force", "record_seq")))
    instants = [begin - timedelta(microseconds=1), begin, end - timedelta(microseconds=1), end]
    assert [power.lines_in_force(asked, instant).exists() for instant in instants] == [False, True, True, False]
    assert refusal(asked, end).code == "letter_superseded"


# Order of statements -------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T46")
def test_sharing_a_letter_takes_no_transaction_id(transactional_db: None) -> None:
    """Sealed order is case order only when the row lock of the case is what takes it (design section 2)."""
    with transaction.atomic():
        power.share_letter("021", LetterKind.SIGNING, LetterKind.COUNTER)
        with transaction.get_connection().cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id_if_assigned()")
            assert cursor.fetchone() == (None,)


def test_a_look_up_is_one_statement(django_assert_num_queries: Any) -> None:
    asked, now = claim(Stage.ACCEPTANCE, make_section_head()), moment.now()
    with django_assert_num_queries(1):
        line = power.require_line(asked, now)
        assert line.letter.number


def test_posts_of_other_units_never_meet() -> None:
    stranger = make_section_head("public-security")
    assert Post.objects.get(pk=stranger.post_id).department.slug == "public-security"
    assert refusal(claim(Stage.ACCEPTANCE, stranger)).code == "letter_stage_missing"

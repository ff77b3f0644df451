"""Ten per cent and coverage, over the rows of a signing letter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authorization.letters import LetterRow, Stage, StageDefect, Tier, check_letter

ACCEPTANCE, REVIEW, APPROVAL, CONCLUSION = Stage
ALL = tuple(Stage)
SECTION, IN_CHARGE, LEADER = Tier

FOREIGN = (
    "涉及国家规定实施准入特别管理措施的，属国家审批权限的外商投资企业设立、变更、终止审核",
    "外商投资企业设立（含合同、章程）审核",
)
FRANCHISE = ("商业特许经营备案", "商业特许经营备案")
PROJECT = ("企业投资项目备案", "企业投资项目备案")
CHEMICALS = ("第二类监控化学品使用许可", "第二类监控化学品使用许可")

ANNEX_4 = [
    LetterRow(SECTION, *FOREIGN, ALL),
    LetterRow(SECTION, *FRANCHISE, ALL),
    LetterRow(SECTION, *PROJECT, (ACCEPTANCE, REVIEW)),
    LetterRow(SECTION, *CHEMICALS, (ACCEPTANCE,)),
    LetterRow(IN_CHARGE, *PROJECT, (APPROVAL, CONCLUSION)),
    LetterRow(IN_CHARGE, *CHEMICALS, (REVIEW,)),
    LetterRow(LEADER, *CHEMICALS, (APPROVAL, CONCLUSION)),
]


def items(number: int, leader: int) -> list[LetterRow]:
    """A letter of whole items, of which the leader approves some."""
    rows = [LetterRow(SECTION, "大项", f"小项{n}", ALL) for n in range(number - leader)]
    for n in range(leader):
        rows.append(LetterRow(SECTION, "大项", f"领导项{n}", (ACCEPTANCE, REVIEW)))
        rows.append(LetterRow(LEADER, "大项", f"领导项{n}", (APPROVAL, CONCLUSION)))
    return rows


@pytest.mark.ids("D23", "D25")
def test_the_plans_own_sample_breaks_the_ten_per_cent_and_covers_all_stages():
    """Annex 4: four items, the leader decides one of them: 25 %."""
    check = check_letter(ANNEX_4)
    assert (check.total_items, check.leader_items, check.allowed_leader_items) == (4, 1, 0)
    assert check.exceeds_ten_percent
    assert check.covers_every_stage


class TestTenPerCent:
    @pytest.mark.ids("D23")
    @pytest.mark.parametrize(("number", "allowed"), [(1, 0), (9, 0), (10, 1), (19, 1), (20, 2), (101, 10)])
    def test_allowed_items_in_whole_numbers(self, number, allowed):
        kept = check_letter(items(number, allowed))
        assert (kept.total_items, kept.allowed_leader_items, kept.exceeds_ten_percent) == (number, allowed, False)
        assert check_letter(items(number, min(number, allowed + 1))).exceeds_ten_percent

    @pytest.mark.ids("D23")
    def test_a_leader_who_only_reviews_or_concludes_does_not_count(self):
        rows = [
            LetterRow(SECTION, "大项", "小项", (ACCEPTANCE, APPROVAL)),
            LetterRow(LEADER, "大项", "小项", (REVIEW, CONCLUSION)),
        ]
        check = check_letter(rows)
        assert (check.leader_items, check.exceeds_ten_percent) == (0, False)

    @pytest.mark.ids("D7", "D23")
    def test_items_are_counted_not_rows(self):
        """One item fills several rows; equal 小项 of two 大项 are two items."""
        rows = [
            LetterRow(LEADER, "甲", "变更", (APPROVAL,)),
            LetterRow(LEADER, "甲", "变更 ", (APPROVAL,)),
            LetterRow(LEADER, "乙", "变更", (APPROVAL,)),
        ]
        check = check_letter(rows)
        assert (check.total_items, check.leader_items) == (2, 2)

    def test_no_item_breaks_no_rule(self):
        assert not check_letter([]).exceeds_ten_percent


class TestCoverage:
    @pytest.mark.ids("D25")
    def test_a_stage_that_nobody_holds(self):
        rows = [row for row in ANNEX_4 if row.tier != IN_CHARGE]
        check = check_letter(rows)
        assert not check.covers_every_stage
        assert check.missing == (
            StageDefect(*PROJECT, APPROVAL),
            StageDefect(*PROJECT, CONCLUSION),
            StageDefect(*CHEMICALS, REVIEW),
        )
        assert check.doubled == ()

    @pytest.mark.ids("D25")
    def test_a_stage_that_two_tiers_hold(self):
        check = check_letter([*ANNEX_4, LetterRow(IN_CHARGE, *FRANCHISE, (APPROVAL,))])
        assert (check.missing, check.doubled) == ((), (StageDefect(*FRANCHISE, APPROVAL),))

    def test_a_row_without_stages_grants_nothing_but_its_item_counts(self):
        check = check_letter([LetterRow(SECTION, "大项", "小项", ())])
        assert (check.total_items, [defect.stage for defect in check.missing]) == (1, list(Stage))

    @given(st.lists(st.tuples(st.sampled_from("甲乙丙"), st.sampled_from(Tier), st.sets(st.sampled_from(Stage)))))
    def test_every_stage_is_missing_once_or_doubled(self, drawn):
        rows = [LetterRow(tier, "大项", item, tuple(sorted(stages))) for item, tier, stages in drawn]
        check = check_letter(rows)
        missing, doubled = set(check.missing), set(check.doubled)
        for row in rows:
            for stage in Stage:
                times = sum(stage in other.stages for other in rows if other.item == row.item)
                defect = StageDefect(*row.item, stage)
                assert (defect in missing, defect in doubled) == (times == 0, times > 1)
        assert len(check.missing) == len(missing)
        assert len(check.doubled) == len(doubled)

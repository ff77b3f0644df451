"""Papers as verbs leave them behind: facts of a real case that can be printed, under their number and their title."""

from datetime import date
from typing import Any

import pytest

from catalog.models import DepartmentKind
from hall import papers, queries
from hall.models import Case, Delivery, RecipientRelation
from hall.papers import outcomes
from supervision import moment, typesetting
from supervision.models import PaperKind

from ..builders import make_decided_case

DAY, DUE = date(2026, 3, 10), date(2026, 4, 9)


@pytest.fixture
def case(db: None) -> Case:
    made = make_decided_case()
    return Case.objects.select_related("applicant", "version__item", "item__department__section").get(pk=made.pk)


def every_paper(case: Case) -> dict[PaperKind, dict[str, Any]]:
    """One call of each builder that came with the whole life of a case."""
    now, handed = moment.now(), queries.materials_of(case)
    both: dict[str, Any] = {"statutory_due": DUE, "promised_due": DUE}
    return {
        PaperKind.CORRECTION_NOTICE: papers.correction_notice(
            case, on=DAY, defects=[("健康证", "未提交", "复印件1份")], due=DUE, second=False, reason=""
        ),
        PaperKind.CORRECTION_SLIP: papers.correction_slip(case, handed, window="3号窗口", person="林海燕", now=now),
        PaperKind.GAP_SLIP: papers.gap_slip(case, handed, window="3号窗口", person="林海燕", now=now),
        PaperKind.DECLINE_NOTICE: papers.decline_notice(
            case, on=DAY, reason="不属于本机关职权。", basis="办事指南", authority="湛江市卫生健康局"
        ),
        PaperKind.NOT_REQUIRED_NOTICE: papers.not_required_notice(case, on=DAY, reason="无需取得。", basis="办事指南"),
        PaperKind.GAP_NOTICE: papers.gap_notice(case, on=DAY, missing=["健康证"], due=DUE, contact="王建国", **both),
        PaperKind.GAP_PROMISE: papers.gap_promise(case, on=DAY, missing=["健康证"], due=DUE),
        PaperKind.DECLARATION_PROMISE: papers.declaration_promise(case, on=DAY, content="条件。", check_due=None),
        PaperKind.OPINION_REQUEST: papers.opinion_request(
            case, on=DAY, to_unit="遂溪县消防救援大队", question="合格吗？", due=DUE
        ),
        PaperKind.SPECIAL_NOTICE: papers.special_notice(
            case,
            on=DAY,
            ground="检测",
            stops_statutory=True,
            basis="办事指南",
            approver="副局长",
            first_on=DAY,
            expected_on=DUE,
        ),
        PaperKind.EXTENSION_NOTICE: papers.extension_notice(
            case, on=DAY, days=10, reason="情况复杂。", approver="局长", **both
        ),
        PaperKind.PAYMENT_NOTICE: papers.payment_notice(
            case,
            on=DAY,
            lines=[("检测费", "每次", "文件", "10.5"), ("工本费", "每证", "文件", "2")],
            account="财政专户",
        ),
        PaperKind.REFUSAL: papers.refusal(case, on=DAY, findings="不符合条件。"),
        PaperKind.RECTIFICATION_ORDER: papers.rectification_order(
            case, on=DAY, findings="不属实。", wanted="改正。", due=DUE
        ),
        PaperKind.REVOCATION: papers.revocation(
            case,
            on=DAY,
            ground="unqualified",
            findings="逾期未改。",
            order_number="甲责改〔2026〕1号",
            order_due=DUE,
            certified=True,
        ),
        PaperKind.END_NOTICE: papers.end_notice(case, on=DAY, ground="withdrawn", reason=""),
        PaperKind.ACCEPTANCE_NOTICE: papers.acceptance_notice(case, on=DAY, contact="王建国", deemed=True, **both),
    }


@pytest.mark.ids("D36", "T58")
def test_every_paper_is_complete_and_numbered_by_unit_kind_and_year(case: Case) -> None:
    unit, given = case.item.department, every_paper(case)
    numbers = {papers.number(kind, unit, DAY, 7) for kind in given}
    assert len(numbers) == len({papers.series(kind, unit, DAY) for kind in given}) == len(given)
    assert papers.number(PaperKind.DECLINE_NOTICE, unit, DAY, 7) == f"{unit.document_prefix}不受〔2026〕7号"
    for kind, facts in given.items():
        paper = papers.register(
            kind, case, paper_number=papers.number(kind, unit, DAY, 7), facts=facts, now=moment.now(), seq=9
        )
        assert (paper.kind, paper.unit, paper.label) == (kind, unit.number, case.number)


def test_the_register_and_the_paper_bear_the_same_title(case: Case) -> None:
    for item_kind in ("licence", "confirmation"):
        case.version.item.kind = item_kind
        for kind, facts in every_paper(case).items():
            common = {"unit": "甲", "number": "1", "case_number": case.number, "demo": True}
            check = {"check_code": "7F3K-9Q2M-X8WD", "check_url": "http://127.0.0.1/x"}
            printed = typesetting.page(kind, _spelled(facts) | common | check)
            assert f"<title>{papers.title(kind, case.version)} 1</title>" in printed


def _spelled(facts: dict[str, Any]) -> dict[str, Any]:
    """Days and instants as the register keeps them."""
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in facts.items()}


def test_charges_are_added_up_unless_one_is_no_number(case: Case) -> None:
    assert every_paper(case)[PaperKind.PAYMENT_NOTICE]["total"] == "12.50"
    unclear = papers.payment_notice(case, on=DAY, lines=[("检测费", "按次", "文件", "据实")], account="财政专户")
    assert unclear["total"] is None


@pytest.mark.ids("L15", "L45")
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (DepartmentKind.COUNTY_ORGAN, "遂溪县人民政府"),
        (DepartmentKind.VERTICALLY_MANAGED, "上一级主管部门或者其他有管辖权的行政复议机关"),
        (DepartmentKind.COMPANY, None),
    ],
)
def test_who_reviews_depends_on_whom_the_unit_answers_to(case: Case, kind: str, body: str | None) -> None:
    case.item.department.kind = kind
    facts = papers.refusal(case, on=DAY, findings="不符合条件。")
    assert (facts["review_body"], facts["review_days"], facts["suit_months"]) == (body, 60, 6)


def test_the_way_of_delivery_is_named_as_the_law_names_it(case: Case) -> None:
    named = {"counter": "直接送达", "courier": "邮寄送达", "electronic": "电子送达"}
    for way, method in named.items():
        delivery = Delivery(case=case, way=way, recipient="甲", relation=RecipientRelation.SELF)
        facts = papers.delivery_receipt(
            case, delivery, [], place="x", server="y", now=moment.now(), courier="邮政", tracking_number="1"
        )
        assert (facts["method"], facts["courier"], facts["tracking_number"]) == (method, "邮政", "1")


@pytest.mark.parametrize(
    ("law", "told"),
    [
        ("教师法第13条", "《教师法》第13条"),
        ("行政许可法（2019修正）第42条", "《行政许可法》（2019修正）第42条"),
        ("社会保险法", "《社会保险法》"),
        ("《城乡规划法》第41条", "《城乡规划法》第41条"),
        (
            "关于开具《无欠税证明》有关事项的公告（2019年第47号）",
            "《关于开具〈无欠税证明〉有关事项的公告》（2019年第47号）",
        ),
    ],
)
def test_a_decision_cites_laws_by_their_titles_in_brackets(law, told):
    assert outcomes.cited(law) == told


def test_a_decision_names_its_laws(case):
    facts = papers.decision(case, on=DAY, findings="符合条件。", delivery_due=DUE)
    assert facts["basis"] == "《公共场所卫生管理条例》第4、8条、《行政许可法》（2019修正）第42条"

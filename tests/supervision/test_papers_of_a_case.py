"""What each paper in the life of a case says: the mandatory contents of domain 4.2, on one sheet where the texts are ordinary."""

import re
from typing import Any, get_type_hints

import pytest

from supervision import typesetting
from supervision.models import PaperKind

from .paper_samples import BY_THE_MAIN_SEAL, FACTS, LONGEST_ITEM, SEALED, SPECIAL_SEAL, printed

LAW = "《中华人民共和国行政许可法》"
RIGHTS = (
    "，可以自收到本文书之日起60日内向遂溪县人民政府申请行政复议，",
    "也可以自收到本文书之日起6个月内依法向有管辖权的人民法院提起行政诉讼。",
)
SIGNED_FOR = ("签收人：", "签收日期：")
# Kind → what a judge looks for, without white space.
MUST_SAY: dict[str, tuple[str, ...]] = {
    "correction_notice": (
        *(
            "遂溪县城月镇清源旅馆：",
            "旅馆业特种行业许可证核发",
            f"{LAW}第三十二条第一款第四项",
            "一次性告知需要补正的全部内容",
        ),
        *(
            "材料名称存在的问题补正要求（形式）1营业执照未提交复印件1份，核对原件",
            "2消防安全检查合格证已过有效期原件1份",
            "3旅馆平面图",
        ),
        *("2026年3月13日前（含当日）", "逾期不补正的，视为撤回申请", "遂溪县公安局2026年2月11日", *SIGNED_FOR),
    ),
    "correction_slip": (
        *(
            "补正材料接收凭证",
            "遂溪县城月镇清源旅馆",
            "11440823FAKE00101C4440199001000",
            "许丽君",
            "2026年2月12日10:30",
        ),
        *(
            "1旅馆平面图100收齐",
            "2从业人员名册110收齐",
            "与补正告知书所列材料对应",
            "收件不等于受理",
            "收件人签字",
            "交件人签字",
        ),
    ),
    "decline_notice": (
        *(
            "不予受理的理由：申请地址在廉江市",
            "《旅馆业治安管理办法》第四条",
            f"{LAW}第三十二条第一款第二项",
            "廉江市公安局",
            "决定不予受理",
            "如不服本决定",
        ),
        *(*RIGHTS, "遂溪县公安局2026年2月11日", *SIGNED_FOR),
    ),
    "not_required_notice": (
        *(
            "无需许可告知书",
            "不需要取得行政许可",
            "变更经营范围不涉及许可事项",
            f"{LAW}第三十二条第一款第一项",
            "第四条",
        ),
        *(*RIGHTS, "遂溪县公安局2026年2月11日", *SIGNED_FOR),
    ),
    "gap_notice": (
        *("容缺受理", "主要材料齐全", "《广东省优化营商环境条例》第三十二条", "书面承诺", "受理日期2026年2月10日"),
        *(
            "补交期限2026年2月24日",
            "承诺期限2026年3月2日前（含当日）作出决定",
            "法定期限至2026年3月16日",
            "1旅馆平面图2从业人员名册",
        ),
        *("逾期视为撤回申请", "许丽君", "0759-0031001", "遂溪县公安局2026年2月10日", *SIGNED_FOR),
    ),
    "gap_promise": (
        *("遂溪县公安局：", "遂溪县城月镇清源旅馆", "1旅馆平面图2从业人员名册", "于2026年2月24日前（含当日）补交"),
        *("真实、合法、有效", "逾期不补交的视为撤回申请", "承诺人（签字或者盖章）", "2026年2月10日"),
    ),
    "gap_slip": (
        *(
            "容缺材料接收凭证",
            "与容缺受理通知书所列材料对应",
            "1旅馆平面图100收齐",
            "许丽君",
            "2026年2月12日10:30",
            "交件人签字",
        ),
    ),
    "declaration_promise": (
        *(
            "遂溪县公安局告知",
            "经营场所符合消防安全要求",
            "依法撤销决定，记入信用记录",
            "2026年3月26日前（含当日）核查",
            "自愿采用告知承诺方式",
        ),
        *(
            "已经知晓告知的全部内容",
            "已经符合告知的条件",
            "愿意承担不实承诺的法律责任",
            "真实的意思表示",
            "承诺人（签字或者盖章）",
        ),
    ),
    "opinion_request": (
        *(
            "遂溪县消防救援大队：",
            "遂溪县城月镇清源旅馆",
            "110202602091000073",
            "有无需要整改的问题",
            "2026年2月24日前（含当日）",
        ),
        *("遂溪县公安局2026年2月12日", "0759-0031001"),
    ),
    "special_notice": (
        *(
            "《中华人民共和国治安管理处罚法》第九十八条，经本机关副局长陈国强批准，需要进行听证",
            f"{LAW}第四十五条",
            "不计算在办理期限内",
        ),
        *(
            "自2026年2月12日起，预计至2026年3月4日",
            "自2026年2月12日起停止计算",
            "遂溪县公安局2026年2月11日",
            *SIGNED_FOR,
        ),
    ),
    "extension_notice": (
        *("需要核实该旅馆与相邻学校的距离", f"{LAW}第四十二条", "经遂溪县公安局局长陈国强批准", "延长10个工作日"),
        *("法定期限至2026年3月30日", "承诺2026年3月16日前（含当日）", "遂溪县公安局2026年2月26日", *SIGNED_FOR),
    ),
    "payment_notice": (
        *(
            "收费项目收费标准收费依据金额（元）1证书工本费每证10元粤价〔2007〕135号10.00",
            "2检验费每次260元粤发改价格〔2016〕180号260.00",
            "合计270.00",
        ),
        *("账号44000000000000000", "遂溪县公安局2026年2月11日", *SIGNED_FOR),
    ),
    "refusal": (
        *("不予行政许可决定书", "2026年2月10日受理", "未安装旅馆业治安管理信息系统", f"{LAW}第三十八条第二款"),
        *(
            "《旅馆业治安管理办法》第四条",
            "本机关决定：不予行政许可。",
            "如不服本决定",
            *RIGHTS,
            "遂溪县公安局2026年2月27日",
        ),
    ),
    "rectification_order": (
        *("于2026年2月27日准予（遂公准〔2026〕5号）", "承诺不实：2026年3月3日现场核查"),
        *("现责令你单位在2026年3月17日前（含当日）改正：安装该系统并接入公安机关。", "0759-0031001"),
        *(f"依照{LAW}第六十九条撤销准予的决定", "你单位可以在改正期限内", "陈述、申辩", "如不服本通知"),
        *(*RIGHTS, "遂溪县公安局2026年3月4日", *SIGNED_FOR),
    ),
    "revocation": (
        *("撤销行政许可决定书", "按告知承诺准予", "期限至2026年3月17日，逾期未改正"),
        *("已责令限期改正（遂公责改〔2026〕1号）", "仍没有安装", f"依照{LAW}第六十九条第一款第四项的规定"),
        *("本机关决定：撤销2026年2月27日准予行政许可的决定（遂公准〔2026〕5号）。", "特种行业许可证同时作废"),
        *("如不服本决定", *RIGHTS, "遂溪县公安局2026年3月19日", *SIGNED_FOR),
    ),
    "end_notice": (
        *("未在补正告知书规定的期限内补正，视为撤回", "自2026年3月16日起终止办理", "不影响你单位再次申请", *RIGHTS),
        *("遂溪县公安局2026年3月16日", *SIGNED_FOR),
    ),
}
NEW = sorted(MUST_SAY)


def missing(kind: str, sheets: list[str]) -> list[str]:
    whole = "".join(sheets)
    return [words for words in MUST_SAY[kind] if words not in whole]


@pytest.mark.ids("D36", "L15", "L16", "L20", "L33", "L45")
@pytest.mark.parametrize("kind", NEW)
def test_a_paper_says_all_that_it_must(kind: str) -> None:
    assert missing(kind, printed(kind)) == []


@pytest.mark.parametrize("kind", NEW)
def test_the_longest_item_leaves_a_paper_whole_and_on_one_sheet(kind: str) -> None:
    """What takes something from a citizen says all of it rather than fit one sheet with the longest item; with others it does."""
    sheets = printed(kind, item=LONGEST_ITEM)
    assert len(printed(kind)) == 1
    assert len(sheets) == 1 or kind in ("rectification_order", "revocation")
    assert LONGEST_ITEM in sheets[0]
    assert [words for words in missing(kind, sheets) if words != "旅馆业特种行业许可证核发"] == []
    assert (SPECIAL_SEAL in sheets[0]) == (kind in SEALED and kind not in BY_THE_MAIN_SEAL)


@pytest.mark.ids("L12")
@pytest.mark.parametrize("kind", PaperKind.values)
def test_what_is_no_licence_hears_nothing_of_the_licensing_law(kind: str) -> None:
    """Only a licence is under 行政许可法; of another item the paper does not even speak of a licence."""
    told = {
        "item_kind": "confirmation",
        "item": "残疾评定",
        "name": "残疾评定表",
        "result_name": "残疾评定表",
        "basis": "办事指南",
        "decision": "准予办理。",
        "reason": "已经评定。",
        "documents": [{"name": "准予办理决定书", "number": "遂残准〔2026〕5号", "copies": 1}],
    }
    given = {key: value for key, value in told.items() if key in FACTS[kind]}
    wordings = [typesetting.page(kind, FACTS[kind] | given, brief=brief) for brief in (False, True)]
    assert "许可" not in "".join(wordings)


@pytest.mark.parametrize("kind", ["decision", "refusal", "not_required_notice", "revocation"])
def test_what_is_no_licence_has_a_title_without_the_word(kind: str) -> None:
    titles = {"decision": "准予办理决定书", "refusal": "不予办理决定书", "not_required_notice": "无需办理告知书"}
    titles["revocation"] = "撤销准予办理决定书"
    assert titles[kind] in printed(kind, item_kind="confirmation")[0]


@pytest.mark.parametrize("kind", PaperKind.values)
def test_no_paper_stands_in_the_name_of_the_service_centre(kind: str) -> None:
    """Domain 9: decisions in the unit's name; a window is named where papers change hands, never beside a seal."""
    pages = typesetting.page(kind, FACTS[kind])
    assert "行政服务中心" not in pages
    assert ("政务服务" in pages) == (kind == "delivery_receipt")


# Every fact ----------------------------------------------------------------------------------------------------------------
UNSAID = {  # what decides between words; the complaint phone is for companies
    *("item_kind", "ground", "check_url", "progress_url", "demo", "is_person", "stops_statutory", "second"),
    "complaint_phone",
}


def words(kind: str, **changed: Any) -> str:
    """What stands on the sheet, as HTML without its tags: quicker than the press."""
    body = typesetting.page(kind, FACTS[kind] | changed).partition("</head>")[2]
    return re.sub(r"\s|<[^>]*>", "", body)


def marked(value: Any) -> Any:
    """The value with a mark in it by which it is found again on the sheet."""
    if isinstance(value, list):
        return [marked(row) for row in value]
    if isinstance(value, dict):
        return {key: marked(cell) for key, cell in value.items()}
    if isinstance(value, int):
        return 8731
    return f"2031-11-23{value[10:]}" if re.match(r"\d{4}-\d\d-\d\d", value) else f"珠玑{value}"


def marks(value: Any) -> int:
    """How many marks there are in a value."""
    if isinstance(value, list | dict):
        return sum(map(marks, value.values() if isinstance(value, dict) else value))
    return value is not None


@pytest.mark.ids("D36")
@pytest.mark.parametrize("kind", NEW)
def test_every_fact_that_is_registered_stands_on_the_paper(kind: str) -> None:
    optional = {"second": True, "reason": "改变了出入口。"} if kind == "correction_notice" else {}
    facts = FACTS[kind] | optional
    unheard = []
    for key in sorted(set(get_type_hints(typesetting.FACTS[kind])) & set(facts) - UNSAID):
        if facts[key] is not None:
            said = words(kind, **optional | {key: marked(facts[key])})
            found = len(re.findall("珠玑|8731|2031年11月23日", said))
            unheard += [key] if found < marks(facts[key]) else []
    assert unheard == []


@pytest.mark.parametrize("kind", NEW)
def test_a_paper_bears_its_name_and_speaks_to_its_reader(kind: str) -> None:
    said = words(kind)
    label = {"refusal": "不予行政许可决定书", "revocation": "撤销行政许可决定书"}.get(kind, PaperKind(kind).label)
    assert label in said
    if kind in SEALED and kind != "opinion_request":
        assert f"{label}遂溪县城月镇清源旅馆：" in said
    person = words(kind, is_person=True)
    assert "你单位" not in person.replace("征求你单位意见", "")
    assert "本单位" not in person


# Variants ------------------------------------------------------------------------------------------------------------------
def says(kind: str, **changed: Any) -> str:
    return "".join(printed(kind, **changed))


@pytest.mark.ids("L10", "D43")
def test_a_second_correction_notice_says_so_and_why() -> None:
    told = says("correction_notice", second=True, reason="平面图改变了出入口位置。")
    assert "再次告知需要补正的全部内容" in told
    assert "再次告知的理由：平面图改变了出入口位置。" in told
    assert "一次性" not in told
    assert "前（含当日）" not in says("correction_notice", due=None)


def test_declining_for_another_reason_names_neither_an_authority_nor_article_32() -> None:
    told = says("decline_notice", authority=None)
    assert "有权办理的机关" not in told
    assert "第三十二条" not in told


@pytest.mark.ids("L45")
@pytest.mark.parametrize(
    "kind", ["decline_notice", "not_required_notice", "refusal", "end_notice", "rectification_order", "revocation"]
)
def test_bodies_and_time_limits_of_the_remedies_come_from_the_facts(kind: str) -> None:
    told = says(kind, review_body="湛江市人民政府", court="遂溪县人民法院", review_days=45, suit_months=3)
    assert "45日内向湛江市人民政府申请行政复议" in told
    assert "3个月内依法向遂溪县人民法院提起行政诉讼" in told
    company = says(kind, review_body=None)
    assert "行政复议" not in company
    assert "可以向本单位投诉，电话：0759-0010002；也可以依法向有管辖权的人民法院提起诉讼。" in company


@pytest.mark.ids("L20")
def test_what_stops_the_promise_alone_says_that_the_statutory_limit_goes_on() -> None:
    told = says("special_notice", ground="现场踏勘", stops_statutory=False)
    assert "只从承诺时限中扣除" in told
    assert "承诺时限自2026年2月12日起停止计算，现场踏勘结果到达本机关的次日起继续计算；法定期限不停止计算" in told
    assert "第四十五条" not in told


@pytest.mark.parametrize(
    ("ground", "words"),
    [
        ("withdrawn", "你单位已经撤回"),
        ("correction_lapsed", "未在补正告知书规定的期限内补正"),
        ("gaps_lapsed", "按照书面承诺视为撤回"),
        ("voided", "因登记有误予以作废"),
    ],
)
def test_an_ended_case_is_told_why(ground: str, words: str) -> None:
    told = says("end_notice", ground=ground, reason="第一行\n第二行")
    assert words in told
    assert "情况说明：第一行第二行" in told
    assert ("行政复议" in told) == (ground != "withdrawn")


def test_a_payment_without_a_sum_shows_none() -> None:
    assert "合计" not in says("payment_notice", total=None)


@pytest.mark.ids("L10")
def test_deemed_acceptance_says_since_when_and_does_not_call_the_papers_complete() -> None:
    told = says("acceptance_notice", deemed=True, accepted_on="2026-02-09", told_on="2026-02-27")
    assert f"{LAW}第三十二条第一款第四项" in told
    assert "自收到申请材料之日即2026年2月9日起视为受理" in told
    assert "材料齐全" not in told
    assert "遂溪县公安局2026年2月27日" in told, "the letter bears the day on which it was made"
    assert "遂溪县公安局2026年2月10日" in says("acceptance_notice")
    assert "遂溪县公安局2026年2月27日" in says("gap_notice", told_on="2026-02-27")
    assert "自补正材料到齐之日即2026年2月10日起视为受理" in says("acceptance_notice", deemed=True, corrected=True)


@pytest.mark.ids("L38")
def test_acceptance_on_a_declaration_says_so() -> None:
    assert "按告知承诺方式办理" in says("acceptance_notice", declaration=True)
    assert "告知承诺" not in says("acceptance_notice")


@pytest.mark.ids("L37")
def test_the_papers_of_a_gap_tell_what_comes_of_it() -> None:
    """Of itself the application counts as withdrawn; where the guide says so it is refused, by the name of such a decision."""
    told = "逾期不补的，作出不予行政许可的决定"
    assert told in says("gap_notice", outcome="refused", item_kind="licence")
    assert "视为撤回" not in says("gap_notice", outcome="refused", item_kind="licence")
    assert "作出不予办理的决定" in says("gap_notice", outcome="refused", item_kind="other")
    assert "逾期不补交的作出不予行政许可的决定" in says("gap_promise", outcome="refused", item_kind="licence")
    assert "逾期视为撤回申请" in says("gap_notice", outcome="withdrawn")


@pytest.mark.ids("L38")
def test_what_was_got_by_deceit_is_revoked_by_its_own_paragraph_and_nothing_of_it_is_protected() -> None:
    told = words("revocation", ground="deceit")
    assert f"以欺骗等不正当手段取得准予的决定。依照{LAW}第六十九条第二款的规定" in told
    assert "基于该行政许可取得的利益，依照该法第六十九条第四款不受保护" in told
    assert "第四项" not in told
    assert "利益不受保护" not in says("revocation")
    assert "同时作废" not in says("revocation", result_name=None)


def test_on_one_sheet_what_was_typed_without_a_full_stop_does_not_run_into_what_follows() -> None:
    order = typesetting.page("rectification_order", FACTS["rectification_order"] | {"wanted": "安装该系统"}, brief=True)
    assert "安装该系统。逾期不改正的" in order
    revoked = FACTS["revocation"] | {"findings": "仍没有安装"}
    assert "仍没有安装。你单位不具备" in typesetting.page("revocation", revoked, brief=True)
    whole = typesetting.page("revocation", FACTS["revocation"], brief=True)
    assert "仍没有安装。你单位不具备" in whole


def test_a_person_promises_as_myself() -> None:
    assert "本人自愿" in says("gap_promise", is_person=True)
    assert "本单位自愿" in says("declaration_promise")


def test_what_went_by_courier_names_courier_and_tracking_number() -> None:
    told = says("delivery_receipt", method="邮寄送达", courier="中国邮政速递物流", tracking_number="1234567890123")
    assert "寄递单位中国邮政速递物流邮件号1234567890123" in told
    assert "寄递单位" not in says("delivery_receipt")


# Long texts ----------------------------------------------------------------------------------------------------------------
MANY = "第一点：经核实与申报内容不一致，应当说明理由并附证明。\n" * 40
WIDE = "x" * 400
LONG: dict[str, dict[str, Any]] = {
    "correction_notice": {"defects": [{"material": WIDE, "fault": MANY, "form": WIDE}] * 2},
    "decline_notice": {"reason": MANY, "basis": WIDE},
    "not_required_notice": {"reason": MANY, "basis": WIDE},
    "gap_notice": {"missing": [f"材料{place}" * 12 for place in range(1, 31)]},
    "gap_promise": {"missing": [f"材料{place}" * 12 for place in range(1, 31)]},
    "declaration_promise": {"content": MANY},
    "opinion_request": {"question": MANY},
    "special_notice": {"basis": MANY, "approver": WIDE},
    "extension_notice": {"reason": MANY, "approver": WIDE},
    "payment_notice": {"lines": [{"name": WIDE, "standard": MANY, "basis": WIDE, "amount": "1.00"}] * 2},
    "refusal": {"findings": MANY + WIDE},
    "rectification_order": {"findings": MANY, "wanted": MANY + WIDE},
    "revocation": {"findings": MANY + WIDE},
    "end_notice": {"reason": MANY + WIDE},
}


@pytest.mark.ids("T27")
@pytest.mark.parametrize("kind", sorted(LONG))
def test_long_texts_run_on_and_the_close_never_stands_alone(kind: str) -> None:
    sheets = printed(kind, **LONG[kind])
    closing = "签收人" if kind in BY_THE_MAIN_SEAL else SPECIAL_SEAL if kind in SEALED else "承诺人（签字或者盖章）"
    assert len(sheets) > 1
    assert closing in sheets[-1]
    assert closing not in "".join(sheets[:-1])
    code = sheets[-1].index("扫码核验")
    assert code > 20, "words stand above the close"
    if kind in ("correction_notice", "decline_notice", "refusal"):
        assert "".join(sheets).count("第一点") == 40 * len(LONG[kind].get("defects", "1"))


@pytest.mark.parametrize("kind", ["correction_notice", "gap_notice", "payment_notice"])
def test_a_list_that_runs_on_repeats_its_head(kind: str) -> None:
    many = {"correction_notice": "defects", "gap_notice": "missing", "payment_notice": "lines"}[kind]
    sheets = printed(kind, **{many: FACTS[kind][many][:1] * 40})
    assert len(sheets) > 2
    assert all("序号" in sheet for sheet in sheets[:-1])

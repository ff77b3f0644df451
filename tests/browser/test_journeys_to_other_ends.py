"""Lives of cases that end otherwise: refused, revoked, settled at the window, withdrawn, sent by courier. Tuesday 10 March 2026 is the first day."""

from collections.abc import Callable

import pytest

from tests.browser.journeys import AGENT, APPLICANT, Journey, fill

REASON = "经现场核查，经营场所没有独立的清洗消毒间，不符合公共场所卫生管理条例第三条规定的条件。"


@pytest.mark.ids("L15")
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "scripts off"])
def test_a_refusal_gives_reasons_and_names_the_rights(begin: Callable[..., Journey], *, scripts: bool) -> None:
    """It reaches the citizen like any decision, without a certificate."""
    way = begin(scripts=scripts)
    way.begins()
    way.accepted()
    way.clock.set("2026-03-13 10:00")
    way.step("section", "审核通过，送审批", "已送审批", opinion="现场核查不符合条件，建议不予许可。")
    way.takes("leader", "不予许可并出决定书", "已不予许可", opinion=REASON)
    reasons = (REASON, "第三十八条第二款", "本机关决定：不予行政许可")
    rights = ("60日内向遂溪县人民政府申请行政复议", "6个月内依法向有管辖权的人民法院提起行政诉讼")
    way.paper("不予行政许可决定书", *reasons, *rights, by="leader")
    way.citizen_sees("没有准予")
    way.step("section", "办结", "已办结")
    way.sees("section", "待出件")
    assert way.by("section").page.get_by_role("button", name="制证").count() == 0
    way.step("output", "登记待领", "已登记待领")
    way.citizen_sees("没有准予", "可以来取")
    way.handed_out()
    receipt = way.paper("送达回证", "不予行政许可决定书", AGENT, by="output")
    assert "公共场所卫生许可证" not in receipt
    way.citizen_sees("没有准予", "申请行政复议或者提起行政诉讼")
    way.sees("section", "不予许可")
    way.ends()


@pytest.mark.ids("L15", "L38")
def test_a_promise_that_proves_untrue_is_ordered_to_be_put_right_and_then_revoked(
    begin: Callable[..., Journey],
) -> None:
    """The certificate is out already. The applicant has the time that the order names; afterwards the post that granted revokes."""
    way = begin()
    way.begins()
    way.step("clerk", "中转到审批股", "已中转到")
    way.takes("section", "告知承诺受理", "已按告知承诺受理", content="经营场所已经安装机械通风设施。")
    way.step("section", "审核通过，送审批", "已送审批", opinion="申请人已经书面承诺。")
    way.finishes()

    way.clock.set("2026-03-16 09:00")
    found, wanted = "现场核查，没有安装机械通风设施。", "安装机械通风设施，并提交检测合格报告。"
    label = "承诺不实，责令限期改正"
    way.takes("section", label, "已责令限期改正", findings=found, wanted=wanted, days="10")
    order = (found, f"在2026年3月30日前（含当日）改正：{wanted}", "陈述、申辩", "申请行政复议")
    way.paper("责令限期改正通知书", *order, by="section")
    way.citizen_sees("承诺经核查不实", "请最迟在3月30日（周一）改正", "逾期不改正的，准予的决定会被撤销")
    way.sees("leader", "责令改正的期限到3月30日才届满，现在不能撤销")

    way.clock.set("2026-03-31 09:00")
    leader = way.opens("leader", "撤销准予的决定并出决定书")
    leader.page.check("input[name=ground][value=unqualified]")
    fill(leader, reason="复查仍没有安装机械通风设施。")
    leader.press("撤销准予的决定并出决定书")
    leader.sees("已撤销准予的决定")
    rights = ("60日内向遂溪县人民政府申请行政复议", "6个月内依法向有管辖权的人民法院提起行政诉讼")
    told = ("复查仍没有安装机械通风设施。", "第六十九条第一款第四项", "公共场所卫生许可证同时作废")
    way.paper("撤销行政许可决定书", *told, *rights, by="leader")
    way.citizen_sees("准予的决定，", "3月31日（周二）已撤销", "领取结果", "申请行政复议或者提起行政诉讼")
    way.sees("section", "已撤销", "出证办结，2026年3月31日撤销", "用时照准予时计")
    assert way.by("section").page.get_by_role("link", name="登记已经改正").count() == 0
    way.ends()


@pytest.mark.ids("D65", "D116")
def test_what_is_settled_at_once_is_decided_at_the_window(begin: Callable[..., Journey]) -> None:
    """The chief representative takes it through every stage in one act: no waiting, two papers."""
    way = begin()
    way.begins("lisiyuan", "gtgshsldj")
    way.citizen_sees("已经收件")
    way.step("fengshuyi", "当场办结", "已当场办结", opinion="申请材料齐全，当场准予登记。")
    way.paper("受理通知书", "自2026年3月10日起受理", "本机关当日作出决定", by="fengshuyi")
    way.paper("准予行政许可决定书", "申请材料齐全，当场准予登记。", f"准予{APPLICANT}", by="fengshuyi")
    way.citizen_sees("已经办结")
    way.sees("fengshuyi", "即办件，当场办结")
    way.step("liangshaofang", "制证", "证照正在打印")
    way.step("output", "登记待领", "已登记待领")
    way.handed_out()
    way.paper("送达回证", "营业执照", "准予行政许可决定书", by="output")
    way.ends()


@pytest.mark.ids("D41")
def test_the_applicant_withdraws(begin: Callable[..., Journey]) -> None:
    """The clerk writes down what the applicant says; all time stops, and nobody can go on."""
    way = begin()
    way.begins()
    way.accepted()
    way.clock.set("2026-03-12 15:30")
    way.takes("clerk", "登记撤回并出告知书", "已登记撤回", reason="门店转让，不再经营。")
    told = ("你单位已经撤回", "自2026年3月12日起终止办理", "门店转让，不再经营。", "不影响你单位再次申请")
    notice = way.paper("终止办理告知书", *told)
    assert "行政复议" not in notice, "who withdraws contests nothing"
    way.citizen_sees("申请已经撤回", "需要办的，可以重新申请。", "已撤回")
    way.clock.set("2026-04-20 09:00")
    for name in ("clerk", "section", "leader"):
        way.sees(name, "已撤回", "门店转让，不再经营。")
        assert way.by(name).page.get_by_role("button", name="审核").count() == 0
        assert "超期" not in way.by(name).page.locator("main").inner_text()
    way.ends()


@pytest.mark.ids("L19")
def test_the_result_comes_by_courier(begin: Callable[..., Journey]) -> None:
    """It is delivered on the day on which it was signed for, not when it was sent."""
    way = begin()
    way.begins(way="courier")
    way.accepted()
    way.step("section", "审核通过，送审批", "已送审批", opinion="材料齐全，建议准予。")
    way.clock.set("2026-03-12 09:30")
    way.step("leader", "准予并出决定书", "已准予", opinion="经审查，符合法定条件。")
    way.step("section", "办结", "已办结")
    way.step("section", "制证", "证照正在打印")
    way.step("output", "登记待领", "已登记待领")
    way.citizen_sees("等着寄给您")
    way.paper(
        "准予行政许可决定书",
        "经审查，符合法定条件。",
        f"准予{APPLICANT}的",
        "公共场所卫生许可证最迟于2026年3月26日颁发、送达",
    )
    way.paper("公共场所卫生许可证", f"持证人{APPLICANT}", "发证机关遂溪县卫生健康局", "2026年3月12日")
    way.step("output", "登记寄出", "已登记寄出", courier="邮政速递", tracking_number="1234567890123")
    way.citizen_sees("结果已经寄出")
    way.sees("section", "结果已寄出", "邮政速递 1234567890123", "已寄出")

    way.clock.set("2026-03-16 16:20")
    output = way.by("output")
    output.open("/window/hand-out/")
    output.page.locator("main").get_by_role("link", name="妥投").first.click()
    output.page.check("input[value=self]")
    fill(output, recipient=APPLICANT, signed_on="2026-03-13")
    output.press("登记妥投并打印回证")
    output.sees("已登记妥投")
    told = ("邮寄送达", "1234567890123", "送达时间2026年3月13日", "公共场所卫生许可证", "准予行政许可决定书")
    way.paper("送达回证", *told, "送达地点遂溪县遂城镇金丝雀路88号", by="output")
    way.citizen_sees("3月13日（周五）已送达")
    way.sees("section", "已送达")
    way.ends()

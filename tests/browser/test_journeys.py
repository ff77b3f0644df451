"""Whole lives of cases in the browser, day by day: what the window, the unit and the citizen see, and the papers that say so.

Here the ways to a decision: corrections, gaps, a special procedure, an extension. Tuesday 10 March 2026 is the first day.
"""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator

from tests.browser.journeys import APPLICANT, Journey, count_materials, fill, visible

TEST_REPORT, RULES = "卫生检测或评价报告", "卫生管理制度"
REVIEWED = "材料齐全，现场符合要求，建议准予。"


@pytest.mark.ids("D43", "L10", "L11")
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "scripts off"])
def test_a_correction_round(begin: Callable[..., Journey], *, scripts: bool) -> None:
    """What is missing is told once; the time runs from the day on which all of it is there."""
    way = begin(scripts=scripts)
    way.begins(without=TEST_REPORT, insists=True)
    way.sees("clerk", "1 份未交")
    way.step("clerk", "中转到审批股", "已中转到")

    way.clock.set("2026-03-11 09:20")
    section = way.opens("section", "发出一次性告知书")
    assert section.page.input_value("#id_problem-4") == "没有提交", "what is missing is known already"
    fill(section, flaw__3=True, problem__3="没有标明出入口", wanted__3="标明出入口的平面图原件一份")
    section.press("发出一次性告知书")
    section.sees("一次性告知书正在打印")
    told = (
        APPLICANT,
        "第三十二条第一款第四项",
        TEST_REPORT,
        "没有提交",
        "没有标明出入口",
        "标明出入口的平面图原件一份",
    )
    way.paper("补正告知书", *told, "2026年4月10日前（含当日）", "视为撤回申请")
    way.citizen_sees("材料要补正", "最迟在4月10日（周五）把", TEST_REPORT, "经营场所平面图", "等您补正材料")
    way.sees("section", "等申请人补正", "没有标明出入口", "待补")

    way.clock.set("2026-03-16 15:05")
    clerk = way.by("clerk")
    clerk.open("/window/corrections/")
    clerk.page.locator("main").get_by_role("link", name="收补正").first.click()
    clerk.sees("告知书里的材料要一次收齐")
    count_materials(clerk)
    clerk.press("收补正并打印凭证")
    clerk.sees("已收补正")
    way.paper("补正材料接收凭证", TEST_REPORT, "经营场所平面图", "2026年3月16日")
    way.citizen_sees("等承办单位决定是否受理", "材料补正到齐")

    way.clock.set("2026-03-18 10:00")
    way.step("section", "受理并出通知书", "已受理")
    way.paper(
        "受理通知书",
        "经补正，材料齐全",
        "自2026年3月16日起受理",
        "遂溪县卫生健康局2026年3月18日",
        "承诺2026年3月23日前（含当日）作出决定",
        "法定期限至2026年4月14日",
    )
    way.citizen_sees("预计 3月23日（周一）前办结")
    way.step("section", "审核通过，送审批", "已送审批", opinion=REVIEWED)
    way.finishes()
    way.sees("section", "减受理前", "其中申请人补正", "已补")
    way.ends()


@pytest.mark.ids("L37")
def test_a_case_with_gaps(begin: Callable[..., Journey]) -> None:
    """A secondary material follows by the day that was promised; nothing is decided before."""
    way = begin()
    way.begins(without=RULES)
    way.step("clerk", "中转到审批股", "已中转到")

    way.clock.set("2026-03-11 09:20")
    section = way.opens("section", "容缺受理并出通知")
    section.sees(RULES)
    section.press("容缺受理并出通知")
    section.sees("容缺受理要有申请人签字的书面承诺。")
    fill(section, promised=True, days="3")
    section.press("容缺受理并出通知")
    section.sees("已容缺受理")
    days = ("2026年3月16日（含）", "2026年3月18日前（含当日）作出决定", "至2026年4月9日")
    way.paper("容缺受理通知书", RULES, "补齐之前不作出决定", *days)
    way.paper(
        "容缺受理承诺书", RULES, "于2026年3月16日前（含当日）补交上列全部材料", "视为撤回", "承诺人（签字或者盖章）"
    )
    way.citizen_sees(
        "预计 3月18日（周三）前办结", f"请最迟在3月16日（周一）把您承诺后补的材料交到大厅综合服务窗口：{RULES}"
    )
    way.step("section", "审核通过，送审批", "已送审批", opinion=REVIEWED)
    way.sees("leader", "容缺受理，还有材料待补", "容缺的材料还没有补齐，不能作出决定")
    assert way.by("leader").page.get_by_role("button", name="准予并出决定书").count() == 0

    way.clock.set("2026-03-13 11:00")
    clerk = way.opens("clerk", "收容缺材料并打印凭证")
    count_materials(clerk)
    clerk.press("收容缺材料并打印凭证")
    clerk.sees("容缺材料已收齐")
    way.paper("容缺材料接收凭证", RULES, "2026年3月13日", "收齐")
    way.sees("section", "齐全")
    way.finishes()
    assert "您承诺后补的材料" not in visible(way.citizen)
    way.ends()


@pytest.mark.ids("L20", "D41")
def test_a_hearing_stops_the_time(begin: Callable[..., Journey]) -> None:
    """What it will do to the due days is said before; why time stands still, to everybody; afterwards the days run on."""
    way = begin()
    way.begins()
    way.accepted()
    way.citizen_sees("预计 3月17日（周二）前办结")

    way.clock.set("2026-03-12 09:00")
    section = way.opens("section", "停表并出告知书")
    fill(section, ground="听证", days="15", basis="行政许可法第四十七条", approver="分管副局长 麦康文")
    moved = section.page.locator("#moves tbody")
    moved.wait_for()
    assert rows_of(moved) == [
        "承诺 3月17日 周二 4月9日 周四",
        "法定 4月8日 周三 4月30日 周四",
        "本环节 3月16日 周一 4月8日 周三",
    ]
    section.press("停表并出告知书")
    section.sees("已停表")
    way.paper(
        "特别程序告知书",
        "依照行政许可法第四十七条，经本机关分管副局长麦康文批准，需要进行听证",
        "自2026年3月12日起，预计至2026年4月2日",
        "《中华人民共和国行政许可法》第四十五条",
        "听证结果到达本机关的次日起继续计算",
    )

    way.clock.set("2026-03-26 16:00")
    way.sees("section", "停表中", "正在停表：听证", "不计入承诺和法定时限", "停表（听证，行政许可法第四十五条）")
    way.sees("leader", "停表中", "批准人：分管副局长麦康文")
    way.citizen_sees(
        "等听证结果", "停表：听证", "3月12日（周四）起等听证结果，预计4月2日（周四）有结果", "不计入办理期限"
    )
    section.open("/approval/")
    assert "停表" in visible(section)

    way.clock.set("2026-04-02 17:00")
    way.step("section", "登记结果，恢复计时", "已登记结果", result="听证会已召开，没有异议。")
    way.citizen_sees("预计 4月9日（周四）前办结", "3月12日（周四）至4月2日（周四）等听证结果")
    way.clock.set("2026-04-08 09:00")
    way.step("section", "审核通过，送审批", "已送审批", opinion=REVIEWED)
    way.finishes()
    way.sees(
        "section", "结果到达，恢复计时：听证会已召开，没有异议。", "停表：听证，行政许可法第四十五条", "提前 1 日办结"
    )
    way.ends()


@pytest.mark.ids("L16")
def test_the_head_of_the_unit_extends_once(begin: Callable[..., Journey]) -> None:
    """Ten working days by the head of the authority, shown before and told in writing; never twice."""
    way = begin()
    way.begins()
    way.accepted()

    way.clock.set("2026-03-16 09:00")
    assert way.by("section").page.get_by_role("link", name="批准延期并出通知书").count() == 0, "not for the section"
    head = way.opens("head", "批准延期并出通知书")
    moved = head.page.locator("#moves")
    fill(head, days="11")
    moved.get_by_text("最多批准延长 10 日").wait_for()
    fill(head, days="10", reason="需要进一步核实经营场所的权属。")
    moved.locator("tbody").wait_for()
    assert rows_of(moved.locator("tbody"))[:2] == ["承诺 3月17日 周二 3月31日 周二", "法定 4月8日 周三 4月22日 周三"]
    head.press("批准延期并出通知书")
    head.sees("已批准延期")
    way.paper(
        "延长办理期限通知书",
        "需要进一步核实经营场所的权属",
        "依照《中华人民共和国行政许可法》第四十二条，经局长范济民批准，办理期限延长10个工作日",
        "延长后法定期限至2026年4月22日",
        "承诺2026年3月31日前（含当日）作出决定",
    )
    way.citizen_sees("预计 3月31日（周二）前办结", "经批准延长 10 个工作日")
    way.sees("section", "已延期 10 个工作日", "只能延长一次")

    way.clock.set("2026-03-24 09:00")
    way.sees("head", "批准延期并出通知书", "时限已经延长过一次，不能再延。")
    head.open(f"/cases/{way.number}/do/extend/")
    head.sees("现在不能这样办")
    assert head.page.locator("#id_days").count() == 0
    way.step("section", "审核通过，送审批", "已送审批", opinion=REVIEWED)
    way.finishes()
    way.sees("section", "延期 10 日")
    way.ends()


def rows_of(table: Locator) -> list[str]:
    return [" ".join(row.split()) for row in table.get_by_role("row").all_inner_texts()]

"""One case from the window to the citizen's hand, by four people, as the citizen and supervision see it (D37, D41, D58)."""

from collections.abc import Callable
from io import BytesIO

import pytest
from pypdf import PdfReader

from hall.actions.intake import query_code_of
from hall.models import Case
from supervision import efficiency, moment
from tests.browser.conftest import Hall, Somebody
from tests.browser.journeys import AGENT, ITEM, receive, step
from tests.sealing_office import Office

STEPS = (
    ("leader", "准予并出决定书", "已准予", {"opinion": "经审查，申请人提交的材料齐全，符合法定条件。"}, "已经准予"),
    ("section", "办结", "已办结", {}, "已经办结"),
    ("section", "制证", "证照正在打印", {}, "结果正送往大厅"),
    ("output", "登记待领", "已登记待领", {}, "可以来取"),
)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "scripts off"])
def test_a_case_goes_from_the_window_to_the_citizens_hand(
    hall: Hall, office: Office, print_papers: Callable[[], int], *, scripts: bool
) -> None:
    clerk = hall.signs_in("linhaiyan", scripts=scripts)
    number = receive(clerk)
    clerk.sees("已收件，编号")
    print_papers()
    slip = paper_text(clerk, number, "收件凭证")
    code = query_code_of(Case.objects.get(number=number))
    assert code in slip
    assert "不等于受理" in slip.replace("\n", "")

    citizen = hall.visitor(scripts=scripts, phone=True)
    citizen.open(f"/public/progress/{number}/{code}/")
    assert code not in citizen.page.url, "the secret leaves the address"
    citizen.sees("已经收件，")

    step(clerk, number, "中转到审批股", "已中转到")
    people = {
        "section": hall.signs_in("zhengqiwen", scripts=scripts),
        "leader": hall.staff("maikangwen", scripts=scripts),
    }
    people["section"].open("/approval/")
    people["section"].sees(ITEM)
    step(people["section"], number, "受理并出通知书", "已受理")
    print_papers()
    notice = paper_text(people["section"], number, "受理通知书")
    assert "2026年3月17日" in notice.replace("\n", ""), "five working days from Tuesday 10 March"
    citizen.page.reload()
    citizen.sees("预计 3月17日（周二）前办结")
    step(people["section"], number, "审核通过，送审批", "已送审批", opinion="材料齐全，现场符合要求，建议准予。")
    people["output"] = hall.staff("wupeishan", scripts=scripts)
    for who, button, done, typed, told in STEPS:
        step(people[who], number, button, done, **typed)
        citizen.page.reload()
        citizen.sees(told)

    output = people["output"]
    output.open(f"/cases/{number}/")
    output.page.check("input[value=agent]")
    output.page.fill("#id_recipient", AGENT)
    output.press("出件并打印回证")
    output.sees("已出件")
    citizen.page.reload()
    citizen.sees("已送达")
    assert print_papers() >= 3
    assert AGENT in paper_text(output, number, "送达回证")
    supervision_sees(hall, office, number, scripts=scripts)
    assert [who.complaints for who in (clerk, citizen, *people.values()) if who.complaints] == []


def supervision_sees(hall: Hall, office: Office, number: str, *, scripts: bool) -> None:
    office.seal()
    efficiency.roll_up(now=moment.wall())
    supervisor = hall.staff("panguohui", scripts=scripts)
    supervisor.sees("县卫生健康局")
    row = supervisor.page.get_by_role("row").filter(has_text="县卫生健康局").last
    assert "100.00%" in row.inner_text()
    supervisor.open(f"/cases/{number}/")
    supervisor.sees("提前")
    assert supervisor.page.get_by_role("button", name="出件").count() == 0, "supervision never acts on a case"
    assert supervisor.complaints == []


def paper_text(who: Somebody, number: str, title: str) -> str:
    """The words of a printed paper, opened from the case page."""
    who.open(f"/cases/{number}/")
    link = who.page.locator("a.case-link", has_text=title).first
    answer = who.page.request.get(who.home + str(link.get_attribute("href")))
    assert answer.headers["content-type"] == "application/pdf"
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(answer.body())).pages)

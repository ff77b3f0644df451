"""At the desk: the intake by keyboard alone, what was typed wrong, the second click, the page that is too old."""

import re
from collections.abc import Callable

from hall.models import Case
from tests import builders
from tests.browser.conftest import Hall, Somebody
from tests.browser.journeys import APPLICANT, INITIALS, choose_item, count_materials, fill_applicant

CASE = re.compile(r"/cases/\d{18}/$")


def test_an_intake_needs_no_mouse(hall: Hall) -> None:
    clerk = hall.staff("linhaiyan")
    keys = clerk.page.keyboard
    keys.press("F2")
    keys.type(INITIALS)
    keys.press("Enter")
    clerk.page.wait_for_url(re.compile("q="))
    clerk.page.locator("#found [data-choice]").first.wait_for()
    clerk.page.wait_for_load_state()
    keys.press("F2")
    keys.press("Enter")
    clerk.page.locator("#id_name").wait_for()
    clerk.page.wait_for_load_state()
    type_into(clerk, "#id_name", APPLICANT)
    type_into(clerk, "#id_id_number", "92440823FAKE107725")
    type_into(clerk, "#id_phone", "13700000915")
    tab_to(clerk, "tr[data-material]")
    for _ in clerk.page.locator("tr[data-material]").all():
        keys.press("Space")
    clerk.sees("可以收件")
    keys.press("F9")
    clerk.page.wait_for_url(CASE)
    assert clerk.complaints == []


def type_into(who: Somebody, selector: str, words: str) -> None:
    tab_to(who, selector)
    who.page.keyboard.type(words)


def tab_to(who: Somebody, selector: str) -> None:
    """Tab until a field has the focus: nothing is out of a keyboard's reach."""
    for _ in range(40):
        if who.page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        who.page.keyboard.press("Tab")
    raise AssertionError(f"{selector} can't be reached by Tab")


def test_a_wrong_check_digit_keeps_what_was_typed(hall: Hall) -> None:
    clerk = hall.staff("linhaiyan")
    choose_item(clerk)
    fill_applicant(clerk)
    clerk.page.fill("#id_id_number", "92440823FAKE107726")
    count_materials(clerk)
    clerk.press("收件并打印凭证")
    clerk.sees("统一社会信用代码最后一位对不上，请再核对一遍。")
    assert clerk.page.input_value("#id_name") == APPLICANT
    assert clerk.page.evaluate("document.activeElement.getAttribute('role')") == "alert", "focus goes to the summary"
    clerk.page.fill("#id_id_number", "92440823FAKE107725")
    clerk.press("收件并打印凭证")
    clerk.page.wait_for_url(CASE)


def test_a_second_click_makes_no_second_case(hall: Hall) -> None:
    clerk = hall.staff("linhaiyan", scripts=False)
    choose_item(clerk)
    fill_applicant(clerk)
    count_materials(clerk)
    clerk.page.get_by_role("button", name="收件并打印凭证").dblclick()
    clerk.page.wait_for_url(CASE)
    assert Case.objects.count() == 1


def test_an_old_page_is_told_what_happened_meanwhile(hall: Hall) -> None:
    case = builders.make_accepted_case()
    section = hall.staff("zhengqiwen")
    section.open(f"/cases/{case.number}/")
    builders.act("review", case)
    section.page.fill("#id_opinion", "材料齐全，建议准予。")
    section.press("审核通过，送审批")
    section.sees("您打开这一页之后")
    assert section.page.locator("dialog[open]").count() == 1


def test_a_step_of_another_post_says_who_may(hall: Hall) -> None:
    case = builders.make_reviewed_case()
    section = hall.staff("zhengqiwen")
    section.open(f"/cases/{case.number}/")
    # Playwright waits for `aria-disabled` to go, people don't: the grey verb takes the focus and answers
    grey = section.page.get_by_role("link", name="准予并出决定书")
    grey.focus()
    grey.press("Enter")
    section.sees("为什么我不能“准予并出决定书”")
    assert section.page.locator("dialog[open]").count() == 1, "a dialog over the page"
    section.open(f"/cases/{case.number}/why/")
    section.sees("分管副局长")


def test_what_was_filed_online_is_received_at_the_window(hall: Hall) -> None:
    case = builders.make_submitted_case()
    clerk = hall.staff("linhaiyan")
    clerk.open("/window/incoming/")
    clerk.page.get_by_role("link", name=re.compile("^收件")).first.click()
    clerk.sees("网上申办")
    count_materials(clerk)
    clerk.press("收件并打印凭证")
    clerk.sees("已收件，编号")
    assert clerk.page.url.endswith(f"/cases/{case.number}/")


def test_a_printed_slip_appears_without_asking(hall: Hall, print_papers: Callable[[], int]) -> None:
    case = builders.make_received_case()
    clerk = hall.staff("linhaiyan")
    clerk.open(f"/cases/{case.number}/")
    clerk.sees("正在制作")
    print_papers()
    clerk.page.get_by_role("link", name="收件凭证", exact=True).wait_for(timeout=15_000)
    assert clerk.complaints == []

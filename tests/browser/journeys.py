"""The steps of a case as people take them in the browser; the same with scripts on and off."""

import re

from tests.browser.conftest import Somebody

INITIALS, ITEM = "ggcswsxk", "公共场所卫生许可新办审批（县级）"
APPLICANT, AGENT = "遂溪县遂城镇云舒美发店", "莫子荣"


def choose_item(clerk: Somebody, initials: str = INITIALS) -> None:
    """Search by pinyin initials and take the first hit."""
    clerk.open("/window/intake/?q=" + initials)
    clerk.page.locator("#found a.case-link").first.click()
    clerk.page.locator("#id_name").wait_for()


def fill_applicant(clerk: Somebody) -> None:
    page = clerk.page
    page.check("input[name=kind][value=enterprise]")
    page.fill("#id_name", APPLICANT)
    page.fill("#id_id_number", "92440823FAKE107725")
    page.fill("#id_phone", "13700000915")
    page.fill("#id_contact_name", AGENT)
    page.fill("#id_contact_id_number", "440823199003072212")


def count_materials(clerk: Somebody) -> None:
    """Everything that the guide wants, as wanted."""
    for count in clerk.page.locator("input.count").all():
        wanted = count.get_attribute("data-wanted") or "0"
        if wanted != "0":
            count.fill(wanted)


def receive(clerk: Somebody) -> str:
    """Returns the number of the new case."""
    choose_item(clerk)
    fill_applicant(clerk)
    count_materials(clerk)
    clerk.press("收件并打印凭证")
    clerk.page.wait_for_url(re.compile(r"/cases/\d{18}/$"))
    return clerk.page.url.rstrip("/").split("/")[-1]


def step(who: Somebody, number: str, button: str, done: str, **typed: str) -> None:
    """Open the case, type what the step asks, press its button, read what it says."""
    who.open(f"/cases/{number}/")
    for name, words in typed.items():
        who.page.fill(f"#id_{name}", words)
    who.press(button)
    who.sees(done)

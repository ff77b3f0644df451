"""The steps of a case as people take them in the browser; the same with scripts on and off."""

import re
from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Locator
from pypdf import PdfReader

from hall.actions.intake import query_code_of
from hall.models import Case
from tests.conftest import Clock

if TYPE_CHECKING:
    from tests.browser.conftest import Hall, Somebody

INITIALS, ITEM = "ggcswsxk", "公共场所卫生许可新办审批（县级）"
APPLICANT, AGENT = "遂溪县遂城镇云舒美发店", "莫子荣"
CAST = {
    "clerk": "linhaiyan",
    "section": "zhengqiwen",
    "leader": "maikangwen",
    "head": "fanjimin",
    "output": "wupeishan",
}


def choose_item(clerk: "Somebody", initials: str = INITIALS) -> None:
    """Search by pinyin initials and take the first hit."""
    clerk.open("/window/intake/?q=" + initials)
    clerk.page.locator("#found a.case-link").first.click()
    clerk.page.locator("#id_name").wait_for()


def fill_applicant(clerk: "Somebody") -> None:
    page = clerk.page
    page.check("input[name=kind][value=enterprise]")
    page.fill("#id_name", APPLICANT)
    page.fill("#id_id_number", "92440823FAKE107725")
    page.fill("#id_phone", "13700000915")
    page.fill("#id_contact_name", AGENT)
    page.fill("#id_contact_id_number", "440823199003072212")


def count_materials(clerk: "Somebody", *, without: str = "") -> None:
    """Everything that the guide wants, as wanted; nothing of the material that is not there."""
    for row in clerk.page.locator("tr[data-material]").all():
        missing = without and without in row.inner_text()
        for count in row.locator("input.count").all():
            wanted = count.get_attribute("data-wanted") or "0"
            if wanted != "0":
                count.fill("0" if missing else wanted)


def receive(
    clerk: "Somebody", initials: str = INITIALS, *, without: str = "", insists: bool = False, way: str = ""
) -> str:
    """Returns the number of the new case. `insists`: the applicant hands in what there is; `way`: how the result shall come."""
    choose_item(clerk, initials)
    fill_applicant(clerk)
    count_materials(clerk, without=without)
    if insists:
        clerk.page.check("#id_incomplete")
    if way:
        clerk.page.check(f"input[name=delivery_way][value={way}]")
    if way == "courier":
        fill(clerk, postal_recipient="莫子荣", postal_phone="13700000916", postal_address="遂溪县遂城镇金丝雀路 88 号")
    clerk.press("收件并打印凭证")
    clerk.page.wait_for_url(re.compile(r"/cases/\d{18}/$"))
    return clerk.page.url.rstrip("/").split("/")[-1]


def step(who: "Somebody", number: str, button: str, done: str, **typed: Any) -> None:
    """Open the case, type what the step asks, press its button, read what it says."""
    who.open(f"/cases/{number}/")
    fill(who, **typed)
    who.press(button)
    who.sees(done)


def fill(who: "Somebody", **typed: Any) -> None:
    """Fields by their names: a text, one of a list by its words, True for a tick."""
    for name, value in typed.items():
        field = who.page.locator(f"#id_{name.replace('__', '-')}")
        if value is True:
            field.check()
        elif field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(label=value)
        else:
            field.fill(value)


class Journey:
    """One case on its way through the days: who acts, each at a browser of their own, and the citizen who follows it on a phone."""

    def __init__(self, hall: "Hall", clock: Clock, print_papers: Callable[[], int], *, scripts: bool = True) -> None:
        self.hall, self.clock, self.print_papers, self.scripts = hall, clock, print_papers, scripts
        self.people: dict[str, Somebody] = {}
        self.number = ""

    def by(self, name: str) -> "Somebody":
        """Of the cast, or anybody by the name of the account."""
        if name not in self.people:
            self.people[name] = self.hall.staff(CAST.get(name, name), scripts=self.scripts)
        return self.people[name]

    @property
    def citizen(self) -> "Somebody":
        return self.people["citizen"]

    def begins(self, clerk: str = "clerk", initials: str = INITIALS, **intake: Any) -> None:
        """The intake at the window; the citizen opens the progress by the code of the slip."""
        self.number = receive(self.by(clerk), initials, **intake)
        self.by(clerk).sees("已收件，编号")
        self.people["citizen"] = self.hall.visitor(scripts=self.scripts, phone=True)
        code = query_code_of(Case.objects.get(number=self.number))
        self.paper("收件凭证", code, "收件不等于受理", by=clerk)
        self.citizen.open(f"/public/progress/{self.number}/{code}/")

    def accepted(self) -> None:
        self.step("clerk", "中转到审批股", "已中转到")
        self.paper("物料流转凭证", APPLICANT, "遂溪县卫生健康局行政审批股", "双方当面清点")
        self.step("section", "受理并出通知书", "已受理")
        self.paper(
            "受理通知书",
            "材料齐全，符合法定形式",
            "本机关自2026年3月10日起受理",
            "承诺2026年3月17日前（含当日）作出决定",
        )

    def step(self, name: str, button: str, done: str, **typed: Any) -> None:
        """On the case page itself."""
        step(self.by(name), self.number, button, done, **typed)

    def opens(self, name: str, label: str) -> "Somebody":
        """From the case page to the page of a verb."""
        who = self.by(name)
        who.open(f"/cases/{self.number}/")
        who.page.get_by_role("link", name=label).first.click()
        who.page.get_by_role("heading", level=1, name=label).wait_for()
        return who

    def takes(self, name: str, label: str, done: str, **typed: Any) -> None:
        """On the page of the verb."""
        who = self.opens(name, label)
        fill(who, **typed)
        who.press(label)
        who.sees(done)

    def sees(self, name: str, *words: str) -> None:
        """On the case page, as it now stands."""
        self.by(name).open(f"/cases/{self.number}/")
        shown = visible(self.by(name))
        for word in words:
            assert word.replace(" ", "") in shown, f"{name} isn't told “{word}”: {shown}"

    def citizen_sees(self, *words: str) -> None:
        self.citizen.page.reload()
        shown = visible(self.citizen)
        for word in words:
            assert word.replace(" ", "") in shown, f"the citizen isn't told “{word}”: {shown}"

    def finishes(self) -> None:
        """Decided, concluded, made out, handed out: all on one day."""
        self.step("leader", "准予并出决定书", "已准予", opinion="经审查，申请人提交的材料齐全，符合法定条件。")
        self.step("section", "办结", "已办结")
        self.step("section", "制证", "证照正在打印")
        self.step("output", "登记待领", "已登记待领")
        self.handed_out()

    def handed_out(self) -> None:
        output = self.by("output")
        output.open(f"/cases/{self.number}/")
        output.page.check("input[value=agent]")
        fill(output, recipient=AGENT)
        output.press("出件并打印回证")
        output.sees("已出件")
        self.citizen_sees("已送达")

    def paper(self, title: str, *words: str, by: str = "clerk") -> str:
        """What a printed paper says, opened from the case page, without the blanks of its lines; these words are among it."""
        self.print_papers()
        who = self.by(by)
        who.open(f"/cases/{self.number}/")
        found = who.page.locator("a.case-link").get_by_text(title, exact=True).first
        told = "".join(words_of(who, found).split())
        for word in words:
            assert word in told, f"{title} doesn't say “{word}”: {told}"
        return told

    def ends(self) -> None:
        """No page complained of anything, to nobody."""
        assert {name: who.complaints for name, who in self.people.items() if who.complaints} == {}


def visible(who: "Somebody") -> str:
    """What stands on the page, without blanks."""
    return "".join(who.page.locator("body").inner_text().split())


def words_of(who: "Somebody", link: Locator) -> str:
    answer = who.page.request.get(who.home + str(link.get_attribute("href")))
    assert answer.headers["content-type"] == "application/pdf"
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(answer.body())).pages)

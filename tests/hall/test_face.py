"""The face: how days and numbers are said, and that every component stands by its own contract."""

import hashlib
import re
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.conf import settings
from django.template import Context, Engine, TemplateSyntaxError

from hall.templatetags import face
from supervision import strips
from supervision.moment import SHANGHAI
from supervision.workdays import Calendar, Pause

TEMPLATES = Path(settings.TEMPLATES[0]["DIRS"][0])
STATIC = Path(face.__file__).resolve().parent.parent / "static" / "hall"
NOW = datetime(2026, 3, 10, 10, 42, tzinfo=SHANGHAI)
OWN_NUMBER = "003202602091000078"


class Undefined(str):
    """Stands for an undefined variable: a template that meets one fails."""

    def __contains__(self, _: object) -> bool:
        return True

    def __mod__(self, variable: object) -> str:
        raise AssertionError(f"undefined in the template: {variable}")


ENGINE = Engine(
    dirs=[str(TEMPLATES)],
    builtins=["hall.templatetags.face"],
    libraries={"static": "django.templatetags.static"},
    string_if_invalid=Undefined("%s"),
)


def shown(template: str, **context: Any) -> str:
    return ENGINE.get_template(template).render(Context(context))


def said(source: str, **context: Any) -> str:
    return ENGINE.from_string(source).render(Context(context))


# Days and times -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("filter_", "value", "words"),
    [
        (face.day, date(2026, 3, 12), "3月12日"),
        (face.day, date(2025, 12, 3), "2025年12月3日"),
        (face.day, None, "—"),
        (face.day_weekday, date(2026, 3, 12), "3月12日 周四"),
        (face.day_in_words, date(2027, 1, 6), "2027年1月6日（周三）"),
        (face.instant, datetime(2026, 3, 9, 8, 41, tzinfo=SHANGHAI), "3月9日 8:41"),
        (face.instant, datetime(2025, 3, 9, 8, 5, tzinfo=SHANGHAI), "2025年3月9日 8:05"),
        (face.near_instant, datetime(2026, 3, 10, 9, 5, tzinfo=SHANGHAI), "9:05"),
        (face.near_instant, datetime(2026, 3, 9, 16, 48, tzinfo=SHANGHAI), "昨天 16:48"),
        (face.near_instant, datetime(2026, 2, 24, 9, 0, tzinfo=SHANGHAI), "2月24日"),
    ],
)
def test_the_year_is_said_only_when_it_is_another_one(filter_: Any, value: Any, words: str) -> None:
    assert filter_(value, NOW) == words


def test_an_instant_is_read_on_a_clock_in_the_county() -> None:
    utc = datetime.fromisoformat("2026-03-09T17:30:00+00:00")
    assert face.instant(utc, NOW) == "3月10日 1:30"
    assert face.iso(utc) == "2026-03-10T01:30+08:00"
    assert face.full_day(NOW) == "2026年3月10日"
    assert face.weekday(NOW) == "星期二"


def test_a_page_without_now_fails_rather_than_reading_the_clock() -> None:
    with pytest.raises(Exception, match="now"):
        said("{{ due_on|day:now }}", due_on=date(2026, 3, 12))


# Numbers and codes ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("number", "words"),
    [
        (OWN_NUMBER, "20260209 0007"),
        ("003202602091123458", "20260209 12345"),
        ("", "—"),
        ("440823FAKE0001", "440823FAKE0001"),
    ],
)
def test_lists_show_date_and_serial_of_the_own_number(number: str, words: str) -> None:
    assert face.case_short(number) == words


def test_the_header_shows_the_own_number_in_its_groups_with_a_copy() -> None:
    html = shown("components/case_number.html", number=OWN_NUMBER)
    assert "003 <b>20260209</b> 1 <b>0007</b> 8" in html
    assert f'data-copy="{OWN_NUMBER}"' in html


def test_a_hash_stands_in_groups_of_four() -> None:
    assert face.grouped("5eef51bee09f") == "5eef 51be e09f"


def test_unknown_is_a_dash_and_nought_is_counted() -> None:
    figures = [{"label": "收件", "value": 0, "note": ""}, {"label": "中转", "value": None, "note": "待交 3"}]
    html = shown("components/figures.html", figures=figures)
    assert "<dd>0</dd>" in html
    assert "<dd>—<small>待交 3</small></dd>" in html


# Forms ----------------------------------------------------------------------------------------------------------------
class Delivery(forms.Form):
    phone = forms.CharField(label="联系手机", help_text="11 位", error_messages={"required": "填 11 位手机号。"})
    taker = forms.ChoiceField(
        label="领取人",
        choices=[("self", "本人"), ("agent", "代理人")],
        widget=forms.RadioSelect,
        error_messages={"required": "选一个领取人。"},
    )
    courier = forms.BooleanField(label="结果寄递", required=False)
    town = forms.ChoiceField(label="镇", choices=[("1", "城月镇")], required=False)


def test_a_faulty_field_keeps_what_was_typed_and_says_how_to_put_it_right() -> None:
    form = Delivery({"phone": "", "taker": "", "town": "1"})
    html = shown("components/fields.html", form=form)
    assert 'aria-invalid="true"' in html
    assert re.search(r'id="id_phone_error">填 11 位手机号。', html)
    assert 'aria-describedby="id_phone_helptext id_phone_error"' in html
    assert 'class="form-select"' in html
    assert 'class="form-check-input"' in html
    assert html.count("<fieldset") == html.count("</fieldset>") == 1


def test_the_summary_links_each_fault_to_its_field() -> None:
    form = Delivery({"phone": "", "taker": ""})
    form.add_error(None, "这份表已经交过了。")
    faults = face.faults([form])
    assert [fault["href"] for fault in faults] == ["", "#id_phone", "#id_taker_field"]
    html = shown("components/error_summary.html", faults=faults, undone="还没有发出")
    assert "还没有发出：有 3 处要改" in html
    assert '<a href="#id_phone">联系手机：填 11 位手机号。</a>' in html
    assert 'id="id_taker_field"' in shown("components/field.html", field=form["taker"])


# Components -----------------------------------------------------------------------------------------------------------
CALENDAR = Calendar(frozenset(), frozenset({date(2026, 3, 14)}), date(2026, 1, 1), date(2026, 12, 31))
CLOCK = strips.StripClock(
    "承诺", date(2026, 3, 4), 5, "workday", date(2026, 3, 13), (Pause(date(2026, 3, 5), date(2026, 3, 6)),)
)
REFUSAL = {
    "code": "letter_stage_missing",
    "sentence": "本岗位没有此事项的“审批”权。",
    "rules": ("D26",),
    "remedy": "送分管领导审批。",
    "facts": (("谁可以办", "分管副局长"),),
}
VERB = {
    "name": "grant",
    "label": "准予并出决定书",
    "primary": True,
    "allowed": True,
    "url": "",
    "note": "",
    "reason": "",
    "why_url": "",
}
COUNT = {"name": "originals-1", "value": 0, "wanted": 1, "fault": "填份数，例如 1。"}
MATERIAL = {
    "key": "1",
    "name": "申请表",
    "note": "必要",
    "requirement": "原件 1",
    "originals": COUNT,
    "copies": None,
    "electronic": None,
    "result": {"tone": "missing", "words": "缺"},
}
STEP = {"what": "受理", "who": "许丽君", "at": NOW, "when": "", "kind": "now"}
COMPONENTS: dict[str, dict[str, Any]] = {
    "due": {"due": {"state": "near", "words": "剩 2 个工作日"}, "big": True, "note": "3月12日 周四到期"},
    "state": {"state": {"label": "审核中", "tone": ""}},
    "figures": {"figures": [{"label": "收件", "value": 14, "note": "昨日 11"}]},
    "facts": {"facts": [("收费", "不收费"), ("省编号", None)], "wide": True},
    "say": {"tone": "mind", "lead": "今天 17:30 前必须发出", "text": "逾期视为受理。"},
    "verb": {"verb": VERB},
    "power": {"power": [("授权依据", "遂卫授〔2026〕1号 第 9 行")]},
    "refusal": {"refusal": REFUSAL},
    "material": {"material": MATERIAL, "show_electronic": True},
    "count": {"count": COUNT, "label": "原件份数", "key": "1", "digit": "1"},
    "result": {"key": "1", "result": {"tone": "ok", "words": "收齐"}, "swap": True},
    "strip": {"strip": strips.build([CLOCK], NOW.date(), calendar=CALENDAR)},
    "line": {"steps": [STEP, {**STEP, "at": None, "when": "3月9日起", "kind": "next"}], "now": NOW, "stacked": True},
    "choice": {"field": Delivery()["taker"]},
    "field": {"field": Delivery()["phone"]},
    "fields": {"form": Delivery()},
    "error_summary": {"faults": [], "undone": "还没有发出"},
    "chart": {
        "chart": {"id": "flow", "kind": "line", "label": "流量", "head": ["时段", "收件"], "rows": [["8:30", 9], ["9:00", None]]}
    },
    "hash": {"hash": "5eef51be"},
    "gauge": {"gauge": {"fill": "8.8", "goal": "180.8", "short": False, "label": "最长延迟 2.9 秒，报警线 60 秒"}},
    "progress": {"progress": {"words": "已核验 120,000 / 1,204,518 条", "done": 120000, "size": 1204518}},
    "empty": {
        "empty": {"title": "没有待领的结果", "sentence": "制证后会排到这里。", "links": [{"label": "查", "url": "/", "key": "/"}]}
    },
    "case_number": {"number": OWN_NUMBER},
    "masked": {"masked": {"label": "证件号码", "shown": "440823********2216", "unmask_url": "/unmask"}},
    "row_link": {"next": {"label": "出件", "url": "/"}, "what": "护士执业注册"},
    "panel": {"title": "时限", "id": "clocks", "meta": "", "extra": "", "body": "", "tail": ""},
}  # fmt: skip


def test_each_component_has_an_example_here() -> None:
    assert {path.stem for path in (TEMPLATES / "components").glob("*.html")} == set(COMPONENTS)


@pytest.mark.parametrize("name", sorted(COMPONENTS))
def test_a_component_needs_no_more_than_its_inputs(name: str) -> None:
    assert shown(f"components/{name}.html", **COMPONENTS[name]).strip() or name == "error_summary"


def test_a_disabled_verb_says_why_and_leads_to_its_refusal() -> None:
    closed = {**VERB, "allowed": False, "reason": "本岗位没有此事项的“审批”权。", "why_url": "/why"}
    html = shown("components/verb.html", verb=closed)
    assert 'aria-disabled="true"' in html
    assert 'aria-describedby="why-grant"' in html
    assert 'id="why-grant">本岗位没有' in html
    assert 'href="/why" hx-get="/why" hx-target="#refusal"' in html
    assert " disabled" not in html


def test_a_verb_with_a_page_of_its_own_is_a_link_and_still_the_one_primary():
    html = shown("components/verb.html", verb={**VERB, "url": "/cases/1/do/request_corrections/"})
    assert 'class="btn btn-primary" href="/cases/1/do/request_corrections/" data-key="F9"' in html
    assert "<button" not in html


def test_the_refusal_shows_sentence_facts_code_and_remedy() -> None:
    html = shown("components/refusal.html", refusal=REFUSAL)
    assert all(words in html for words in ("本岗位没有", "谁可以办", "letter_stage_missing（D26）", "您可以这样办"))


def test_the_strip_is_a_table_with_one_column_a_working_day() -> None:
    strip = COMPONENTS["strip"]["strip"]
    html = shown("components/strip.html", strip=strip)
    assert html.count('scope="col" class="day') + html.count('scope="col" class="made') >= 8
    assert html.count("<td") == len(strip.days)
    assert '<td class="stop">停</td>' in html
    assert "<caption" in html


def test_a_chart_stands_beside_its_own_table() -> None:
    html = shown("components/chart.html", **COMPONENTS["chart"])
    assert 'data-table="flow-table"' in html
    assert 'id="flow-table"' in html
    assert '<td class="end">—</td>' in html


def test_the_panel_puts_body_and_tail_where_they_belong() -> None:
    html = said(
        '{% panel title="文书" id="papers" meta=meta %}<p>{{ n }}</p>{% tail %}<a href="#">全部</a>{% endpanel %}',
        meta="",
        n=4,
    )
    assert '<h2 id="papers">文书</h2><span class="tail"><a href="#">全部</a></span>' in html
    assert "<p>4</p>" in html
    assert 'class="meta"' not in html
    with pytest.raises(TemplateSyntaxError, match="panel wants"):
        said('{% panel title="文书" %}{% endpanel %}')


# The whole tree -------------------------------------------------------------------------------------------------------
PAGES = sorted(
    path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html") if "print" not in path.parts
)


@pytest.mark.parametrize("page", PAGES)
def test_a_template_says_its_inputs_and_holds_to_the_policy(page: str) -> None:
    source = (TEMPLATES / page).read_text()
    ENGINE.get_template(page)
    assert "Inputs" in source.split("{% block")[0]
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:|https?://", source)
    assert all("src=" in script for script in re.findall(r"<script[^>]*>", source))


def test_vendored_files_are_those_of_the_list_and_load_nothing() -> None:
    listed = dict(reversed(line.split()) for line in (STATIC / "vendor" / "SHA256SUMS").read_text().splitlines())
    assert {name: hashlib.sha256((STATIC / "vendor" / name).read_bytes()).hexdigest() for name in listed} == listed
    for sheet in [STATIC / "theme.css", STATIC / "vendor" / "bootstrap.min.css"]:
        assert not re.search(r"url\(|@import|sourceMappingURL", sheet.read_text())


@pytest.mark.parametrize(
    ("text", "ground"),
    [("ink", "ground"), ("ink-3", "sunken"), ("blue", "paper"), ("green", "green-tint"), ("amber", "amber-tint"),
     ("red", "paper"), ("ochre", "ochre-tint"), ("violet", "violet-tint")],
)  # fmt: skip
def test_text_stands_out_from_its_ground(text: str, ground: str) -> None:
    tokens = dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{3,6})", (STATIC / "theme.css").read_text()))
    darker, lighter = sorted(_luminance(tokens[name]) for name in (text, ground))
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue

"""Official papers on the real press: what they say, how they break, what they refuse to fetch."""

import hashlib
import io
import json
import logging
import os
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pypdf
import pytest

from supervision import imprints, typesetting
from supervision.models import PaperKind

from .paper_samples import CASE, COMMON, FACTS, LONGEST_ITEM, SEALED, SPECIAL_SEAL, printed, squeezed

ROOT = Path(__file__).resolve().parents[2]
RARE = "埇硍珺喆堃㎡"  # in names of people, villages and floor areas; FandolFang has none of them


@pytest.mark.parametrize("template", PaperKind.values)
def test_every_kind_of_paper_fits_on_one_sheet_without_a_missing_glyph(template: str) -> None:
    facts = FACTS[template]
    assert len(printed(template)) == 1
    assert typesetting.missing_glyphs(template, facts) == set()


@pytest.mark.parametrize("template", PaperKind.values)
def test_every_paper_bears_its_number_the_case_and_the_check_code(template: str) -> None:
    sheet = printed(template)[0]
    assert COMMON["number"] in sheet
    assert "7F3K-9Q2M-X8WD" in sheet
    assert "202602090007" in sheet


@pytest.mark.parametrize("template", PaperKind.values)
def test_a_demo_paper_says_so_and_a_real_one_does_not(template: str) -> None:
    demo, real = "".join(printed(template)), "".join(printed(template, demo=False))
    assert "演示文书，不具效力" in demo
    assert "演示" not in real
    assert demo.count("演示") == (2 if template in SEALED else 1)


def test_rare_characters_of_names_have_glyphs_in_every_face() -> None:
    assert RARE in printed("acceptance_notice", contact=RARE)[0]
    for template in PaperKind.values:
        everywhere = {key: RARE for key, value in FACTS[template].items() if value == CASE.get("applicant")}
        assert typesetting.missing_glyphs(template, FACTS[template] | everywhere | {"unit": f"{RARE}局"}) == set()


def test_a_character_without_a_glyph_is_noticed_and_logged_without_the_name(caplog: pytest.LogCaptureFixture) -> None:
    name = "陈\ue123"
    assert typesetting.missing_glyphs("certificate", FACTS["certificate"] | {"holder": name}) == {"\ue123"}
    with caplog.at_level(logging.ERROR, logger="supervision.typesetting"):
        typesetting.typeset("certificate", FACTS["certificate"] | {"holder": name})
    assert "U+E123" in caplog.text
    assert "陈" not in caplog.text


def test_papers_are_set_in_the_faces_of_the_standard() -> None:
    pdf = pypdf.PdfReader(io.BytesIO(typesetting.typeset("receipt_slip", FACTS["receipt_slip"])))
    fonts = pdf.pages[0]["/Resources"]["/Font"].values()
    faces = " ".join(font.get_object()["/BaseFont"] for font in fonts)
    assert "FandolFang" in faces
    assert "Noto-Serif-SC-Bold" in faces
    assert "Noto-Sans-SC" in faces


# ------------------------------------------------------------------------------------------------- what they say


@pytest.mark.ids("L12")
def test_only_a_licence_is_accepted_and_granted_under_the_licensing_law() -> None:
    law = "《中华人民共和国行政许可法》"
    assert f"{law}第三十二条第一款第五项" in printed("acceptance_notice")[0]
    assert "准予行政许可决定书" in printed("decision")[0]
    notice = printed("acceptance_notice", item_kind="confirmation", statutory_due=None)[0]
    decision = printed("decision", item_kind="public_service", basis=None)[0]
    assert "许可法" not in notice + decision
    assert "法定期限" not in notice
    assert "准予办理决定书" in decision


@pytest.mark.ids("L10")
def test_the_receipt_slip_says_that_receiving_is_not_accepting_and_when_the_unit_answers() -> None:
    sheet = printed("receipt_slip")[0]
    assert "收件不等于受理" in sheet
    assert "遂溪县公安局最迟于2026年2月16日答复" in sheet
    assert "自收到申请材料之日起即为受理" in sheet
    assert "即为受理" not in printed("receipt_slip", item_kind="confirmation")[0]


def test_days_are_read_in_shanghai_and_unknown_counts_are_not_zero() -> None:
    sheet = printed("receipt_slip")[0]
    assert "2026年2月9日01:05" in sheet
    assert "1营业执照01—已收" in sheet


def test_a_person_is_addressed_as_you_and_an_organisation_as_your_unit() -> None:
    assert "你2026年2月9日提交" in printed("acceptance_notice", is_person=True)[0]
    assert "你单位2026年2月9日提交" in printed("acceptance_notice")[0]


# ---------------------------------------------------------------------------------------------- how they break


def test_the_seal_never_stands_without_words_and_is_never_lost() -> None:
    """Whatever the length: the last sheet bears the end of the text, the unit, the day and the whole seal."""
    for sentences in range(0, 24, 3):
        sheets = printed("decision", findings="经审查符合法定条件标准。" * sentences)
        assert "颁发、送达。" in sheets[-1], sentences
        assert "遂溪县公安局2026年2月27日" in sheets[-1], sentences
        assert f"{SPECIAL_SEAL}演示" in sheets[-1], sentences
        assert SPECIAL_SEAL not in "".join(sheets[:-1]), sentences


def test_a_notice_of_the_longest_item_stays_on_one_sheet_by_shorter_words() -> None:
    sheets = printed("acceptance_notice", item=LONGEST_ITEM, applicant="遂溪县城月镇清源供水有限公司" * 2)
    assert len(sheets) == 1
    assert "另行书面告知" not in sheets[0]
    assert all(
        part in sheets[0] for part in ("2026年3月2日前（含当日）", "至2026年3月16日", "许丽君", "签收人", SPECIAL_SEAL)
    )


def test_a_unit_with_a_very_long_name_keeps_name_day_and_seal() -> None:
    unit = "遂溪县市场监督管理局知识产权和质量发展综合管理局"
    sheets = printed("acceptance_notice", unit=unit)
    assert unit in sheets[0]
    assert f"{unit}2026年2月10日" in sheets[-1]
    assert SPECIAL_SEAL in sheets[-1]


@pytest.mark.parametrize("template", ["receipt_slip", "transfer_slip"])
def test_a_list_of_thirty_materials_repeats_its_head_and_ends_beside_the_signatures(template: str) -> None:
    materials = [
        {"name": f"材料{number}号" * 8, "originals": 1, "copies": 2, "electronic": 0, "status": "已收"}
        for number in range(1, 31)
    ]
    sheets = printed(template, materials=materials)
    assert len(sheets) > 1
    assert all("序号材料名称原件复印件电子件" in sheet for sheet in sheets)
    assert all(COMMON["number"] in sheet for sheet in sheets)
    assert all(sum(f"材料{number}号" in sheet for sheet in sheets) == 1 for number in range(1, 31))
    assert "材料30号" in sheets[-1]
    assert "签字" in sheets[-1]


def test_the_signatures_of_a_list_never_stand_on_a_sheet_without_a_line_of_it() -> None:
    row = {"name": "材料", "originals": 1, "copies": 2, "electronic": 0, "status": "已收"}
    for rows in range(6, 15):
        sheets = printed("receipt_slip", materials=[row] * rows)
        assert "材料120已收一、" in sheets[-1], rows
        assert "签字" not in "".join(sheets[:-1]), rows


def test_the_characters_of_a_long_unit_keep_to_the_ring_of_the_seal() -> None:
    for length in (1, 4, 8, 16, 30):
        drawing = imprints.seal("局" * length, SPECIAL_SEAL, demo=False)
        turns = [float(turn) for turn in re.findall(r"rotate\((-?[\d.]+)\)", drawing)]
        assert len(turns) == length
        assert max(map(abs, turns)) <= imprints.RING_HALF_ARC + 0.01


# ------------------------------------------------------------------------------------------- same facts, same bytes


def test_another_process_prints_the_same_bytes() -> None:
    code = (
        "import hashlib, json, sys; from django.conf import settings; settings.configure(CLOCK_FILE='', USE_TZ=True);"
        "from supervision import typesetting as t; facts = json.load(sys.stdin);"
        "print(json.dumps({k: hashlib.sha256(t.typeset(k, f)).hexdigest() for k, f in facts.items()}))"
    )
    here = {kind: hashlib.sha256(typesetting.typeset(kind, facts)).hexdigest() for kind, facts in FACTS.items()}
    env = os.environ | {"PYTHONHASHSEED": "7", "TZ": "America/New_York", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], input=json.dumps(FACTS), env=env, cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == here


def test_the_file_holds_no_date_of_its_making() -> None:
    pdf = typesetting.typeset("decision", FACTS["decision"])
    assert b"CreationDate" not in pdf
    assert b"ModDate" not in pdf


# ------------------------------------------------------------------------------------------- contract and refusals


def test_the_contract_covers_exactly_the_kinds_of_the_register() -> None:
    assert set(typesetting.FACTS) == set(PaperKind.values) == set(FACTS)


def test_facts_with_a_missing_key_are_refused_by_name() -> None:
    facts = {key: value for key, value in FACTS["receipt_slip"].items() if key not in ("unit", "query_code")}
    with pytest.raises(typesetting.FactsMissing, match="receipt_slip: query_code, unit"):
        typesetting.check("receipt_slip", facts)
    row = {"name": "营业执照", "originals": 1, "electronic": 1, "status": "已收"}
    with pytest.raises(typesetting.FactsMissing, match=r"materials\[0\]\.copies"):
        typesetting.check("receipt_slip", FACTS["receipt_slip"] | {"materials": [row]})


def test_nothing_is_printed_before_the_fonts_are_complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HALL_FONTS", str(tmp_path))
    assert "字体" in str(typesetting.hindrance())
    with pytest.raises(typesetting.PressNotReady):
        typesetting.typeset("certificate", FACTS["certificate"])
    (tmp_path / "ready").touch()
    assert typesetting.hindrance() is None


# --------------------------------------------------------------------------------------------------- hostile texts


class Canary(BaseHTTPRequestHandler):
    visits: list[str] = []

    def do_GET(self) -> None:
        self.visits.append(self.path)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        return


@pytest.fixture
def canary() -> Any:
    server = HTTPServer(("127.0.0.1", 0), Canary)
    Canary.visits.clear()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def every_text(value: Any, payload: str) -> Any:
    """The facts with the payload in every text but days, instants, addresses and what the hall itself gives."""
    if isinstance(value, str):
        kept = value in COMMON.values() or re.match(r"\d{4}-\d\d-\d\d|http|licence", value)
        return value if kept else payload
    if isinstance(value, list):
        return [every_text(row, payload) for row in value]
    if isinstance(value, dict):
        return {key: every_text(item, payload) for key, item in value.items()}
    return value


@pytest.mark.ids("T25")
@pytest.mark.parametrize("template", PaperKind.values)
def test_no_text_makes_a_paper_fetch_anything(template: str, canary: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from supervision import press

    asked: list[str] = []
    monkeypatch.setattr(press.FETCHER, "fetch", lambda url, headers=None: asked.append(url))
    payloads = [
        f"<img src={canary}/a>",
        "<img src=file:///etc/passwd>",
        f'<link rel="stylesheet" href="{canary}/b">',
        f'<link rel="attachment" href="{canary}/c">',
        '<link rel="attachment" href="file:///etc/passwd">',
        f"<style>@import url({canary}/d);</style>",
        f'<p style="background:url({canary}/e)">',
        f'<svg><image href="{canary}/f"/></svg>',
        f'<object data="{canary}/g"></object><iframe src="{canary}/h"></iframe>',
        f'"><base href="{canary}/"><a rel=attachment href="i">',
        "<img src=ftp://127.0.0.1/j><img src=data:image/png;base64,AAAA>",
        f'</title></style></svg></table><meta http-equiv="refresh" content="0;url={canary}/k">',
    ]
    for half in ("".join(payloads[::2]), "".join(payloads[1::2])):
        reader = pypdf.PdfReader(io.BytesIO(typesetting.typeset(template, every_text(FACTS[template], half))))
        assert not reader.attachments
        assert squeezed(half) in squeezed("".join(sheet.extract_text() for sheet in reader.pages))
    assert asked == []
    assert Canary.visits == []


@pytest.mark.ids("T25")
@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "http://127.0.0.1/",
        "ftp://127.0.0.1/",
        "data:text/css,p{}",
        "asset:../x",
        "ASSET:paper.css",
    ],
)
def test_the_fetcher_answers_its_own_assets_only(url: str) -> None:
    from supervision import press

    assert press.FETCHER.fetch("asset:paper.css").read().startswith(b"/* Official papers")
    with pytest.raises(ValueError, match="own assets"):
        press.FETCHER.fetch(url)
    with pytest.raises(ValueError, match="own assets"):
        press.FETCHER.open(url)


@pytest.mark.ids("T27")
@pytest.mark.parametrize("template", PaperKind.values)
def test_text_that_looks_like_a_template_stands_as_it_was_typed(template: str) -> None:
    text = "{{7*7}}{%include'base.html'%}{0.__class__}%(x)s&lt;b&amp;${7*7}"
    assert text in "".join(printed(template, **every_text(FACTS[template], text)))


def test_the_name_on_the_seal_is_text_and_never_drawing() -> None:
    drawing = imprints.seal('<a"', "</svg><script>", demo=False)
    assert "<script>" not in drawing
    assert "&lt;</text>" in drawing


def test_marks_that_turn_a_line_around_are_left_out() -> None:
    sheet = printed("acceptance_notice", applicant="清源\u202e\u0000旅馆\u200b")[0]
    assert "清源旅馆：" in sheet

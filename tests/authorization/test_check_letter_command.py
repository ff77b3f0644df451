"""`manage.py check_letter` answers programs as the contract says."""

import json

import pytest
from django.core.management import CommandError, call_command

ANNEX_4 = """
groups:
- tier: section
  rows:
  - {kind: licence, main_item: 外商投资企业, sub_item: 外商投资企业设立审核, stages: [受理, 审核, 审批, 办结]}
  - {kind: public_service, main_item: 商业特许经营备案, sub_item: 商业特许经营备案, stages: [受理, 审核, 审批, 办结]}
  - {kind: other_power, main_item: 企业投资项目备案, sub_item: 企业投资项目备案, stages: [受理, 审核]}
  - {kind: licence, main_item: 监控化学品使用许可, sub_item: 监控化学品使用许可, stages: [受理]}
- tier: leader_in_charge
  rows:
  - {kind: other_power, main_item: 企业投资项目备案, sub_item: 企业投资项目备案, stages: [审批, 办结]}
  - {kind: licence, main_item: 监控化学品使用许可, sub_item: 监控化学品使用许可, stages: [审核]}
- tier: main_leader
  rows:
  - {kind: licence, main_item: 监控化学品使用许可, sub_item: 监控化学品使用许可, stages: [审批, 办结]}
"""


@pytest.fixture
def letter(tmp_path):
    def write(text: str) -> str:
        file = tmp_path / "letter.yaml"
        file.write_text(text, encoding="utf-8")
        return str(file)

    return write


def run(capsys, *arguments: str) -> tuple[int, str]:
    code = 0
    try:
        call_command("check_letter", *arguments)
    except SystemExit as end:
        code = end.code
    return code, capsys.readouterr().out


@pytest.mark.ids("D23", "D25")
def test_the_plans_own_sample_exceeds_but_covers(capsys, letter):
    code, out = run(capsys, letter(ANNEX_4), "--json")
    assert code == 1
    assert json.loads(out) == {
        "total_items": 4,
        "leader_items": 1,
        "allowed_leader_items": 0,
        "ten_percent": "exceeds",
        "coverage": "ok",
        "missing": [],
        "doubled": [],
    }


def test_a_file_of_sample_letters_holds_it_under_its_name(capsys, letter):
    indented = "signing_letter:" + ANNEX_4.replace("\n", "\n  ")
    assert json.loads(run(capsys, letter(indented), "--json")[1])["total_items"] == 4


@pytest.mark.ids("D25")
def test_rows_in_chinese_or_as_identifiers(capsys, letter):
    rows = """
    rows:
    - {tier: 股室, main_item: 甲, sub_item: 甲一, stages: [acceptance, REVIEW, 审批]}
    - {tier: LEADER_IN_CHARGE, main_item: 甲, sub_item: 甲一, stages: [审批]}
    """
    code, out = run(capsys, letter(rows), "--json")
    told = json.loads(out)
    assert (code, told["coverage"], told["ten_percent"]) == (1, "defective", "ok")
    assert told["missing"] == [{"main_item": "甲", "sub_item": "甲一", "stage": "conclusion"}]
    assert told["doubled"] == [{"main_item": "甲", "sub_item": "甲一", "stage": "approval"}]


def test_a_letter_in_order_exits_0_and_says_so(capsys, letter):
    rows = "rows: [{tier: section, main_item: 甲, sub_item: 甲一, stages: [受理, 审核, 审批, 办结]}]"
    code, out = run(capsys, letter(rows))
    assert code == 0
    assert out.startswith("共 1 项，主要领导签批 0 项，不超过 10%（至多 0 项）。\n各事项的受理")


def test_defects_are_named_for_people(capsys, letter):
    rows = "rows: [{tier: section, main_item: 甲, sub_item: 甲一, stages: [受理, 审核, 审批, 审批]}]"
    _, out = run(capsys, letter(rows))
    assert "缺“办结”：甲／甲一\n" in out
    assert "重复“审批”：甲／甲一\n" in out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rows: []", "没有事项行"),
        ("- 1", "要有 rows"),
        ("", "要有 rows"),
        ("rows: 5", "rows 要是一个列表"),
        ("rows: [受理]", "rows 的每一行"),
        ("groups: [3]", "groups 的每一组"),
        ("rows: [{tier: section, main_item: 甲, stages: []}]", "第 1 行要有大项"),
        ("rows: [{tier: section, main_item: 甲, sub_item: 乙}]", "第 1 行要有授权范围"),
        ("rows: [{main_item: 甲, sub_item: 乙, stages: []}]", "第 1 行没有层级"),
        (
            "rows: [{tier: 县长, main_item: 甲, sub_item: 乙, stages: []}]",
            "“县长”不认识，可用：股室、分管领导、主要领导",
        ),
        ("rows: [{tier: section, main_item: 甲, sub_item: 乙, stages: [收件]}]", "“收件”不认识"),
        ("rows: [", "不是可读的 YAML"),
        ("rows: !!python/object/apply:os.getcwd []", "不是可读的 YAML"),
    ],
)
def test_unusable_input_has_a_sentence_and_exit_2(letter, text, said):
    with pytest.raises(CommandError) as unusable:
        call_command("check_letter", letter(text))
    assert said in str(unusable.value)
    assert unusable.value.returncode == 2


def test_a_missing_file_has_a_sentence_and_exit_2(tmp_path):
    with pytest.raises(CommandError, match="打不开文件") as unusable:
        call_command("check_letter", str(tmp_path / "none.yaml"))
    assert unusable.value.returncode == 2

"""`manage.py check_letter`: the 10 % rule (D23) and the coverage of stages (D25) of a letter in YAML (contract)."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import yaml
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import TextChoices

from authorization.letters import LetterCheck, LetterRow, Stage, StageDefect, Tier, check_letter

Choice = TypeVar("Choice", bound=TextChoices)


class Command(BaseCommand):
    help = "核对审批服务事项授权委托书：主要领导签批占比，各环节不缺不重。"
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.yaml", help="rows，或按层级分组的 groups")
        parser.add_argument("--json", action="store_true", help="输出 JSON")

    def handle(self, *, file: Path, **options: Any) -> None:
        check = check_letter(_read(file))
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(check), ensure_ascii=False, indent=2))
        else:
            self.stdout.writelines(_as_lines(check))
        if check.exceeds_ten_percent or not check.covers_every_stage:
            sys.exit(1)


def _read(file: Path) -> list[LetterRow]:
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError:
        raise _unusable(f"打不开文件 {file}。") from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise _unusable(f"{file} 不是可读的 YAML。") from None
    rows = [_row(place, raw) for place, raw in enumerate(_raw_rows(content), start=1)]
    if not rows:
        raise _unusable("没有事项行：文件里要有 rows，或带 rows 的 groups。")
    return rows


def _raw_rows(content: Any) -> Iterator[dict[str, Any]]:
    """Rows as they stand, or of groups with the tier of their group; a file may hold them under `signing_letter`."""
    if isinstance(content, dict) and isinstance(content.get("signing_letter"), dict):
        content = content["signing_letter"]
    if not isinstance(content, dict):
        raise _unusable("文件里要有 rows，或带 rows 的 groups。")
    groups = _list(content, "groups")
    for group in [*groups, {"rows": content.get("rows")}]:
        if not isinstance(group, dict):
            raise _unusable("groups 的每一组要有 tier 和 rows。")
        for row in _list(group, "rows"):
            if not isinstance(row, dict):
                raise _unusable("rows 的每一行要有 tier、main_item、sub_item、stages。")
            yield {"tier": group.get("tier"), **row}


def _list(holder: dict[str, Any], key: str) -> list[Any]:
    value = holder.get(key) or []
    if not isinstance(value, list):
        raise _unusable(f"{key} 要是一个列表。")
    return value


def _row(place: int, raw: dict[str, Any]) -> LetterRow:
    names = [raw.get("main_item"), raw.get("sub_item")]
    if not all(isinstance(name, str) and name.strip() for name in names):
        raise _unusable(f"第 {place} 行要有大项 main_item 和小项 sub_item。")
    stages = raw.get("stages")
    if not isinstance(stages, list):
        raise _unusable(f"第 {place} 行要有授权范围 stages，例如 [受理, 审核]。")
    return LetterRow(
        tier=_member(Tier, raw.get("tier"), place),
        main_item=str(names[0]),
        sub_item=str(names[1]),
        stages=tuple(_member(Stage, stage, place) for stage in stages),
        kind=str(raw.get("kind") or ""),
    )


def _member(choices: type[Choice], word: Any, place: int) -> Choice:
    """A choice by its Chinese word, its value or its name."""
    for choice in choices:
        if str(word).strip() in (choice.label, choice.value, choice.name):
            return choice
    said = "没有层级 tier" if word is None else f"的“{word}”不认识"
    raise _unusable(f"第 {place} 行{said}，可用：{'、'.join(choices.labels)}。")


def _unusable(sentence: str) -> CommandError:
    return CommandError(sentence, returncode=2)


def _as_json(check: LetterCheck) -> dict[str, Any]:
    return {
        "total_items": check.total_items,
        "leader_items": check.leader_items,
        "allowed_leader_items": check.allowed_leader_items,
        "ten_percent": "exceeds" if check.exceeds_ten_percent else "ok",
        "coverage": "ok" if check.covers_every_stage else "defective",
        "missing": [_defect(defect) for defect in check.missing],
        "doubled": [_defect(defect) for defect in check.doubled],
    }


def _defect(defect: StageDefect) -> dict[str, str]:
    return {"main_item": defect.main_item, "sub_item": defect.sub_item, "stage": defect.stage.value}


def _as_lines(check: LetterCheck) -> Iterator[str]:
    verdict = "超过" if check.exceeds_ten_percent else "不超过"
    yield f"共 {check.total_items} 项，主要领导签批 {check.leader_items} 项，{verdict} 10%"
    yield f"（至多 {check.allowed_leader_items} 项）。\n"
    for word, defects in (("缺", check.missing), ("重复", check.doubled)):
        for defect in defects:
            yield f"{word}“{defect.stage.label}”：{defect.main_item}／{defect.sub_item}\n"
    if check.covers_every_stage:
        yield "各事项的受理、审核、审批、办结都有且只有一处。\n"

"""`manage.py check_codes`: verdict on 实施编码 and 业务办理项编码 (contract, L46, L47)."""

import json
import sys
from dataclasses import asdict, fields
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from catalog.codes import CodeCheck, CodeParts, CodeScheme, ItemKind, check_task_code, explain


class Command(BaseCommand):
    help = "核对实施编码（31 位）和业务办理项编码（33 位）。"
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("codes", nargs="+", metavar="CODE", help="编码")
        parser.add_argument("--scheme", required=True, choices=CodeScheme.values, help="事项类型代码的体系")
        parser.add_argument(
            "--level", action="append", default=[], type=int, metavar="N", help="指南的行使层级，可多次给出"
        )
        parser.add_argument("--kind", choices=ItemKind.values, help="指南的事项类型")
        parser.add_argument("--json", action="store_true", help="输出 JSON")

    def handle(self, *, codes: list[str], scheme: str, **options: Any) -> None:
        checks = [
            check_task_code(code, CodeScheme(scheme), levels=options["level"], kind=options["kind"]) for code in codes
        ]
        if options["json"]:
            self.stdout.write(json.dumps([_as_json(check) for check in checks], ensure_ascii=False, indent=2))
        else:
            self.stdout.writelines(_as_line(check) for check in checks)
        if not all(check.valid for check in checks):
            sys.exit(1)


def _as_json(check: CodeCheck) -> dict[str, Any]:
    """The keys of `parts` are always there; they are null while the pattern does not fit."""
    unknown = dict.fromkeys((field.name for field in fields(CodeParts)), None)
    return {
        "code": check.code,
        "verdict": "valid" if check.valid else "invalid",
        "reason": check.reason,
        "warnings": list(check.warnings),
        "parts": asdict(check.parts) if check.parts else unknown,
        "kind": check.kind,
    }


def _as_line(check: CodeCheck) -> str:
    said = [explain(name, check.code) for name in (check.reason, *check.warnings) if name]
    verdict = "可用" if check.valid else "不可用"
    return " ".join([check.code, verdict, check.kind.label if check.kind else "", *said]) + "\n"

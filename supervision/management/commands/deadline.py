"""`manage.py deadline`: the due day of a period, to check a date by hand (contract, L16, L20, L28-L31, T66)."""

import argparse
import json
import sys
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from supervision.clocks import current_calendar
from supervision.explaining import Explained, explain
from supervision.workdays import CalendarUnknown, Pause, TimeUnit

KINDS = {"feast": "放假", "stop": "停表", "rolled": "顺延"}


class Command(BaseCommand):
    help = "算到期日：起算日当天不计，停表日不计，期满日按工作日历。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--start", required=True, type=_day, metavar="DATE", help="起算的事件日，如 2026-02-10")
        parser.add_argument("--limit", required=True, type=int, metavar="N", help="期限")
        parser.add_argument("--unit", required=True, choices=TimeUnit.values, help="期限的单位")
        pause_help = "停表的首日和末日，都不计；末日空着表示还没有恢复；可多次给出"
        parser.add_argument("--pause", action="append", default=[], type=_pause, metavar="FROM:TO", help=pause_help)
        parser.add_argument("--extension", type=int, default=0, metavar="N", help="延长的日数")
        parser.add_argument("--json", action="store_true", help="输出 JSON")

    def handle(self, *, start: date, limit: int, unit: str, **options: Any) -> None:
        try:
            told = explain(start, limit, unit, options["pause"], options["extension"], calendar=current_calendar())
        except CalendarUnknown as unknown:
            self._refuse(unknown, as_json=options["json"])
            sys.exit(1)
        except (ValueError, OverflowError):
            raise CommandError("期限要大于 0，延长不能小于 0，到期日不能远过公元 9999 年。", returncode=2) from None
        if options["json"]:
            due_on = told.due.due_on.isoformat() if told.due.due_on else None
            self.stdout.write(json.dumps({"due_on": due_on, "provisional": told.due.provisional, "error": None}))
        else:
            self._tell(told)

    def _refuse(self, unknown: CalendarUnknown, *, as_json: bool) -> None:
        if as_json:
            told = {"due_on": None, "provisional": False, "error": unknown.refusal.code}
            self.stdout.write(json.dumps(told))
        else:
            self.stdout.write(unknown.refusal.sentence + unknown.refusal.remedy)

    def _tell(self, told: Explained) -> None:
        """The due day first, then why it is this one."""
        end = told.due
        if end.due_on is None:
            self.stdout.write("正在停表，恢复计时后才有到期日。")
        else:
            self.stdout.write(f"到期日 {end.due_on}" + ("（暂定：节假日安排尚未公布）" if end.provisional else ""))
        self.stdout.write(told.sentence)
        for part in told.stretches:
            span = f"{part.first} 至 {part.last or '……'}"
            counted = f"计 {part.counted} 天，累计 {part.total} 天" if part.kind == "count" else KINDS[part.kind]
            self.stdout.write(f"  {span}  {counted}" + (f"（{part.note}）" if part.note else ""))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"“{text}”不是日期，请写成 2026-02-10 的样子。") from None


def _pause(text: str) -> Pause:
    first, colon, last = text.partition(":")
    pause = Pause(_day(first), _day(last) if last else None)
    if not colon or (pause.last and pause.last < pause.first):
        raise argparse.ArgumentTypeError(f"“{text}”不是停表区间，请写成 2026-02-26:2026-03-06 的样子，末日不早于首日。")
    return pause

"""`manage.py subscriptions`: how far each consumer of the sealed log is and what is parked; exit 1 when something is (T61)."""

import json
import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from supervision import moment, subscriptions
from supervision.models import ParkedRecord

TOLD = ("index", "subject_table", "subject_id", "seq", "attempts", "fault", "parked_at")


class Command(BaseCommand):
    help = "列出监察记录的订阅：读到哪里、落后多少、搁置了什么；有搁置的记录时退出码为 1。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--retry", metavar="NAME", help="再试这个订阅搁置的全部记录")
        parser.add_argument("--json", action="store_true", help="输出 JSON")

    def handle(self, *, retry: str | None, **options: Any) -> None:
        if retry is not None:
            if retry not in {standing.name for standing in subscriptions.standings()}:
                raise CommandError(f"没有名为“{retry}”的订阅。", returncode=2)
            subscriptions.retry(retry, now=moment.wall())
        standings = subscriptions.standings()
        if options["json"]:
            rows = [asdict(standing) | {"parked": [_told(row) for row in standing.parked]} for standing in standings]
            self.stdout.write(json.dumps({"subscriptions": rows}, default=str, ensure_ascii=False))
        for standing in () if options["json"] else standings:
            parked = len(standing.parked)
            self.stdout.write(
                f"{standing.name}：读到第 {standing.cursor} 条，落后 {standing.behind} 条，搁置 {parked} 条"
            )
            for row in standing.parked:
                whose = f"{row.subject_table}/{row.subject_id}/{row.seq or '-'}"
                self.stdout.write(f"  第 {row.index} 条 {whose}，试过 {row.attempts} 次：{row.fault}")
        if any(standing.parked for standing in standings):
            sys.exit(1)


def _told(row: ParkedRecord) -> dict[str, Any]:
    return {name: getattr(row, name) for name in TOLD}

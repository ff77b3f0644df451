"""`manage.py recalculate_deadlines`: open cases get the due days of the calendar in force. Exit 1 when some could not, 3 while the log is closed."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from hall.actions import recalculate
from hall.config.outages import Unavailable, told
from supervision import moment

EVERY = 100


class Command(BaseCommand):
    help = "日历变动后，重算在办件的到期日；可以中断，再运行时接着做。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="只列出要重算的办件，不改动")

    def handle(self, *, dry_run: bool, **options: Any) -> None:
        if dry_run:
            numbers = list(dict.fromkeys(recalculate.waiting()))
            self.stdout.write("\n".join([*numbers, f"待重算 {len(numbers)} 件。"]))
            return
        try:
            with told():
                sweep = recalculate.recalculate_all(now=moment.now(), tell=self._progress)
        except Unavailable as outage:
            self.stderr.write(f"{outage.refusal.sentence}期限没有重算。")
            raise SystemExit(3) from outage
        self.stdout.write(f"重算了 {sweep.recalculated} 件。")
        for number, fault in sweep.failed:
            self.stderr.write(f"{number} 没有重算：{fault}")
        if sweep.failed:
            raise SystemExit(1)

    def _progress(self, done: int) -> None:
        if done and done % EVERY == 0:
            self.stderr.write(f"已重算 {done} 件……")

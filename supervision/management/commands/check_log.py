"""`manage.py check_log [--json]`: the nightly check of the log at once, here or by the worker. Exit 0 in order, 1 when something was found."""

import getpass
import json
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from supervision import moment
from supervision.sealing import checking


class Command(BaseCommand):
    help = "全部核验：签封的记录、记录与签封是否一一对应、存储的数据是否与记录一致。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="输出 JSON")

    def handle(self, **options: Any) -> None:
        check = checking.ask(f"{getpass.getuser()}（命令行）", now=moment.wall())
        while check.ended_at is None:  # whoever holds the lock checks; should he be killed, we do
            if not checking.run_pending(now=moment.wall()):
                time.sleep(0.2)
            check.refresh_from_db()
        if options["json"]:
            told = {"ok": not check.findings, "size": check.size, "ended_at": check.ended_at.isoformat()}
            self.stdout.write(json.dumps(told | {"findings": check.findings}, ensure_ascii=False))
        else:
            self.stdout.write(f"核验 {check.size:,} 条签封的记录：{'一致' if not check.findings else '有问题'}。")
            for finding in check.findings:
                self.stdout.write(f"  {finding['sentence']}")
        if check.findings:
            raise SystemExit(1)

"""`manage.py recover_log --by NAME --reason TEXT [--json]`: the ceremony after a restore to an earlier point (docs/operations.md).

Says what is lost and what is kept, raises the numbers, records both heads; the sealer then opens the log. Without `--yes` it
only says what it would do. Exit 0 when recovered, 1 when nothing was done, 2 when there is nothing to recover.
"""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import connection

from supervision import moment
from supervision.refusals import Refused
from supervision.sealing import office, recovery
from supervision.sealing.heads import SignedHead
from supervision.sealing.opening import REASONS, compare


class Command(BaseCommand):
    help = "恢复旧备份之后：记录丢失的一段，升编号纪元，重新开放记录。"
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--by", required=True, metavar="NAME", help="主持恢复的人")
        parser.add_argument("--reason", required=True, metavar="TEXT", help="为什么恢复到这一点")
        parser.add_argument("--yes", action="store_true", help="确认执行；没有这一项时只说明将要做什么")
        parser.add_argument("--json", action="store_true")

    def handle(self, *, by: str, reason: str, yes: bool, **options: Any) -> None:
        file, keys = office.heads_file(), office.public_keys("head")
        found = compare(connection, file, keys)
        if not options["json"]:
            self.stdout.write(f"已公布：{_words(found.published)}")
            self.stdout.write(f"数据库：{_words(found.stored)}")
            self.stdout.write(REASONS.get(found.reason, "两者一致。"))
        if found.reason in recovery.RECOVERABLE and not yes:
            self.stdout.write("没有执行。看清楚上面两行，确认后加 --yes。")
            raise SystemExit(1)
        try:
            facts = recovery.recover(file, keys, office.head_signer(), by=by, reason=reason, now=moment.now())
        except Refused as refused:
            self.stderr.write(refused.refusal.sentence)
            raise SystemExit(2) from refused
        self.stdout.write(json.dumps(facts, ensure_ascii=False) if options["json"] else _done(facts))


def _words(head: SignedHead | None) -> str:
    return f"{head.size} 条，{head.told['sealed_at']} 签封" if head else "没有存证头"


def _done(facts: dict[str, Any]) -> str:
    lost = facts["lost"]["size"] - facts["kept"]["size"]
    return (
        f"已记录恢复：少了 {max(lost, 0)} 条已公布的记录；办件编号升到第 {facts['number_epoch']} 纪元；"
        f"{len(facts['void'])} 个文书系列留出空号。签封程序会在几秒内重新开放记录。"
    )

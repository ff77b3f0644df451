"""`manage.py export_log --out FILE.ndjson [--from N] [--to N]`: the sealed log for `script/verify-log` (docs/log-format.md).

Exit 0; 2 with a sentence on stderr when the part lies outside of the log or the file can't be written. The export is put on
record first, and its record waited for: so it stands in the export, and heads that were published until now are covered by it.
Where nothing can be recorded (the log is closed, a login that only reads) it is possible all the same, and said not to be on record.
"""

import contextlib
import getpass
import os
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, connection

from supervision import log, moment
from supervision.models import Leaf, Record
from supervision.sealing import export

EVERY = 50_000
PATIENCE = 100  # tenths of a second; the sealer comes once a second


class Command(BaseCommand):
    help = "导出已签封的记录、叶和存证头，供 script/verify-log 离线核验。"
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--out", required=True, metavar="FILE", help="写到哪个文件；- 为标准输出")
        parser.add_argument("--from", dest="start", type=int, default=0, metavar="N", help="从第几位次起（从 0 数）")
        parser.add_argument("--to", dest="end", type=int, metavar="N", help="到第几位次止（不含）")

    def handle(self, *, out: str, start: int, end: int | None, **options: Any) -> None:
        try:
            with _opened(out) as file:
                if self._put_on_record(start, end) and not _is_sealed_by_now():
                    self.stderr.write("The newest records are not sealed yet: they are not in this export.")
                written = self._write(file, start, end)
        except (export.Unexportable, OSError) as fault:
            self.stderr.write(_sentence(fault))
            raise SystemExit(2) from fault
        self.stderr.write(f"{written} lines")

    def _write(self, file: IO[str], start: int, end: int | None) -> int:
        written = 0
        for line in export.lines(connection, start, end):
            file.write(f"{line}\n")
            written += 1
            if written % EVERY == 0 and sys.stderr.isatty():
                self.stderr.write(f"\r{written} lines", ending="")
        return written

    def _put_on_record(self, start: int, end: int | None) -> bool:
        subject = log.Subject("supervision_record", uuid.UUID(int=0))
        actor = log.Actor(name=getpass.getuser(), terminal="command line")
        try:
            log.note("log_exported", subject, actor=actor, now=moment.now(), facts={"from": start, "to": end})
        except DatabaseError as fault:
            self.stderr.write(f"This export is not on record: {str(fault).splitlines()[0]}")
            return False
        return True


@contextlib.contextmanager
def _opened(out: str) -> Iterator[IO[str]]:
    """The file appears whole or not at all."""
    if out == "-":
        yield sys.stdout
        return
    part = Path(f"{out}.part")
    try:
        with part.open("w", encoding="utf-8") as file:
            yield file
        os.replace(part, out)
    finally:
        part.unlink(missing_ok=True)


def _is_sealed_by_now() -> bool:
    """Waits until the newest record has its leaf, but not for long."""
    newest = Record.objects.order_by("-id").values_list("id", flat=True)[0]
    for _ in range(PATIENCE):
        if Leaf.objects.filter(record_id=newest).exists():
            return True
        time.sleep(0.1)
    return False


def _sentence(fault: Exception) -> str:
    if isinstance(fault, OSError):
        return f"{fault.filename} can't be written: {fault.strerror}."
    return str(fault)

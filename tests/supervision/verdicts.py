"""What the verifier says of logs made by hand, and what tests do to such logs before they ask."""

import json
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from supervision.ledger import verification
from supervision.ledger.verification import Asked, Report, verify

from ..source_code import ROOT
from .made_log import MadeLog, Row, made_log


def checked(log: MadeLog, lines: Sequence[str] | None = None, **asked: Any) -> Report:
    """What one process says. Several processes must say the same; of what is not in order, the first fault."""
    lines = log.lines() if lines is None else lines
    report = verify(lines, log.keys, **asked)
    if not {"case", "progress"} & set(asked):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "log.ndjson"
            path.write_bytes(b"".join(_bytes(line) + b"\n" for line in lines))
            for jobs in (2, 3, 5):
                together = in_processes(jobs, path, Asked(log.keys, **asked))
                same = together in (report, None) or (not report.ok and _fault(together) == _fault(report))
                assert same, f"{jobs} processes: {together}, one: {report}"
    return report


def _fault(report: Report | None) -> tuple[object, ...]:
    return (report.reason, report.index, report.sentence) if report else ()


def _bytes(line: str | bytes) -> bytes:
    return line.encode() if isinstance(line, str) else line


def in_processes(jobs: int, path: Path, asked: Asked) -> Report | None:
    """Read in ranges, one after the other in this process. None when they can't agree: then the command reads in one go."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verification.multiprocessing, "Pool", _Pool)
        try:
            return verification.verify_by(jobs, str(path), asked)
        except verification.SharedId:
            return None


class _Pool:
    """What the processes are given and give back goes through the same pipe as with real ones."""

    def __init__(self, count: int) -> None:
        assert count > 0

    def __enter__(self) -> "_Pool":
        return self

    def __exit__(self, *told: object) -> None:
        pass

    def imap(self, work: Callable, tasks: list) -> list:
        return [_sent(work(_sent(task))) for task in tasks]


def _sent(told: Any) -> Any:
    return pickle.loads(pickle.dumps(told))  # noqa: S301


def texts(*told: dict[str, str]) -> list[str]:
    return [json.dumps(one, ensure_ascii=False) for one in told]


def verdict(report: Report) -> tuple[str, int | None]:
    return report.reason, report.index


def run(*words: str | Path) -> tuple[int, str, str]:
    program = str(ROOT / "script" / "verify-log")
    done = subprocess.run([sys.executable, "-I", "-S", program, *map(str, words)], capture_output=True, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


# Tampering -----------------------------------------------------------------------------------------------------------------
def change_bit(log: MadeLog) -> None:
    row = log.rows[9]
    row.body = row.body.replace("031", "032", 1)


def change_actor(log: MadeLog) -> None:
    """With its leaf made anew, so that only the roots can tell."""
    log.rows[9].change(actor={"name": "李四"})


def delete_record(log: MadeLog) -> None:
    """A sign-in, so that no case has a gap; the records behind it move up."""
    del log.rows[7]


def insert_record(log: MadeLog) -> None:
    log.rows.insert(
        9, Row.of(999, log.rows[8].told | {"subject": {"table": "x", "id": "y", "seq": None, "previous": ""}})
    )


def swap_records(log: MadeLog) -> None:
    """Two sign-ins: nothing but their places changes."""
    log.rows[7], log.rows[14] = log.rows[14], log.rows[7]


def delete_last(log: MadeLog) -> None:
    log.rows.pop()


def with_receipt(tamper: Callable[[MadeLog], None] = lambda log: None) -> tuple[MadeLog, dict[str, str]]:
    """A log in which case 7 was received and something was done to its record before the next head."""
    log = made_log()
    receipt = log.receipt(log.step(7))
    tamper(log)
    log.now += timedelta(minutes=2)
    log.step(8)
    log.seal()
    return log, receipt

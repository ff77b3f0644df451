"""How fast an outsider verifies an exported log: `script/verify-log` from its start to its answer, with one process and with two.

Two files of the same records: with the heads as the sealer made them (1,000 records a head, as under load), and with a head after
every third record, as a county's working day gives it (one head a second). The second is signed here, by the same key.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from bench.log_fill import fill
from bench.measuring import Row, Side, at_least, at_most, in_rounds, percentile
from bench.servers import Database, Office, tell
from supervision.ledger.verification import ALGORITHMS, Frontier
from supervision.sealing import heads
from supervision.sealing.heads import SignedHead
from supervision.sealing.signers import FileSigner

MILLION = 1_000_000
A_DAY = 3  # records a head on a working day: a hundred million records in five years


@dataclass(frozen=True)
class Verifier:
    """The program, the public keys and, as kept outside, the newest head."""

    program: Path
    keys: Path

    def spent(self, file: Path, head: Path, records: int, jobs: int) -> tuple[float, float]:
        """Seconds, and seconds of CPU. Anything but "in order, all of them" is no measurement."""
        words = [sys.executable, str(self.program), str(file), "--keys", str(self.keys), "--head", str(head)]
        begun, before = time.perf_counter(), _cpu_of_children()
        done = subprocess.run([*words, "--jobs", str(jobs), "--json"], capture_output=True, text=True, check=False)
        seconds = time.perf_counter() - begun
        if done.returncode or json.loads(done.stdout)["end"] != records:
            raise SystemExit(f"the log did not verify (exit {done.returncode}): {(done.stdout + done.stderr)[-2000:]}")
        return seconds, _cpu_of_children() - before


def measure(
    office: Office, played: dict[str, Any], *, records: int, rounds: int, proofs: int, program: Path
) -> Iterator[Row]:
    database = office.clone("bench_verify")
    yield _sealed(office, database, played, records)
    folder = office.folder / "verify"
    folder.mkdir()
    size, (few, many) = database.ask("SELECT max(size) FROM supervision_head"), _files(database, folder)
    verifier = Verifier(program, Path(database.env["HALL_VAR"]) / "log_public_keys.json")
    yield from _verified(verifier, few, size, rounds, "1,000 records a head", under_load=True)
    yield from _verified(verifier, many, size, rounds, f"{A_DAY} records a head", under_load=False)
    yield from _proved(database, rounds, proofs)
    office.drop(database)


def _sealed(office: Office, database: Database, played: dict[str, Any], records: int) -> Row:
    tell(f"  writing {records} records")
    fill(database, played, records)
    tell("  sealing them")
    begun, before = time.perf_counter(), database.ask("SELECT count(*) FROM supervision_record")
    with office.sealing(database):
        seconds = time.perf_counter() - begun
    note = "The sealer alone, its start included; both trees, heads on disk."
    return Row("5", "sealing a backlog", "records/s", Side("sealer", [before / seconds]), note=note)


def _files(database: Database, folder: Path) -> tuple[tuple[Path, Path], tuple[Path, Path]]:
    """Twice an export and its newest head."""
    few, many = folder / "few.ndjson", folder / "many.ndjson"
    tell("  exporting them")
    begun = time.perf_counter()
    database.manage("export_log", "--out", str(few))
    tell(
        f"  exported {few.stat().st_size / 1e6:.0f} MB in {time.perf_counter() - begun:.0f} s; signing heads of a working day"
    )
    signer = FileSigner(Path(database.env["HALL_VAR"]) / "head_key.json")
    with few.open("rb") as source, many.open("wb") as target:
        newest = _signed_often(source, target, signer)
    pairs = []
    for file, head in ((few, database.heads.read_text().splitlines()[-1]), (many, newest.line)):
        path = file.with_suffix(".head")
        path.write_text(f"{head}\n")
        pairs.append((file, path))
    return pairs[0], pairs[1]


def _signed_often(source: IO[bytes], target: IO[bytes], signer: FileSigner) -> SignedHead:
    """The same records with a head of our own after every third one and after the last."""
    trees, last, waiting = {name: Frontier(name) for name in ALGORITHMS}, None, b""
    target.write(source.readline())
    for line in source:
        if line.startswith(b'{"head"'):
            continue
        target.write(line)
        told, waiting = json.loads(line), line
        for name, tree in trees.items():
            tree.add(bytes.fromhex(told[name]))
        if trees["sha256"].size % A_DAY == 0:
            last, waiting = _head(signer, trees, told, last), b""
            target.write(f"{last.line}\n".encode())
    if waiting:
        last = _head(signer, trees, json.loads(waiting), last)
        target.write(f"{last.line}\n".encode())
    assert last is not None, "nothing was sealed"
    return last


def _head(
    signer: FileSigner, trees: dict[str, Frontier], record: dict[str, Any], last: SignedHead | None
) -> SignedHead:
    before = last.told["sealed_at"] if last else ""
    return heads.sign(
        signer,
        size=trees["sha256"].size,
        roots={name: tree.root() for name, tree in trees.items()},
        epoch=1,
        previous=last.digest if last else "",
        sealed_at=datetime.fromisoformat(max(before, record["recorded_at"])),
        marks={},
    )


def _verified(
    verifier: Verifier, files: tuple[Path, Path], records: int, rounds: int, named: str, *, under_load: bool
) -> Iterator[Row]:
    cpu: list[float] = []

    def one(turn: int, side: str) -> float:
        jobs = int(side.split()[0])
        seconds, spent = verifier.spent(*files, records, jobs)
        tell(f"  verifying {records} records, {named}, {side}, round {turn + 1}: {records / seconds:.0f}/s")
        if jobs == 1:
            cpu.append(records / spent)
        return records / seconds

    values = in_rounds(rounds, ["1 process", "2 processes"], one)
    single, double = (Side(side, speeds) for side, speeds in values.items())
    what, aims = f"verifying, {named}", [at_least(50_000), at_least(100_000)] if under_load else [None] * 2
    note = f"{records} records in the file, both trees, Python's start included."
    yield Row("5", f"{what}, 1 process", "records/s", single, aim=aims[0], note=note)
    yield Row("5", f"{what}, 1 process", "records/CPU s", Side("1 process", cpu))
    yield Row("5", f"{what}, --jobs 2", "records/s", double, single, double.per(single), aims[1], judged="ours")
    whole = Side("2 processes", [MILLION / speed for speed in double.values])
    said = "" if records >= MILLION else f"T53: a million records extrapolated from {records}."
    yield Row("5", f"a million records, {named}, --jobs 2", "s", whole, aim=at_most(60), note=said)


def _cpu_of_children() -> float:
    """Of all that have ended, with their own children."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _proved(database: Database, rounds: int, proofs: int) -> Iterator[Row]:
    told = database.program("bench.log_proof", "--proofs", str(proofs), "--rounds", str(rounds))
    leaves = told["leaves"]
    mean = sum(told["million"]) / len(told["million"])
    size = f"SHA-256 hashes of 32 bytes that link a record to a head over a million: {mean:.1f} on the average."
    worst = f"Worst case, a tree just below a power of two: {max(told['worst']) * 32} bytes; the shortest proof (RFC 9162) has 20 hashes."
    line = f"As JSON in the export, one algorithm; {leaves} leaves in this database."
    spent = f"Record, link of both trees and head, from {leaves} leaves; they grow with the logarithm."
    yield Row(
        "6",
        "inclusion proof, raw, the largest",
        "bytes",
        Side("link", [max(told["million"]) * 32]),
        aim=at_most(1024),
        note=size,
    )
    yield Row("6", "inclusion proof, raw, worst size", "bytes", Side("link", [max(told["worst"]) * 32]), note=worst)
    yield Row(
        "6", "inclusion proof, as exported, the largest", "bytes", Side("link", [max(told["spelled"])]), note=line
    )
    for share, aim in ((0.5, at_most(10)), (0.99, None)):
        values = [percentile(times, share) for times in told["ms"]]
        yield Row("6", f"time to make it, p{share * 100:.0f}", "ms", Side("database", values), aim=aim, note=spent)
    yield Row("6", "time to make it, CPU of both sides", "ms", Side("database", told["cpu_ms"]), note=spent)

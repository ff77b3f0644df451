"""How large an inclusion proof is and how long the database takes to give it. Run by log.py on a clone with many leaves.

A proof is what `manage.py export_log --from N --to N+1` writes: the record, the link to the newest head, and that head.
"""

import argparse
import json
import random
import time

from django.db import connection

from bench.servers import cpu_seconds
from supervision.ledger.verification import pieces
from supervision.models import Head
from supervision.sealing import export

SIZE = 1_000_000
SAMPLE = 20_000


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--proofs", type=int, required=True)
    parser.add_argument("--rounds", type=int, required=True)
    told = parser.parse_args()
    size = Head.objects.order_by("-size").values_list("size", flat=True)[0]
    chance = random.Random(1)
    wanted = [chance.randrange(size) for _ in range(told.proofs)]
    rounds, spelled, spent = [], [], []
    for index in (wanted[0], *wanted):
        list(export.lines(connection, index, index + 1))  # what is read for the first time comes from the disk
    for _ in range(told.rounds):
        times, before = [], _cpu()
        for index in wanted:
            begun = time.perf_counter()
            lines = list(export.lines(connection, index, index + 1))
            times.append((time.perf_counter() - begun) * 1000)
            link = json.loads(lines[1])["link"]["sha256"]
            spelled.append(len(json.dumps(link, separators=(",", ":"))))
        rounds.append(times)
        spent.append((_cpu() - before) * 1000 / len(wanted))
    print(json.dumps({"leaves": size, "ms": rounds, "cpu_ms": spent, "spelled": spelled, **_hashes()}))


def _cpu() -> float:
    """Seconds of CPU of this process and of its PostgreSQL backend."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return time.process_time() + cpu_seconds(int(cursor.fetchone()[0]))


def _hashes() -> dict[str, list[int]]:
    """How many hashes link a record to the head: of a million records, and of a tree just below a power of two, the worst case."""
    chance = random.Random(2)
    edges = [*range(64), *range(SIZE - 64, SIZE)]
    return {
        "million": [_links(n, SIZE) for n in (*edges, *(chance.randrange(SIZE) for _ in range(SAMPLE)))],
        "worst": [_links(n, (1 << 20) - 1) for n in edges],
    }


def _links(index: int, size: int) -> int:
    return len(pieces(0, index)) + len(pieces(index + 1, size))


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""What the log costs and how fast it is checked, side by side in one run: see bench/README.md.

.venv/bin/python bench/log.py [--quick] [--only appends,verb,delay,verify] [--records N] [--rounds N] [--json] [--var DIR]
"""

import argparse
import contextlib
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

sys.path.pop(0)  # in this folder http is not Python's
sys.path.append(str(Path(__file__).resolve().parents[1]))
sys.path.append(str(Path(__file__).resolve().parents[1] / "script"))

from setup.speech import Missing, StopAsked
from setup.stopping import heed_signals

from bench import log_appends, log_delay, log_verify
from bench.measuring import Result, Row, Side, at_most
from bench.servers import ROOT, Office, started, tell

PARTS = ("appends", "verb", "delay", "verify")
VERBS = ("transfer", "receive")
WITHOUT_GUARDS = """
SELECT array_agg(format('ALTER TABLE %s DISABLE TRIGGER %I', tgrelid::regclass, tgname))
  FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid WHERE proname = tgrelid::regclass || '_guard'
"""


@dataclass(frozen=True)
class Extent:
    """How long and how often everything is measured."""

    rounds: int  # of appends
    writers: tuple[int, ...]
    seconds: float  # of each append slot
    verb_rounds: int
    requests: int  # a round and side
    rate: float  # records a second whose seal is waited for
    delay_seconds: float
    records: int  # in the log that is verified
    verify_rounds: int
    proofs: int


WHOLE = Extent(7, (1, 4, 16), 4.0, 15, 40, 200.0, 60.0, 300_000, 3, 200)
QUICK = Extent(2, (1, 4, 16), 1.5, 4, 10, 200.0, 8.0, 20_000, 2, 30)


def main() -> int:
    """0 when everything was measured, whether or not an aim was missed; 1 when something could not be."""
    told = _options()
    extent = _extent(told)
    heed_signals()
    try:
        with contextlib.redirect_stdout(sys.stderr), started(told.var) as office:
            result = Result({"postgresql": f"{office.version}, as durable as an office's", **asdict(extent)})
            result.rows += _measured(office, extent, told)
    except StopAsked:
        return 1
    except Missing as sentence:
        print(sentence, file=sys.stderr)
        return 1
    print(json.dumps(result.told(), ensure_ascii=False, indent=1) if told.json else result.text())
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Measures the log on throw-away servers; takes all of the machine meanwhile."
    )
    parser.add_argument("--quick", action="store_true", help="short: to see that it works; the figures say little")
    parser.add_argument("--only", default=",".join(PARTS), help="which parts, by commas (default: all)")
    parser.add_argument("--records", type=int, metavar="N", help="records in the log that is verified, up to 1000000")
    parser.add_argument("--rounds", type=int, metavar="N", help="rounds of appends")
    parser.add_argument("--json", action="store_true", help="the result as JSON")
    parser.add_argument("--var", type=Path, metavar="DIR", help="an existing folder on the disk that is to be measured")
    parser.add_argument(
        "--verifier", type=Path, default=ROOT / "script" / "verify-log", metavar="FILE", help="another verify-log"
    )
    told = parser.parse_args()
    told.only = told.only.split(",")
    if strange := set(told.only) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(strange))}")
    return told


def _extent(told: argparse.Namespace) -> Extent:
    given = {"records": told.records, "rounds": told.rounds}
    whole = asdict(QUICK if told.quick else WHOLE)
    return Extent(**(whole | {name: value for name, value in given.items() if value}))


def _measured(office: Office, extent: Extent, told: argparse.Namespace) -> Iterator[Row]:
    tell("playing a case")
    played = office.prepared.program("bench.log_play")
    office.prepared.do("VACUUM ANALYZE")
    for part in told.only:
        tell(f"measuring: {part} (load {os.getloadavg()[0]:.1f})")
        match part:
            case "appends":
                yield from log_appends.measure(
                    office, writers=extent.writers, rounds=extent.rounds, seconds=extent.seconds
                )
            case "verb":
                for verb in VERBS:
                    yield from _verb(office, verb, extent)
            case "delay":
                yield from log_delay.measure(office, rate=extent.rate, seconds=extent.delay_seconds)
            case "verify":
                yield from log_verify.measure(
                    office,
                    played,
                    records=extent.records,
                    rounds=extent.verify_rounds,
                    proofs=extent.proofs,
                    program=told.verifier,
                )


def _verb(office: Office, verb: str, extent: Extent) -> Iterator[Row]:
    """What bench/log_verb.py measures, on two databases, of which one has no guards."""
    guarded, bare = office.clone(f"bench_{verb}_with"), office.clone(f"bench_{verb}_without")
    bare.do(*bare.ask(WITHOUT_GUARDS))
    words = ("--rounds", str(extent.verb_rounds), "--requests", str(extent.requests))
    told: dict[str, Any] = guarded.program("bench.log_verb", verb, "--bare", bare.name, *words)
    for database in (guarded, bare):
        office.drop(database)
    ours, theirs = (Side(side, [sum(shares) for shares in told[side]]) for side in ("with", "without"))
    note = "; ".join(f"{side}: {_shares(told[side])}" for side in ("with", "without"))
    yield Row(
        "3", f"CPU of {verb}, record and guard", "ms", ours, theirs, ours.per(theirs), at_most(1.15), f"{verb} {note}."
    )
    yield Row("3", f"CPU of {verb}, record and guard add", "ms", ours.above(theirs), aim=at_most(0.4))


def _shares(rounds: list[list[float]]) -> str:
    web, database = (sum(values) / len(values) for values in zip(*rounds, strict=True))
    return f"{web:.2f} ms web + {database:.2f} ms database"


if __name__ == "__main__":
    sys.exit(main())

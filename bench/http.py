#!/usr/bin/env python3
"""What a request costs, beside the least that a Django service can do for it, in one run: see bench/README.md.

.venv/bin/python bench/http.py [--quick] [--rounds N] [--requests N] [--json] [--var DIR]
"""

import argparse
import contextlib
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

sys.path.pop(0)  # in this folder http is not Python's
sys.path.append(str(Path(__file__).resolve().parents[1]))
sys.path.append(str(Path(__file__).resolve().parents[1] / "script"))

from setup.application import gunicorn
from setup.places import Var, listen
from setup.speech import Missing, StopAsked
from setup.stopping import heed_signals
from setup.supervisor import Part, Supervisor

from bench.http_load import Request, Server
from bench.measuring import Aim, Result, Row, Side, at_most, in_rounds
from bench.servers import ROOT, Database, Office, started, tell

HALL, FLOOR = "hall.config.wsgi:application", "bench.http_floor:application"
WARM_UP_CONNECTIONS = 24  # each lands on one of two workers
FLOOR_UNIT = 7


@dataclass(frozen=True)
class Extent:
    rounds: int
    requests: int  # a round and side


@dataclass(frozen=True)
class Pair:
    """A request of ours, what it is held against, and what the issue asks: so much of the floor's CPU, so many statements."""

    ours: str
    floor: str
    what: str
    cpu: Aim | None = None
    statements: int | None = None


PAIRS = (
    Pair("submit", "create", "create: a program files a case", at_most(1.0), 4),
    Pair("receive", "create", "create: the window receives", at_most(1.0), 4),
    Pair("transfer", "step", "transition: transfer", at_most(1.5), 8),
    Pair("accept", "step", "transition: accept", at_most(1.5), 8),
    Pair("review", "step", "transition: review", at_most(1.5), 8),
    Pair("case page", "get", "case page", at_most(1.6)),
    Pair("list of 20", "list", "list of 20: the inbox"),
)
OURS, THEIRS = [pair.ours for pair in PAIRS], list(dict.fromkeys(pair.floor for pair in PAIRS))


def main() -> int:
    """0 when everything was measured, whether or not an aim was missed; 1 when something could not be."""
    told = _options()
    extent = Extent(told.rounds or (3 if told.quick else 15), told.requests or (10 if told.quick else 40))
    heed_signals()
    try:
        with contextlib.redirect_stdout(sys.stderr), started(told.var) as office:
            result = Result({"postgresql": f"{office.version}, as durable as an office's", **asdict(extent)})
            result.rows += _measured(office, extent)
    except StopAsked:
        return 1
    except Missing as sentence:
        print(sentence, file=sys.stderr)
        return 1
    print(json.dumps(result.told(), ensure_ascii=False, indent=1) if told.json else result.text())
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Measures requests on throw-away servers; let the machine do nothing else."
    )
    parser.add_argument("--quick", action="store_true", help="short: to see that it works; the figures say little")
    parser.add_argument("--rounds", type=int, metavar="N", help="every request once a round, in turns")
    parser.add_argument("--requests", type=int, metavar="N", help="requests a round and side")
    parser.add_argument("--json", action="store_true", help="the result as JSON")
    parser.add_argument("--var", type=Path, metavar="DIR", help="an existing folder on the disk that is to be measured")
    return parser.parse_args()


def _measured(office: Office, extent: Extent) -> Iterator[Row]:
    tell("making cases")
    office.hall.begin_collecting()()
    each = extent.rounds * extent.requests + WARM_UP_CONNECTIONS * 2
    made: dict[str, Any] = office.prepared.program("bench.http_cases", "--each", str(each))
    floor = _floor(office)
    tell("starting both web servers")
    with _serving(office, HALL, office.prepared) as ours, _serving(office, FLOOR, floor) as theirs:
        sending = {name: (ours, iter(requests)) for name, requests in made["requests"].items()}
        sending |= {name: (theirs, iter(requests)) for name, requests in _of_floor(theirs, made, each).items()}
        for server, requests in sending.values():
            for _ in range(WARM_UP_CONNECTIONS):
                server.send(_next(requests, 2))
        for database in (office.prepared, floor):
            database.do("VACUUM ANALYZE")
        yield from _rows(_spent(sending, extent), made["statements"])


def _spent(
    sending: Mapping[str, tuple[Server, Iterator[Request]]], extent: Extent
) -> dict[str, list[tuple[float, float]]]:
    """Milliseconds of web and database by the name of the request, round by round."""
    spent: dict[str, list[tuple[float, float]]] = {name: [] for name in sending}

    def measure(turn: int, name: str) -> float:
        server, requests = sending[name]
        spent[name].append(server.spend(_next(requests, extent.requests)))
        if len(spent[name]) == len(min(spent.values(), key=len)):
            tell(f"round {turn + 1}: " + ", ".join(f"{one} {sum(shares[-1]):.2f}" for one, shares in spent.items()))
        return sum(spent[name][-1])

    in_rounds(extent.rounds, list(sending), measure)
    return spent


def _rows(spent: Mapping[str, list[tuple[float, float]]], statements: Mapping[str, int]) -> Iterator[Row]:
    sides = {name: Side(name, [sum(shares) for shares in rounds]) for name, rounds in spent.items()}
    for number, pair in enumerate(PAIRS, start=1):
        ours, floor = sides[pair.ours], replace(sides[pair.floor], name=f"floor {pair.floor}")
        note = f"{_shares(spent[pair.ours])}; floor: {_shares(spent[pair.floor])}"
        yield Row(str(number), pair.what, "ms", ours, floor, ours.per(floor), pair.cpu, note)
    for number, pair in enumerate(PAIRS, start=1):
        aim = at_most(pair.statements) if pair.statements else None
        yield Row(
            str(number),
            f"{pair.ours}, after who is asking",
            "statements",
            Side("", [statements[pair.ours] - 1]),
            aim=aim,
        )


def _shares(rounds: list[tuple[float, float]]) -> str:
    web, database = (sorted(values)[len(values) // 2] for values in zip(*rounds, strict=True))
    return f"{web:.2f} ms web + {database:.2f} ms database"


def _floor(office: Office) -> Database:
    """A database of the floor's own, which the product's login may use."""
    floor = office.empty("floor")
    floor.do((ROOT / "bench" / "http_floor.sql").read_text())
    return floor


def _of_floor(server: Server, made: Mapping[str, Any], count: int) -> dict[str, list[Request]]:
    """The floor's requests, on cases with as many materials and acts as ours have."""
    body = {
        "unit": FLOOR_UNIT,
        "item": "S081",
        "applicant": "吴晓明",
        "actor": "林海燕",
        "materials": made["materials"],
    }
    create, step = _post("/cases", 201, body), {"actor": "郑启文"}
    server.send([create] * 40)
    server.send([_post("/cases/1/step", 200, step)] * (made["acts"] - 1))
    stepped = [_post(f"/cases/{2 + turn % 39}/step", 200, step) for turn in range(count)]
    show, listed = (_get(path) for path in ("/cases/1", f"/units/{FLOOR_UNIT}"))
    return {"create": [create] * count, "step": stepped, "get": [show] * count, "list": [listed] * count}


def _post(path: str, status: int, body: Mapping[str, Any]) -> Request:
    text = json.dumps(body, ensure_ascii=False)
    return {
        "method": "POST",
        "path": path,
        "headers": {"Content-Type": "application/json"},
        "body": text,
        "status": status,
    }


def _get(path: str) -> Request:
    return {"method": "GET", "path": path, "headers": {}, "body": "", "status": 200}


def _next(requests: Iterator[Request], count: int) -> list[Request]:
    return [next(requests) for _ in range(count)]


@contextlib.contextmanager
def _serving(office: Office, application: str, database: Database) -> Iterator[Server]:
    """A web server as script/server starts it."""
    door, name = listen(8400), application.partition(":")[0]
    env = database.env | {"FLOOR_DATABASE": json.dumps(database.django("app"))}
    supervisor = Supervisor(Var.make(office.folder / name))
    try:
        with door:
            port = door.getsockname()[1]
            supervisor.start(
                Part(
                    name,
                    gunicorn(door, application),
                    env,
                    database.log / f"{name}.log",
                    ROOT,
                    keep_open=(door.fileno(),),
                )
            )
        yield Server(port, supervisor.pids[name], database)
    finally:
        supervisor.stop()


if __name__ == "__main__":
    sys.exit(main())

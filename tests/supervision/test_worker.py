"""The worker as it runs in the hall: a process of its own, woken over the real broker, or by nobody at all."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings

from hall.models import Case
from supervision import doorbell, efficiency, moment, papers
from supervision.models import EfficiencyDay, Milestone, Paper, Record

from ..builders import make_received_case, make_transferred_case
from ..sealing_office import Office

pytestmark = pytest.mark.django_db(transaction=True)

RING = doorbell._send
START, PATIENCE = 90, 60  # seconds, for machines that are busy with other tests
CELERY = [
    *(sys.executable, "-m", "celery", "-A", "hall.config.celery:app", "worker"),
    *("-l", "INFO", "-c", "1", "--without-mingle"),
]


@pytest.fixture
def valkey(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An empty broker, and a bell that rings there."""
    monkeypatch.setattr(doorbell, "_send", RING)
    client = redis.Redis.from_url(settings.REDIS_URL)
    client.flushdb()
    yield client
    client.flushdb()


class Worker:
    """One worker with its child, on this test's database and broker."""

    def __init__(self, log: Path, *more: str) -> None:
        self.log = log
        with log.open("wb") as file:
            self._process = subprocess.Popen(
                [*CELERY, *more],
                cwd=settings.ROOT,
                env=dict(os.environ),
                stdout=file,
                stderr=file,
                start_new_session=True,
            )

    def end(self) -> None:
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(15)
        self.kill()

    def kill(self) -> None:
        """With all that it started, at once."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def until(self, holds: Callable[[], bool], seconds: float = PATIENCE) -> None:
        last = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < last, self.log.read_text()[-3000:]
            time.sleep(0.1)


Start = Callable[..., Worker]


@pytest.fixture
def rehearsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Workers live on the day of the test, and not at the end of everything that its cases have still before them."""
    told = tmp_path / "clock"
    told.write_text("2026-03-10T10:45:00+08:00")
    monkeypatch.setenv("HALL_CLOCK", str(told))
    return told


@pytest.fixture
def start_worker(tmp_path: Path, rehearsed: Path) -> Iterator[Start]:
    """`start_worker("--beat")`: a worker that is ready. All end with the test."""
    running: list[Worker] = []

    def start(*more: str) -> Worker:
        worker = Worker(tmp_path / f"worker{len(running)}.log", "--schedule", str(tmp_path / "schedule"), *more)
        running.append(worker)
        worker.until(lambda: " ready." in worker.log.read_text(), START)
        return worker

    yield start
    for worker in running:
        worker.end()


def unprinted(*cases: Case) -> int:
    return Paper.objects.filter(subject_id__in=[case.id for case in cases], file__isnull=True).count()


def printings() -> int:
    return Record.objects.filter(kind="paper_rendered").count()


@pytest.mark.ids("T57", "T60", "T61")
def test_the_bell_of_a_received_case_lets_the_worker_print_its_slip_once(valkey: Any, start_worker: Start) -> None:
    """No beat is running: nothing but the ring can wake the worker. Ten rings more find nothing left to do."""
    worker = start_worker()
    case = make_received_case()
    worker.until(lambda: not unprinted(case))
    pdf = papers.pdf_of(Paper.objects.get())
    assert pdf is not None
    assert pdf.startswith(b"%PDF-")
    for _ in range(10):
        doorbell._send("supervision.render_papers")
    worker.until(lambda: len(re.findall(r"render_papers\S* succeeded", worker.log.read_text())) == 11)
    assert printings() == 1


@pytest.mark.ids("T57", "T60")
def test_a_killed_worker_and_a_wiped_broker_lose_no_paper_and_no_figure(
    valkey: Any, start_worker: Start, office: Office
) -> None:
    """Nobody rings again: the sweep of the beat finds what the first worker left."""
    cases = [make_received_case() for _ in range(5)]
    office.seal()
    assert valkey.llen("celery") == 5
    first = start_worker()
    first.until(lambda: printings() > 0)
    first.kill()
    left = unprinted(*cases)
    valkey.flushdb()
    second = start_worker("--beat")
    second.until(lambda: not unprinted(*cases))
    second.until(lambda: efficiency.total(EfficiencyDay.objects.all()).received == 5)
    later = make_transferred_case()
    valkey.flushdb()  # once more, under the eyes of a worker that listens
    second.until(lambda: not unprinted(later))
    assert left < len(cases)
    assert printings() == len(cases) + 2


SWEEPING = """
import django
django.setup()
from supervision import milestones
from tests import builders
print(milestones.sweep(now=builders.at("2026-03-20 09:00")))
"""


@pytest.mark.ids("T59", "T64")
@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Pacific/Kiritimati"])
def test_legal_times_are_the_county_s_whatever_zone_a_process_has(zone: str) -> None:
    make_transferred_case()
    assert python(SWEEPING, TZ=zone, PGTZ=zone).stdout.strip() == "4"
    legal = Milestone.objects.order_by("legal_at", "kind").values_list("kind", "legal_at")
    assert [(kind, f"{moment.local(at):%m-%d %H:%M}") for kind, at in legal] == [
        *(("reminder", "03-16 00:00"), ("step_passed", "03-17 00:00")),
        *((f"{kind}", "03-18 00:00") for kind in ("deemed_accepted", "notice_passed", "promised_passed")),
    ]


@pytest.mark.ids("T64")
def test_a_worker_that_starts_announces_what_passed_while_none_was_there(
    valkey: Any, start_worker: Start, rehearsed: Path
) -> None:
    """No beat, and nobody rings: a week lies between the case and the first worker."""
    make_transferred_case()
    rehearsed.write_text("2026-03-20T09:00:00+08:00")
    worker = start_worker()
    worker.until(lambda: Milestone.objects.count() == 5)
    assert Milestone.objects.filter(kind="deemed_accepted").count() == 1


# Without a broker ----------------------------------------------------------------------------------------------------------
RECEIVING = """
import time, django
django.setup()
from supervision import doorbell, moment
from tests import builders
for _ in range(3):
    doorbell._silent_until[0] = moment.wall()  # each act rings, as the first one in a while does
    began = time.monotonic()
    number = builders.make_received_case().number
    took = time.monotonic() - began
print(number, took)
"""


@pytest.mark.ids("T60", "T72")
def test_a_broker_that_is_down_neither_refuses_a_case_nor_keeps_the_window_waiting() -> None:
    told = python(RECEIVING, REDIS_URL="redis://127.0.0.1:1/0", HALL_CLOCK="")
    number, took = told.stdout.split()
    assert Case.objects.filter(number=number).exists()
    assert told.stderr.count("could not be woken") == 3
    assert float(took) < 2


@pytest.mark.ids("T60")
def test_every_web_process_knows_the_broker_of_the_hall() -> None:
    """Celery's own default would be another broker on this machine, silently."""
    told = python("import hall.config.wsgi, celery; print(celery.current_app.conf.broker_url)")
    assert told.stdout.strip() == settings.REDIS_URL


def python(program: str, **more: str) -> "subprocess.CompletedProcess[str]":
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        cwd=settings.ROOT, env=os.environ | more, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return done

"""The bell: a broker that is gone or hangs costs one act its patience, not every act (T60)."""

from datetime import timedelta
from typing import Any

import pytest
from kombu.exceptions import OperationalError

from supervision import doorbell, moment

SEND = doorbell._send


class Broker:
    """Fails while it is `down`, and counts who asked."""

    def __init__(self) -> None:
        self.asked, self.down = 0, True

    def send_task(self, *words: Any, **more: Any) -> None:
        self.asked += 1
        if self.down:
            raise OperationalError("no answer")


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Broker:
    made = Broker()
    monkeypatch.setattr(doorbell, "current_app", made)
    monkeypatch.setattr(doorbell, "_silent_until", [moment.wall()])
    return made


@pytest.mark.ids("T60")
def test_after_a_ring_that_failed_nobody_waits_for_a_while(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(5):
        SEND("supervision.render_papers")
    assert broker.asked == 1
    later = moment.wall() + doorbell.PAUSE + timedelta(seconds=1)
    monkeypatch.setattr(moment, "wall", lambda: later)
    broker.down = False
    for _ in range(5):
        SEND("supervision.render_papers")
    assert broker.asked == 6

"""The one place that wakes the worker. A lost ring costs seconds, never work: sweeps ask for everything that is due (T60)."""

import logging
from datetime import UTC, datetime, timedelta

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

from supervision import moment

logger = logging.getLogger(__name__)
PAUSE = timedelta(seconds=10)  # people at the windows wait once for a broker that hangs, not at every act
_silent_until = [datetime.min.replace(tzinfo=UTC)]


def ring(task: str) -> None:
    """Wake a sweep once the surrounding transaction has committed."""
    transaction.on_commit(lambda: _send(task))


def wake(task: str) -> None:
    """Wake a sweep now, outside any transaction."""
    _send(task)


def _send(task: str) -> None:
    now = moment.wall()
    if now < _silent_until[0]:
        return
    try:
        current_app.send_task(task, expires=30, retry=False, ignore_result=True)
    except (OperationalError, OSError) as fault:
        _silent_until[0] = now + PAUSE
        logger.warning("the worker could not be woken for %s: %s", task, fault)

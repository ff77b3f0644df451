"""The one place that wakes the worker. A lost ring costs seconds, never work: sweeps ask for everything that is due (T60)."""

import logging

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def ring(task: str) -> None:
    """Wake a sweep once the surrounding transaction has committed."""
    transaction.on_commit(lambda: _send(task))


def _send(task: str) -> None:
    try:
        current_app.send_task(task, expires=30, retry=False, ignore_result=True)
    except (OperationalError, OSError) as fault:
        logger.warning("the worker could not be woken for %s: %s", task, fault)

"""The worker's application. Tasks are doorbells: each asks "everything up to now" and may be lost or doubled (T60, T61)."""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_ready

from supervision import doorbell

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hall.config.settings")
app = Celery("hall")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_ready.connect
def _announce_what_passed_meanwhile(**_: Any) -> None:
    """Whoever starts a worker does not wait for the beat: days may have passed (T64)."""
    doorbell.wake("supervision.sweep_milestones")

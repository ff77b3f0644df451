"""The worker's application. Tasks are doorbells: each asks "everything up to now" and may be lost or doubled (T60, T61)."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hall.config.settings")
app = Celery("hall")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

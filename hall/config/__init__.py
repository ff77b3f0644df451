"""The project's configuration. The Celery application is loaded with it, so that web processes ring the right broker."""

from hall.config.celery import app as celery_app

__all__ = ["celery_app"]

"""Doorbells of the hall: each asks for everything up to now and may come twice or never."""

import logging

from celery import shared_task

from hall.actions import recalculate
from supervision import moment

logger = logging.getLogger(__name__)


@shared_task(name="hall.recalculate_deadlines", time_limit=3600)
def recalculate_deadlines() -> None:
    sweep = recalculate.recalculate_all(now=moment.now())
    if sweep.recalculated or sweep.failed:
        logger.info("recalculated %s cases, %s failed", sweep.recalculated, len(sweep.failed))

"""Doorbells of the supervision room: each asks for everything up to now and may come twice or never."""

import logging

from celery import shared_task

from supervision import efficiency, moment, papers

logger = logging.getLogger(__name__)


@shared_task(name="supervision.render_papers")
def render_papers() -> None:
    printed = papers.print_pending(now=moment.now())
    if printed:
        logger.info("printed %s papers", printed)


@shared_task(name="supervision.roll_up_efficiency")
def roll_up_efficiency() -> None:
    counted = efficiency.roll_up()
    if counted:
        logger.info("counted %s records", counted)

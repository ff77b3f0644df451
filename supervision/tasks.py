"""Doorbells of the supervision room: each asks for everything up to now and may come twice or never."""

import logging

from celery import shared_task

from supervision import milestones, moment, papers, subscriptions
from supervision.sealing import checking

logger = logging.getLogger(__name__)


@shared_task(name="supervision.render_papers")
def render_papers() -> None:
    printed = papers.print_pending(now=moment.now())
    if printed:
        logger.info("printed %s papers", printed)


@shared_task(name="supervision.deliver_subscriptions")
def deliver_subscriptions() -> None:
    taken = subscriptions.deliver_all(now=moment.wall())
    if taken:
        logger.info("delivered %s records", taken)


@shared_task(name="supervision.sweep_milestones")
def sweep_milestones() -> None:
    announced = milestones.sweep(now=moment.now())
    if announced:
        logger.info("announced %s milestones", announced)


# Broker and settings know tasks of two minutes: a check that lasts longer is rung for again meanwhile, and the second run finds
# it under way and ends at once.
@shared_task(name=checking.TASK, time_limit=20 * 3600)
def check_log() -> None:
    checking.nightly(now=moment.wall())
    checked = checking.run_pending(now=moment.wall())
    if checked:
        logger.info("finished %s checks of the log", checked)

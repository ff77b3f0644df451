"""What the law did to cases by the passing of days is written down, however long nobody came (T64; `by_law`)."""

import logging
from datetime import date, datetime

from django.db.models import Exists, OuterRef

from hall import queries
from hall.actions import by_law, recalculate
from hall.models import CourierShipment
from supervision import clocks

logger = logging.getLogger(__name__)
_followed: set[int] = set()  # the revisions of the rules that this process has brought all cases up to


def carry_out_all(today: date, now: datetime) -> int:
    """Every case that lawfully stands elsewhere than it is written, by days that were over before `today`; how many there were.

    Each in a transaction of its own: one that fails is reported and holds no other up.
    """
    _follow_the_calendar(now)
    carried = 0
    for number in queries.overtaken(today):
        try:
            carried += by_law.carry_out(number, now=now)
        except Exception:
            logger.exception("what the law did to case %s could not be written", number)
    return carried


def on_its_way() -> Exists:
    """Of a clock: a courier got its case's result in time, and nobody has registered when it was signed for: that may have been in time."""
    sent = CourierShipment.objects.filter(case=OuterRef("subject_id"), sent_on__lte=OuterRef("due_on"))
    return Exists(sent.filter(case__delivery=None))


def _follow_the_calendar(now: datetime) -> None:
    """A changed calendar comes before the law, which counts by it; once a revision and process, since it looks at every open clock."""
    revision = clocks.rules_revision()
    if revision not in _followed:
        done = recalculate.recalculate_all(now=now)
        if not done.failed:
            _followed.add(revision)

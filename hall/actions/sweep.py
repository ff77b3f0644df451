"""What the law did to cases by the passing of days is written down, however long nobody came (T64; `by_law`)."""

import logging
from datetime import date, datetime

from hall import queries
from hall.actions import by_law

logger = logging.getLogger(__name__)


def carry_out_all(today: date, now: datetime) -> int:
    """Every case that lawfully stands elsewhere than it is written, by days that were over before `today`; how many there were.

    Each in a transaction of its own: one that fails is reported and holds no other up.
    """
    carried = 0
    for number in queries.overtaken(today):
        try:
            carried += by_law.carry_out(number, now=now)
        except Exception:
            logger.exception("what the law did to case %s could not be written", number)
    return carried

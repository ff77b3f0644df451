"""What the passing of a day does to a case: acceptance by silence, lapse of corrections and of gaps (行政许可法 32; domain 3.4).

It holds from the end of that day whoever looks (`standing.by_law`); it is written down by the next verb, or by the sweep.
"""

from datetime import datetime
from typing import Any

from django.db import transaction

from hall import papers, queries, standing
from hall.actions.acting import Acting, acting_on
from hall.actions.recalculate import follow_the_calendar
from hall.actions.turning_points import acceptance_facts, accepted, ended, start_clocks
from hall.models import Case, ConclusionKind
from supervision import log, milestones, moment
from supervision.models import MilestoneKind


def let_the_law_act(case: Any, now: datetime) -> bool:
    """Write what has happened to this locked case by the passing of a day, if anything has; the record is dated now and names the
    day that did it.
    """
    happened = standing.by_law(case, moment.local_date(now))
    if happened is None:
        return False
    write, kind = _EFFECTS[happened.verb.name]
    acting = acting_on(case, happened.verb, now)
    acting.ran_out = happened.clock
    write(acting)
    milestones.announce([milestones.passing(kind, happened.clock)], now=now)
    return True


@transaction.atomic
def carry_out(number: str, *, now: datetime) -> bool:
    """The same for one case by its number, for the sweep: true once, whoever comes first."""
    case = queries.case_to_sweep(number)
    now = log.not_before_last(now, case)
    follow_the_calendar(case, now)
    return let_the_law_act(case, now)


def _deem_accepted(acting: Acting) -> Case:
    """The notice period went by in silence: accepted since the materials were in, both clocks from that day (L10)."""
    acting.case.deemed, since = True, standing.accepted_since(acting.case)
    start_clocks(acting, since)
    notice = acting.paper(acceptance_facts(acting, since, deemed=True))
    return accepted(acting, since=since, told={"deemed": True}, changed=("deemed",), notices=[notice])


def _lapse_corrections(acting: Acting) -> Case:
    facts = papers.end_notice(acting.case, on=acting.today, ground="correction_lapsed", reason="")
    return ended(acting, ConclusionKind.CORRECTION_LAPSED, acting.paper(facts))


def _lapse_gaps(acting: Acting) -> Case:
    facts = papers.end_notice(acting.case, on=acting.today, ground="gaps_lapsed", reason="")
    return ended(acting, ConclusionKind.RETURNED, acting.paper(facts))


_EFFECTS = {
    "deem_accepted": (_deem_accepted, MilestoneKind.DEEMED_ACCEPTED),
    "lapse_corrections": (_lapse_corrections, MilestoneKind.CORRECTION_LAPSED),
    "lapse_gaps": (_lapse_gaps, MilestoneKind.GAPS_LAPSED),
}

"""How every verb on an existing case begins."""

from datetime import datetime

from authorization import power
from authorization.models import LetterKind
from authorization.staff import Staff
from hall import conditions, policies, queries
from hall.actions.acting import Acting, acting_on
from hall.actions.by_law import let_the_law_act
from hall.actions.recalculate import follow_the_calendar
from hall.states import REGULATOR, VERBS
from supervision import log, moment, numbers
from supervision.refusals import NotFound


def begin(name: str, number: str, *, staff: Staff, now: datetime, seq: int | None) -> Acting:
    """Steps 1 to 3. `seq` is the case's record number as the person saw it; None asks for no such check.

    From here on the instant is `acting.now`: another machine may have acted by a clock that is ahead of ours.
    Raises NotFound (foreign case), Refused `stale_form`, `wrong_state` or what the flags of the case forbid, Forbidden with the
    reason that the letter gives.
    """
    verb = VERBS[name]
    if not numbers.is_case_number(number):
        raise NotFound
    power.share_letter(number[:3], LetterKind.SIGNING, LetterKind.COUNTER)
    fetch = queries.case_told_to_regulator if verb.power == REGULATOR else queries.case_to_act_on
    case = fetch(staff, number)
    now = log.not_before_last(now, case)
    policies.require_fresh(case, seq)
    follow_the_calendar(case, now)
    let_the_law_act(case, now)
    conditions.require(verb, case, moment.local_date(now))
    line = policies.require_power(verb, case, staff, now)
    policies.require_four_eyes(verb, case, staff)
    return acting_on(case, verb, now, staff=staff, line=line)

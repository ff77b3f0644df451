"""What the three clocks of a case will say after a pause or an extension, told before it is done."""

from datetime import date, datetime
from typing import Any

from hall import requirements, standing
from hall.actions.special import Move, if_extended, if_paused
from hall.forms import ActForm
from hall.forms.fields import in_words
from hall.templatetags.face import day_weekday
from supervision import clocks, moment
from supervision.clocks import Rules
from supervision.models import ClockKind
from supervision.refusals import Refused
from supervision.workdays import TimeUnit, due

WHAT_IF = ("pause", "extend")
_NAMES = {ClockKind.PROMISED: "承诺", ClockKind.STATUTORY: "法定", ClockKind.STEP: "本环节"}


def what_if(verb: str, case: Any, form: ActForm, now: datetime) -> dict[str, Any]:
    """Inputs of hall/_moves.html: what is said while the form is incomplete, what is not lawful, or each clock now and then."""
    typed = _typed(form)
    try:
        lead, moves = _WORK_OUT[verb](case, typed, now)
    except Refused as refused:
        return {"lead": "这样不能办", "fault": in_words(refused.refusal), "rows": []}
    return {"lead": lead, "fault": "", "rows": [_row(move, now) for move in moves]}


def _typed(form: ActForm) -> dict[str, Any]:
    """What can be read of a form that is not finished."""
    bound = form if form.is_bound else type(form)(form.initial)
    bound.is_valid()
    return bound.cleaned_data


def _pause(case: Any, typed: dict[str, Any], now: datetime) -> tuple[str, list[Move]]:
    if not typed.get("ground") or not typed.get("days"):
        return "选好事由、填好天数，这里会说三个时限各到哪一天。", []
    today, rules = moment.local_date(now), clocks.rules_with(case)
    _as_accepted(case, today, rules)
    first, days = typed.get("first_on") or today, typed["days"]
    requirements.require_ground(case.version, typed["ground"])
    requirements.require_pause(case, days=days, first_on=first, basis="-", today=today)
    expected = due(today, days, TimeUnit.WORKDAY, calendar=rules.calendar).due_on
    assert expected is not None
    pauses = list(clocks.pauses_of(case))
    moves = if_paused(
        case, pauses, ground=typed["ground"], first_on=first, expected_on=expected, calendar=rules.calendar
    )
    return f"停表期间不显示到期日；结果{day_weekday(expected, now)}到达的话：", moves


def _extend(case: Any, typed: dict[str, Any], now: datetime) -> tuple[str, list[Move]]:
    if not typed.get("days"):
        return "填好天数，这里会说三个时限各到哪一天。", []
    today, rules = moment.local_date(now), clocks.rules_with(case)
    _as_accepted(case, today, rules)
    requirements.require_extension(case, clocks.carried(case), days=typed["days"], today=today)
    moves = if_extended(case, list(clocks.pauses_of(case)), days=typed["days"], calendar=rules.calendar)
    return "批准以后：", moves


_WORK_OUT = {"pause": _pause, "extend": _extend}


def _as_accepted(case: Any, today: date, rules: Rules) -> None:
    """A case that counts as accepted by law gets its clocks with the next verb: they are worked out here as that will write them."""
    happened = standing.by_law(case, today)
    if happened is not None and happened.verb.name == "deem_accepted":
        known = clocks.carried(case)
        known += [clock for clock in standing.expected_clocks(case, rules) if clock and clock not in known]


def _row(move: Move, now: datetime) -> dict[str, str]:
    then = day_weekday(move.then, now) if move.then else "停表中"
    return {
        "label": _NAMES[ClockKind(move.clock.kind)],
        "before": day_weekday(move.before, now) if move.before else "停表中",
        "then": f"{then}（暂定）" if move.provisional else then,
        "moved": "" if move.before == move.then else "later",
    }

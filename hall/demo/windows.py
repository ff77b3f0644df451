"""The windows of the hall, and who serves them."""

from django.db import transaction

from authorization.models import PostHolding
from catalog.models import Department
from hall.demo.plan import Plan, Tree
from hall.demo.rows import add_missing, announced, period
from hall.models import Window, WindowDuty


@transaction.atomic
def load_windows(plan: Plan) -> int:
    """Windows that are missing; a field window with the units whose items it takes, a dedicated one with its own unit."""
    units = Department.objects.in_bulk(field_name="slug")
    told = {row["number"]: row for row in plan.windows}
    new = add_missing(Window, [_window(row, units) for row in plan.windows], "number", now=plan.start_instant)
    for window in new:
        window.units.set(units[slug] for slug in told[window.number].get("units", ()))
    announced(list(Window.units.through.objects.filter(window__in=new)), plan.start_instant)
    return len(new)


@transaction.atomic
def load_duties(plan: Plan) -> int:
    """Who serves which window. Somebody who has had a duty in a post gets none from here."""
    windows = Window.objects.in_bulk(field_name="number")
    holdings = {_natural(held): held for held in PostHolding.objects.select_related("person", "post__department")}
    duties = [
        WindowDuty(
            window=windows[told["window"]],
            holding=holdings[told["username"], told["department"], told["post"]],
            during=period(plan.period),
        )
        for told in plan.holdings
        if "window" in told
    ]
    return len(add_missing(WindowDuty, duties, "holding_id", now=plan.start_instant))


def window_name(plan: Plan, number: int) -> str:
    """A window as lists and slips call it, known from the files alone."""
    kind = next(row["kind"] for row in plan.windows if row["number"] == number)
    return str(Window(number=number, kind=kind))


def _natural(held: PostHolding) -> tuple[str, str, str]:
    return held.person.username, held.post.department.slug, held.post.title


def _window(row: Tree, units: dict[str, Department]) -> Window:
    department = units[row["department"]] if "department" in row else None
    return Window(number=row["number"], kind=row["kind"], field=row.get("field", ""), department=department)

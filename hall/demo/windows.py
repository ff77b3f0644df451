"""The sub-centres, the windows of the hall and of the places outside, and who serves them."""

from dataclasses import dataclass

from django.db import transaction

from authorization.models import PostHolding
from catalog.models import Department, ReceivingPoint
from hall.demo.plan import Plan, Tree
from hall.demo.rows import add_missing, announced, period
from hall.models import SubCenter, Window, WindowDuty


@transaction.atomic
def load_sub_centers(plan: Plan) -> int:
    """Sub-centres that are missing, each with the units that the county approved it for (D38)."""
    units = Department.objects.in_bulk(field_name="slug")
    told = {row["name"]: row for row in plan.sub_centers}
    rows = [_sub_center(row, units) for row in plan.sub_centers]
    new = add_missing(SubCenter, rows, "name", now=plan.start_instant)
    for center in new:
        center.units.set(units[slug] for slug in told[center.name]["units"])
    announced(list(SubCenter.units.through.objects.filter(subcenter__in=new)), plan.start_instant)
    return len(new)


@transaction.atomic
def load_windows(plan: Plan) -> int:
    """Windows that are missing; a field window with the units whose items it takes, a dedicated one with its own unit."""
    units = Department.objects.in_bulk(field_name="slug")
    told = {row["number"]: row for row in plan.windows}
    places = _Places(SubCenter.objects.in_bulk(field_name="name"), ReceivingPoint.objects.in_bulk(field_name="name"))
    rows = [_window(row, units, places) for row in plan.windows]
    new = add_missing(Window, rows, "number", now=plan.start_instant)
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


@dataclass(frozen=True, slots=True)
class _Places:
    """Where a window may stand outside the main hall, by name."""

    sub_centers: dict[str, SubCenter]
    points: dict[str, ReceivingPoint]


def _sub_center(row: Tree, units: dict[str, Department]) -> SubCenter:
    return SubCenter(
        name=row["name"],
        address=row["address"],
        manager=units[row["manager"]],
        approval_number=row["approval"]["number"],
        approved_on=row["approval"]["date"],
    )


def _window(row: Tree, units: dict[str, Department], places: _Places) -> Window:
    return Window(
        number=row["number"],
        kind=row["kind"],
        field=row.get("field", ""),
        department=units[row["department"]] if "department" in row else None,
        sub_center=places.sub_centers[row["sub_center"]] if "sub_center" in row else None,
        point=places.points[row["point"]] if "point" in row else None,
    )

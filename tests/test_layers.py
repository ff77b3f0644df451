"""Four rooms, one direction: hall → authorization → catalog → supervision, and an order of floors within each room.

Each check is a function over modules, so that the tests below it can show with a bad module that it is able to fail.
"""

from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter

import pytest

from .source_code import APPS, Module, expect_none, imports, parse, product

# What a room shows to the rooms above it. Everything else is private.
PUBLISHED = {
    "supervision": {
        *(
            "calendar_changes",
            "clocks",
            "configuration",
            "doorbell",
            "efficiency",
            "explaining",
            "extended_hours",
            "identity",
            "judging",
            "log",
            "masking",
            "milestones",
            "models",
            "moment",
            "numbers",
        ),
        *(
            "papers",
            "protection",
            "receipts",
            "readings",
            "refusals",
            "sealing",
            "standing_sql",
            "strips",
            "workdays",
            "writing",
        ),
    },
    "catalog": {"actions", "codes", "initials", "models", "queries"},
    "authorization": {"actions", "letters", "models", "power", "scopes", "staff"},
    "hall": set(),
}
# Only migrations put up the fences of the log.
FOR_MIGRATIONS = {"supervision.ledger"}

# The floors of each room, from the ground up: a module imports from its own floor or from those below it.
EDGE = {"views", "api", "tasks", "management", "urls", "config", "templatetags", "migrations", "apps"}
FLOORS: dict[str, tuple[set[str], ...]] = {
    "supervision": (
        {
            "moment",
            "refusals",
            "workdays",
            "arrangements",
            "explaining",
            "judging",
            "strips",
            "identity",
            "masking",
            "protection",
            "doorbell",
        }
        | {"ledger", "prepared", "readings", "writing", "numbers", "imprints", "press", "typesetting", "paper_facts"},
        {"models"},
        {"log", "clocks", "configuration", "papers", "receipts", "sealing", "subscriptions", "efficiency"}
        | {"standing_sql", "calendar_changes", "extended_hours", "milestones"},
        EDGE,
    ),
    "catalog": ({"codes", "initials", "uniformity"}, {"models"}, {"queries"}, {"actions"}, {"forms"}, EDGE),
    "authorization": ({"letters"}, {"models"}, {"power", "scopes", "staff"}, {"actions"}, {"forms"}, EDGE),
    "hall": (
        {"states", "materials", "timeline"},
        {"models"},
        {
            "queries",
            "sight",
            "receivable",
            "inbox",
            "pressing",
            "first_contacts",
            "regulator_notices",
            "policies",
            "approvers",
            "eligibility",
            "lawful",
            "conditions",
            "requirements",
            "papers",
            "standing",
            "progress",
            "replay",
        },
        {"actions"},
        {"forms", "serializers", "demo"},
        EDGE,
    ),
}
# Django lets nobody import models before `AppConfig.ready()`; consumers of the log are named there.
READY = "apps"
# WeasyPrint takes half a second to start and needs pango: the press comes late, and alone.
LATE = {("supervision.typesetting", "supervision.press")}


def against_the_arrows(modules: Iterable[Module]) -> list[str]:
    return [
        f"{module.name}:{found.line} imports {found.target}"
        for module in modules
        for found in imports(module)
        if found.app in APPS and APPS.index(found.app) < APPS.index(module.app)
    ]


def into_private_rooms(modules: Iterable[Module]) -> list[str]:
    return [
        f"{module.name}:{found.line} imports {found.target}"
        for module in modules
        for found in imports(module)
        if found.app in APPS and found.app != module.app and not _is_open(module, f"{found.app}.{found.part}")
    ]


def up_the_stairs(modules: Iterable[Module]) -> list[str]:
    """Imports from a higher floor of the same room, and modules that stand on no floor."""
    faults = []
    for module in modules:
        if module.part and _floor(module.app, module.part) is None:
            faults.append(f"{module.name} stands on no floor of {module.app}: give it one in FLOORS")
        for found in imports(module):
            here, there = _floor(module.app, module.part), _floor(found.app, found.part)
            if found.app == module.app and here is not None and there is not None and there > here:
                faults.append(f"{module.name}:{found.line} imports {found.target}")
    return faults


def late_imports(modules: Iterable[Module]) -> list[str]:
    return [
        f"{module.name}:{found.line} imports {found.target} inside a function"
        for module in modules
        for found in imports(module)
        if found.late and module.part != READY and (module.name, found.target) not in LATE
    ]


def early_presses(modules: Iterable[Module]) -> list[str]:
    """Everybody who imports the papers' module would pay for WeasyPrint at the start."""
    return [
        f"{module.name}:{found.line} imports {found.target}"
        for module in modules
        for found in imports(module)
        if (found.target == "supervision.press" and not found.late)
        or (found.app == "weasyprint" and module.name != "supervision.press")
    ]


def hidden_ways(modules: Iterable[Module]) -> list[str]:
    """Ways around the arrows that no import shows: signal receivers, modules and models fetched by name."""
    hidden = (
        "django.dispatch",
        "django.db.models.signals",
        "importlib",
        "django.utils.module_loading",
        "django.apps.apps",
    )
    return [
        f"{module.name}:{found.line} imports {found.target}"
        for module in modules
        for found in imports(module)
        if not module.is_migration and any(f"{found.target}.".startswith(f"{name}.") for name in hidden)
    ]


def circles(modules: Iterable[Module]) -> list[str]:
    modules = list(modules)
    names = {module.name for module in modules}
    graph = {
        module.name: {_file(found.target, names) for found in imports(module)} - {"", module.name} for module in modules
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as circle:
        return [" → ".join(circle.args[1])]
    return []


def test_no_room_imports_from_a_room_above_it() -> None:
    expect_none(against_the_arrows(product()))


def test_rooms_import_only_what_other_rooms_publish() -> None:
    expect_none(into_private_rooms(product()))


def test_nothing_is_published_that_no_other_room_uses() -> None:
    used = {(found.app, found.part) for module in product() for found in imports(module) if found.app != module.app}
    expect_none(
        f"{app}.{part}" for app, parts in PUBLISHED.items() for part in sorted(parts) if (app, part) not in used
    )


def test_every_module_stands_on_a_floor_and_imports_downwards() -> None:
    expect_none(up_the_stairs(product()))


def test_imports_stand_at_the_head_of_a_module() -> None:
    expect_none(late_imports(product()))


def test_weasyprint_is_started_by_nobody_but_the_press() -> None:
    expect_none(early_presses(product()))


def test_no_signal_and_no_lookup_by_name_goes_around_the_arrows() -> None:
    expect_none(hidden_ways(product()))


def test_no_module_imports_itself_by_a_detour() -> None:
    expect_none(circles(product()))


@pytest.mark.parametrize(
    ("check", "name", "source"),
    [
        (against_the_arrows, "supervision.log", "from hall.models import Case"),
        (against_the_arrows, "catalog.queries", "import authorization.power"),
        (against_the_arrows, "authorization.power", "if TYPE_CHECKING:\n    from hall import queries"),
        (into_private_rooms, "hall.queries", "from authorization import forms"),
        (into_private_rooms, "hall.actions.intake", "from supervision.ledger.canonical import digest"),
        (up_the_stairs, "hall.states", "from hall.models import Case"),
        (up_the_stairs, "hall.models.cases", "from hall import queries"),
        (up_the_stairs, "hall.actions.closing", "from ..views import case"),
        (up_the_stairs, "hall.helpers", ""),
        (late_imports, "hall.views.case", "def case(request):\n    from hall import actions"),
        (late_imports, "supervision.papers", "def render():\n    from . import press"),
        (early_presses, "supervision.papers", "from supervision import press"),
        (early_presses, "hall.views.papers", "from weasyprint import HTML"),
        (hidden_ways, "hall.apps", "from django.db.models.signals import post_save"),
        (hidden_ways, "hall.apps", "from django.dispatch import receiver"),
        (hidden_ways, "supervision.log", "from importlib import import_module"),
    ],
)
def test_the_checks_can_fail(check, name, source) -> None:
    assert check([parse(name, source)])


def test_the_check_of_circles_can_fail() -> None:
    assert circles(
        [parse("hall.policies", "from hall import queries"), parse("hall.queries", "from .policies import claim")]
    )


def _is_open(module: Module, target: str) -> bool:
    app, part = target.split(".")
    return part in PUBLISHED[app] or (module.is_migration and target in FOR_MIGRATIONS)


def _floor(app: str, part: str) -> int | None:
    if app not in FLOORS:
        return None
    return next((height for height, floor in enumerate(FLOORS[app]) if part in floor), None)


def _file(target: str, names: set[str]) -> str:
    """The module in which an imported name stands."""
    parts = target.split(".")
    return next((name for n in range(len(parts), 0, -1) if (name := ".".join(parts[:n])) in names), "")

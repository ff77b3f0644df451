"""What the product's code must not say: who may read time, wake the worker, mark text as safe, fetch a case.

Each check is a function over modules or text, so that the tests at the end can show that it is able to fail.
"""

import ast
import re
from collections.abc import Callable, Iterable

import pytest

from .conftest import CODE, SENTENCE
from .source_code import APPS, ROOT, Module, calls, expect_none, imports, parse, product, templates, texts, uses

Texts = Iterable[tuple[str, str]]

READERS_OF_TIME = {
    *("datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today"),
    *("time.time", "time.time_ns", "time.localtime", "time.gmtime", "time.strftime", "time.ctime"),
    *("time.monotonic", "time.monotonic_ns", "time.perf_counter", "time.perf_counter_ns"),
    *("django.utils.timezone.now", "django.utils.timezone.localdate", "django.utils.timezone.localtime"),
    *("django.db.models.functions.Now", "uuid.uuid1"),
}
SQL_TIME = re.compile(
    r"\b(now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday)\s*\(\s*\)"
    r"|\b(current_(date|time|timestamp)|localtimestamp)\b",
    re.IGNORECASE,
)
# The technical time of a record: the log's own second reading beside the business time (design decision 6).
# How long records wait for their seal is judged by the clock that dated them.
SQL_TIME_ALLOWED = {
    *("supervision.migrations.0002_fences_around_the_log", "supervision.migrations.0005_fences_around_the_seals"),
    *("supervision.sealing.opening", "supervision.sealing.sealer"),
}

# `now` is read at the edge and handed down; below the edge it is an argument.
EDGE = {"views", "forms", "api", "tasks", "management", "config"}
# Revoking waits for acts that are under way, and reads the time once more so that it does not end before them (T13).
AFTER_A_WAIT = {"authorization.actions"}
# The wall clock serves sign-in, second factors, nonces, sessions, keys and libraries, never a deadline (design decision 5).
WALL = {
    *("supervision.moment", "supervision.models.base", "supervision.receipts", "supervision.doorbell"),
    *("supervision.tasks", "supervision.management.commands.subscriptions"),  # the pace of further attempts
    *("supervision.sealing.checking", "supervision.management.commands.check_log"),  # checks are timed as the seals are
    *("supervision.sealing.sealer", "hall.views.health", "hall.views.log_check"),
    *("hall.config.middleware", "hall.config.sessions", "hall.views.sign_in"),
}

RINGS = re.compile(r"\.(delay|apply_async|send_task)$")
SAFE = {"django.utils.safestring.mark_safe", "django.utils.safestring.SafeString", "django.utils.html.format_html"}
# The print room sets its own drawings (QR, seal) and the page parts their own markup; both escape what they are given.
SAFE_PLACES = {"supervision.imprints", "hall.templatetags.face"}
# Replay compares every case and shows none.
CASES_OF_ALL = {"hall.queries", "hall.sight", "hall.replay.storing"}
CASES = re.compile(r"^hall\.models(\.cases)?\.Case\.(objects|_default_manager|_base_manager)\b")

UNSAFE_TEMPLATE = re.compile(r"\|\s*(safe|safeseq)\b|\{%\s*autoescape\s+off")
INLINE = re.compile(
    r"<style\b|\sstyle\s*=|<script\b(?![^>]*\bsrc\s*=)|\son[a-z]+\s*=\s*[\"']|javascript:|\bhx-on\b|\bhx-vals\s*=\s*['\"]js:",
    re.IGNORECASE,
)
CLOCK_TAG = re.compile(r"\{%\s*now\b")
LEFT_OPEN = re.compile(
    "TO" + r"DO\b|FIX" + r"ME\b|XX" + r"X\b|\bHA" + r"CK\b|NotImplemented" + r"Error|mark\.(skip|xf" + r"ail)\b"
)


# Time ----------------------------------------------------------------------------------------------------------------------
def readers_of_time(modules: Iterable[Module]) -> list[str]:
    return [
        f"{module.name}:{line} reads {name}"
        for module in modules
        if module.name != "supervision.moment"
        for name, line in uses(module)
        if name in READERS_OF_TIME
    ]


def automatic_times(modules: Iterable[Module]) -> list[str]:
    """Fields that Django fills from the machine's clock, and the moment imported by name, so that no rehearsal reaches it."""
    faults = [
        f"{module.name}:{call.lineno} has {word.arg}"
        for module in modules
        for _, call in calls(module)
        for word in call.keywords
        if word.arg in ("auto_now", "auto_now_add")
    ]
    return faults + [
        f"{module.name}:{found.line} imports {found.target}: call moment.{found.target.rpartition('.')[2]}()"
        for module in modules
        for found in imports(module)
        if found.target in ("supervision.moment.now", "supervision.moment.wall")
    ]


def sql_that_asks_for_time(modules: Iterable[Module]) -> list[str]:
    return [
        f"{module.name}:{line} asks the database: {found.group()}"
        for module in modules
        if module.name not in SQL_TIME_ALLOWED
        for text, line in texts(module)
        if (found := SQL_TIME.search(text))
    ]


def business_time_below_the_edge(modules: Iterable[Module]) -> list[str]:
    return [
        f"{module.name}:{line} reads {name}: take `now` as an argument"
        for module in modules
        if module.part not in EDGE and module.name not in AFTER_A_WAIT
        for name, line in uses(module)
        if name == "supervision.moment.now"
    ]


def wall_time_in_business(modules: Iterable[Module]) -> list[str]:
    return [
        f"{module.name}:{line} reads the wall clock"
        for module in modules
        if module.name not in WALL
        for name, line in uses(module)
        if name == "supervision.moment.wall"
    ]


# Rings, safe text, cases ---------------------------------------------------------------------------------------------------
def rings_beside_the_doorbell(modules: Iterable[Module]) -> list[str]:
    return [
        f"{module.name}:{line} calls {name}"
        for module in modules
        if module.name != "supervision.doorbell"
        for name, line in uses(module)
        if RINGS.search(name)
    ]


def text_marked_as_safe(modules: Iterable[Module]) -> list[str]:
    return [
        f"{module.name}:{line} uses {name}"
        for module in modules
        if module.name not in SAFE_PLACES
        for name, line in uses(module)
        if name in SAFE
    ]


def cases_past_the_choke_point(modules: Iterable[Module]) -> list[str]:
    """Pages and programs fetch cases through `queries.visible_cases` alone (T10, T11)."""
    faults = [
        f"{module.name}:{line} uses {name}"
        for module in modules
        if module.name not in CASES_OF_ALL
        for name, line in uses(module)
        if CASES.match(name) or name == "django.shortcuts.get_object_or_404"
    ]
    return faults + [
        f"{module.name}:{call.lineno} calls get_object_or_404"
        for module in modules
        for name, call in calls(module)
        if name.endswith(".get_object_or_404")
    ]


def badly_worded_refusals(modules: Iterable[Module]) -> list[str]:
    """Codes are snake_case, sentences and remedies Chinese and whole, as far as they stand in the call; conftest sees the rest."""
    faults = []
    for module in modules:
        for name, call in calls(module):
            if name.rpartition(".")[2] == "Refusal":
                told = dict(zip(("code", "sentence", "rules", "remedy"), call.args, strict=False))
                told |= {str(word.arg): word.value for word in call.keywords}
                faults += [
                    f"{module.name}:{call.lineno} {part} {text!r}"
                    for part, pattern in (("code", CODE), ("sentence", SENTENCE), ("remedy", SENTENCE))
                    if (text := _literal(told.get(part))) and not pattern.fullmatch(text)
                ]
    return faults


def _literal(node: ast.expr | None) -> str:
    """A text as it stands in the code, its variables as 某; empty when it is no literal."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "某" for part in node.values)
    return ""


# Templates and marks -------------------------------------------------------------------------------------------------------
def unsafe_templates(pages: Texts) -> list[str]:
    return _matches(pages, UNSAFE_TEMPLATE)


def inline_style_or_script(pages: Texts) -> list[str]:
    """The content security policy is default-src 'self' and knows no exception (T09)."""
    return _matches(pages, INLINE)


def clocks_in_templates(pages: Texts) -> list[str]:
    return _matches(pages, CLOCK_TAG)


def left_open(files: Texts) -> list[str]:
    return _matches(files, LEFT_OPEN)


def _matches(files: Texts, pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{name}:{text.count(chr(10), 0, found.start()) + 1} {found.group().strip()}"
        for name, text in files
        for found in pattern.finditer(text)
    ]


def _pages() -> Texts:
    return [(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")) for path in templates()]


def _sql_files() -> list[Module]:
    """Hand-written SQL, as modules of one string each."""
    paths = [
        path for app in ("supervision", "catalog", "authorization", "hall") for path in (ROOT / app).rglob("*.sql")
    ]
    return [parse(str(path.relative_to(ROOT)), f"sql = {path.read_text(encoding='utf-8')!r}") for path in paths]


OWN_FOLDERS = (*APPS, "templates", "fixtures", "tests", "script", "docs")
OWN_KINDS = {".py", ".html", ".js", ".css", ".sql", ".sh", ".yaml", ".toml"}


def _own_files() -> Texts:
    found = [path for folder in OWN_FOLDERS for path in (ROOT / folder).rglob("*")]
    wanted = [path.relative_to(ROOT) for path in [*found, *ROOT.glob("*.toml")] if path.suffix in OWN_KINDS]
    return [
        (str(path), (ROOT / path).read_text(encoding="utf-8"))
        for path in wanted
        if "vendor" not in path.parts and (ROOT / path).exists()
    ]


# The product ---------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "check",
    [
        readers_of_time,
        automatic_times,
        sql_that_asks_for_time,
        business_time_below_the_edge,
        wall_time_in_business,
        rings_beside_the_doorbell,
        text_marked_as_safe,
        cases_past_the_choke_point,
        badly_worded_refusals,
    ],
    ids=lambda check: check.__name__,
)
def test_the_code_has_no(check: Callable[[Iterable[Module]], list[str]]) -> None:
    expect_none(check(product()))


def test_the_hand_written_sql_has_no_clock() -> None:
    expect_none(sql_that_asks_for_time(_sql_files()))


@pytest.mark.parametrize(
    "check", [unsafe_templates, inline_style_or_script, clocks_in_templates], ids=lambda check: check.__name__
)
def test_the_templates_have_no(check: Callable[[Texts], list[str]]) -> None:
    expect_none(check(_pages()))


def test_nothing_is_left_open() -> None:
    expect_none(left_open(_own_files()))


def test_every_exception_is_still_needed() -> None:
    """A module that no longer reads a clock or marks text as safe leaves its list."""

    def users(*names: str) -> set[str]:
        return {module.name for module in product() for name, _ in uses(module) if name in names}

    expect_none(WALL - users("supervision.moment.wall") - {"supervision.moment"})
    expect_none(AFTER_A_WAIT - users("supervision.moment.now"))
    expect_none(SAFE_PLACES - users(*SAFE))


# The checks ----------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("check", "source"),
    [
        (readers_of_time, "import datetime as dt\ntoday = dt.date.today()"),
        (readers_of_time, "from datetime import datetime\nnow = datetime.now(tz)"),
        (readers_of_time, "from time import time as clock\nclock()"),
        (readers_of_time, "import time\ntime.monotonic()"),
        (readers_of_time, "from django.utils import timezone\nfield = DateTimeField(default=timezone.now)"),
        (readers_of_time, "from django.db.models.functions import Now"),
        (automatic_times, "field = DateTimeField(auto_now_add=True)"),
        (automatic_times, "from supervision.moment import now"),
        (sql_that_asks_for_time, "QUERY = 'SELECT * FROM hall_case WHERE opened_at < now()'"),
        (sql_that_asks_for_time, "QUERY = f'UPDATE {table} SET day = Current_Date'"),
        (business_time_below_the_edge, "from supervision import moment\nat = moment.now()"),
        (business_time_below_the_edge, "import supervision.moment\nsupervision.moment.now()"),
        (wall_time_in_business, "from supervision import moment\nmoment.wall()"),
        (rings_beside_the_doorbell, "from supervision.tasks import render_papers\nrender_papers.delay()"),
        (rings_beside_the_doorbell, "from celery import current_app\ncurrent_app.send_task('x')"),
        (text_marked_as_safe, "from django.utils.safestring import mark_safe as fine\nfine(text)"),
        (text_marked_as_safe, "from django.utils import safestring\nsafestring.SafeString(text)"),
        (cases_past_the_choke_point, "from hall.models import Case\nCase.objects.get(number=number)"),
        (cases_past_the_choke_point, "from hall import models\nmodels.Case.objects.all()"),
        (cases_past_the_choke_point, "from django.shortcuts import get_object_or_404"),
        (badly_worded_refusals, "Refusal('WrongState', '这一件已经收过件了。')"),
        (badly_worded_refusals, "Refusal('wrong_state', 'Not in this state.')"),
        (badly_worded_refusals, "Refusal('wrong_state', f'{number}已经收过件了')"),
        (badly_worded_refusals, "refusals.Refusal('wrong_state', '这一件已经收过件了。', remedy='请打开办件')"),
    ],
)
def test_the_checks_of_code_can_fail(check, source) -> None:
    assert check([parse("hall.actions.bad", source)])


@pytest.mark.parametrize(
    ("check", "text"),
    [
        (unsafe_templates, "{{ opinion|safe }}"),
        (unsafe_templates, "{% autoescape off %}"),
        (inline_style_or_script, '<p style="color: red">'),
        (inline_style_or_script, "<script>alert(1)</script>"),
        (inline_style_or_script, '<button onclick="go()">'),
        (inline_style_or_script, "<style>p {}</style>"),
        (clocks_in_templates, '{% now "Y" %}'),
        (left_open, "# TO" + "DO: later"),
        (left_open, "@pytest.mark.sk" + "ip"),
    ],
)
def test_the_checks_of_text_can_fail(check, text) -> None:
    assert check([("bad.html", text)])


@pytest.mark.parametrize(
    "source",
    [
        'def f():\n    """Uses now() never."""',
        "from django.utils import timezone\ntimezone.get_current_timezone()",
        "from supervision import moment\nmoment.local_date(now)",
        "QUERY = 'SELECT known() FROM current_dates'",
    ],
)
def test_the_checks_of_time_know_what_is_harmless(source) -> None:
    module = [parse("hall.actions.good", source)]
    assert readers_of_time(module) + sql_that_asks_for_time(module) + business_time_below_the_edge(module) == []


def test_a_script_of_our_own_is_no_inline_script() -> None:
    assert inline_style_or_script([("good.html", "<script src=\"{% static 'a.js' %}\" defer></script>")]) == []

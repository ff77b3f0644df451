"""Configuration beside its announcements: whoever changed a row past the fence shows up (T42, T49)."""

from collections.abc import Iterator
from functools import partial

from django.db.models import Model

from authorization.models import Person, Post, PostHolding, Qualification
from catalog.models import ApprovalSection, Department, ReceivingPoint, ServiceItem, Town
from hall.models import ApiClient, SubCenter, Window, WindowDuty
from supervision import configuration
from supervision.models import CalendarChange, CalendarDay, CalendarYear, CardRule, ExtendedHours, TimeParameter
from supervision.sealing.checking import one_moment, unbroken
from supervision.sealing.findings import Finding

MODELS: tuple[type[Model], ...] = (
    *(CalendarYear, CalendarDay, CalendarChange, ExtendedHours, CardRule, TimeParameter),
    *(Department, ApprovalSection, ServiceItem, Town, ReceivingPoint),
    *(Post, PostHolding, Person, Qualification),
    *(SubCenter, SubCenter.units.through, Window, Window.units.through, WindowDuty, ApiClient),
)
NAMED = 5  # keys of rows in one finding


def compare_configuration() -> Iterator[Finding]:
    """One finding a table whose rows do not stand as they were last announced, and one for announcements that nobody can read."""
    for model in MODELS:
        yield from unbroken(f"配置“{model._meta.verbose_name}”", partial(_of_table, model))


def _of_table(model: type[Model]) -> Iterator[Finding]:
    with one_moment(unhurried=True):
        found = configuration.unlike(model)
    word = f"配置“{model._meta.verbose_name}”"
    if found.keys:
        sentence = f"{word}有 {len(found.keys):,} 行与最近一次登记不一致：{_named(found.keys)}。"
        yield Finding("stored_differs", sentence)
    if found.illegible:
        numbers = _named([str(number) for number in found.illegible])
        sentence = f"{word}有 {len(found.illegible):,} 条登记读不懂，没有算进去：记录号 {numbers}。"
        yield Finding("stored_differs", sentence)


def _named(keys: list[str]) -> str:
    return "、".join(keys[:NAMED]) + ("等" if len(keys) > NAMED else "")

"""Configuration beside its announcements: whoever changed a row past the fence shows up (T42, T49)."""

from collections.abc import Iterator

from django.db.models import Model

from authorization.models import Person, Post, PostHolding
from catalog.models import ApprovalSection, Department, ReceivingPoint, ServiceItem, Town
from hall.models import ApiClient, Window, WindowDuty
from supervision import configuration
from supervision.models import CalendarDay, CalendarYear, CardRule, TimeParameter
from supervision.sealing.checking import one_moment
from supervision.sealing.findings import Finding

MODELS: tuple[type[Model], ...] = (
    *(CalendarYear, CalendarDay, CardRule, TimeParameter),
    *(Department, ApprovalSection, ServiceItem, Town, ReceivingPoint),
    *(Post, PostHolding, Person),
    *(Window, Window.units.through, WindowDuty, ApiClient),
)
NAMED = 5  # keys of rows in one finding


def compare_configuration() -> Iterator[Finding]:
    """One finding a table whose rows do not stand as they were last announced."""
    for model in MODELS:
        with one_moment():
            keys = configuration.unlike(model)
        if keys:
            named = "、".join(keys[:NAMED]) + ("等" if len(keys) > NAMED else "")
            sentence = f"配置“{model._meta.verbose_name}”有 {len(keys):,} 行与最近一次登记不一致：{named}。"
            yield Finding("stored_differs", sentence)

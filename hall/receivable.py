"""What a window may receive: the look-up of receiving, items in a search, and where the items of other units are received."""

import uuid
from datetime import date, datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject

from authorization import power
from authorization.models import LetterKind
from catalog import queries as catalog
from catalog.models import ItemVersion, MaterialRequirement
from hall.materials import Asked
from hall.models import Window, WindowKind
from supervision import clocks, moment
from supervision.readings import Reading


def version_to_receive(item_key: str, claim: power.Claim, now: datetime) -> ItemVersion | None:
    """The one look-up of receiving: version of the day, unit, section, letter line, materials, revision of the rules."""
    today = moment.local_date(now)
    return _TO_RECEIVE.first(claim.kind, claim.stage, key=item_key, post=claim.post_id, now=now, today=today)


def _to_receive(
    kind: LetterKind, stage: str, *, key: str, post: uuid.UUID, now: datetime, today: date
) -> QuerySet[ItemVersion]:
    lines: Any = power.lines_by(kind, stage, item=OuterRef("item"), post=post, now=now, today=today).order_by()
    asked: Any = MaterialRequirement.objects.filter(version=OuterRef("pk")).order_by("seq")
    fields = ("id", "seq", "name", "necessity", "originals", "copies", "electronic", "source")
    found: Any = (
        catalog.in_use(today)
        .select_related("item__department__section")
        .filter(item__key=key)
        .annotate(
            rule_revision=clocks.revision(),
            asked=ArraySubquery(asked.values(row=JSONObject(**{name: name for name in fields}))),
            line=Subquery(
                lines.values(row=JSONObject(id="id", seq="seq", letter_id="letter_id", number="letter__number"))[:1]
            ),
        )
    )
    return found[:1]


_TO_RECEIVE: Reading[ItemVersion] = Reading(_to_receive)


def asked_of(version: Any) -> list[Asked]:
    return [Asked(**row) for row in version.asked]


def may_be_received(versions: QuerySet[ItemVersion], claim: power.Claim, now: datetime) -> QuerySet[ItemVersion]:
    """Marks versions in a search with `receivable`: whether a line lets this window receive the item now."""
    return versions.annotate(receivable=Exists(power.lines_in_force(claim, now).order_by()))


def dedicated_windows() -> dict[str, str]:
    """Where the items of a unit with a dedicated window are received, by unit number; its window in the hall before one outside."""
    found = Window.objects.filter(kind=WindowKind.DEDICATED).order_by(F("sub_center").desc(nulls_last=True), "-number")
    return {
        unit: f"{place or ''}专门窗口 {number} 号"
        for unit, number, place in found.values_list("department__number", "number", "sub_center__name")
    }

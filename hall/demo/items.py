"""Service items and their first versions: published where the file holds a whole guide, else drafts that lack something."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import models, transaction

from catalog.actions import draft, publish
from catalog.initials import initials, sort_key
from catalog.models import Department, Faq, Fee, ItemVersion, MaterialRequirement, ProcedureStep, ServiceItem
from hall.demo.plan import Plan, Tree
from hall.demo.rows import add_missing
from supervision.log import Actor


@dataclass(frozen=True, slots=True)
class Counted:
    """How many items were written, and how many of them are in use."""

    items: int
    published: int


@transaction.atomic
def load_items(plan: Plan, *, actor: Actor, now: datetime) -> Counted:
    """Items that are missing, each with version 1. The files have one name an item: it is 大项 and 小项 alike."""
    named = {
        slug for item in plan.items for slug in (item["unit"], item["demo"].get("guide", {}).get("regulator")) if slug
    }
    units = Department.objects.in_bulk(named, field_name="slug")
    told = {item["key"]: item for item in plan.items}
    new = add_missing(ServiceItem, [_item(item, units[item["unit"]]) for item in plan.items], "key", now=now)
    versions = {item.key: draft(_version(item, told[item.key], units), actor=actor, now=now) for item in new}
    guides = {key: told[key]["demo"]["guide"] for key in versions if "guide" in told[key]["demo"]}
    _write_parts([(versions[key], guide) for key, guide in guides.items()])
    effective_on: date = plan.start
    for key in guides:
        publish(versions[key], actor=actor, now=now, effective_on=effective_on)
    return Counted(len(new), len(guides))


def _item(told: Tree, department: Department) -> ServiceItem:
    return ServiceItem(
        key=told["key"], department=department, main_item=told["name"], sub_item=told["name"], kind=told["kind"]
    )


def _version(item: ServiceItem, told: Tree, units: dict[str, Department]) -> ItemVersion:
    demo = told["demo"]
    statutory = told["statutory"] or {"limit": None, "unit": ""}
    version = ItemVersion(
        item=item,
        number=1,
        name=told["name"],
        initials=initials(told["name"]),
        sort_key=sort_key(told["name"]),
        task_code=demo["task_code"],
        case_kind=demo["case_kind"],
        promised_limit=demo["promised_workdays"],
        statutory_limit=statutory["limit"],
        statutory_unit=statutory["unit"],
        clock_starts_on_receipt=told.get("clock_starts_on") == "receipt",
        legal_basis=demo.get("legal_basis", told["legal_basis"]),
    )
    if "guide" in demo:
        _tell(version, demo["guide"])
        version.regulator = units.get(demo["guide"].get("regulator"))
    return version


def _tell(version: ItemVersion, guide: Tree) -> None:
    """What the guide says beyond the list. Its phones are those of the unit."""
    unit = version.item.department
    version.serves = guide["serves"]
    version.is_online = guide["is_online"]
    version.online_depth = guide["online_depth"]
    version.visits = guide["visits"]
    version.visit_reason = guide.get("visit_reason", "")
    version.express = guide["express"]
    version.accepts_with_gaps = guide["accepts_with_gaps"]
    version.gap_margin_workdays = guide.get("gap_margin_workdays", 0)
    version.gap_outcome = guide.get("gap_outcome", "")
    version.accepts_declaration = guide.get("accepts_declaration", False)
    version.post_check_workdays = guide.get("post_check_workdays")
    version.correction_days = guide.get("correction_days")
    version.pauses_promise_for = guide.get("pauses_promise_for", [])
    version.needs_two_verifiers = guide.get("needs_two_verifiers", False)
    version.is_handled_jointly = guide.get("is_handled_jointly", False)
    version.is_decided_above = guide.get("is_decided_above", False)
    version.is_devolved = guide.get("is_devolved", False)
    version.result_name = guide["result"]["name"]
    version.closing_form = guide["result"]["closing"]
    version.consult_phone = unit.consult_phone
    version.complaint_phone = unit.complaint_phone


def _write_parts(pairs: list[tuple[ItemVersion, Tree]]) -> None:
    """Materials, steps, charges and questions of all guides, one statement a table."""
    parts: dict[type[models.Model], list[models.Model]] = {
        MaterialRequirement: [
            MaterialRequirement(version=version, seq=seq, basis=guide["materials_basis"], **row)
            for version, guide in pairs
            for seq, row in enumerate(guide["materials"], start=1)
        ],
        ProcedureStep: [
            ProcedureStep(version=version, order=order, **row)
            for version, guide in pairs
            for order, row in enumerate(guide["steps"], start=1)
        ],
        Fee: [Fee(version=version, **row) for version, guide in pairs for row in guide.get("fees", ())],
        Faq: [Faq(version=version, **row) for version, guide in pairs for row in guide["faq"]],
    }
    for model, rows in parts.items():
        model._default_manager.bulk_create(rows)

"""Replay: no column of what it covers may be changed behind the records' back, but for those that are named here with a reason (T55)."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.postgres.fields import ArrayField, DateRangeField, DateTimeRangeField
from django.db import connection, models

from authorization.models import Letter, LetterLine
from catalog.models import Faq, Fee, ItemVersion, MaterialRequirement, ProcedureStep
from hall import replay
from hall.actions import first_contact
from hall.models import (
    Act,
    Applicant,
    Case,
    CaseMaterial,
    CourierShipment,
    Decision,
    Defect,
    Delivery,
    FirstContact,
    IdempotentAnswer,
    JointOpinion,
    RegulatorNotice,
    StaffSession,
)
from hall.replay.configuration import MODELS
from supervision import models as supervision
from supervision import moment, papers
from supervision.models import Clock, ClockPause, Paper, PaperFile, Receipt
from supervision.sealing.findings import Finding
from supervision.sealing.signers import FileSigner, publish
from tests import builders
from tests.sealing_office import administrator

Model = type[models.Model]
OF_CASES = (
    *(
        Case,
        Applicant,
        Act,
        CaseMaterial,
        Defect,
        JointOpinion,
        Decision,
        Delivery,
        CourierShipment,
        RegulatorNotice,
    ),
    *(Clock, ClockPause, Paper, PaperFile, Receipt),
)
OF_VERSIONS = (ItemVersion, MaterialRequirement, ProcedureStep, Fee, Faq)
COVERED: dict[Model, Callable[[], Iterable[Finding]]] = {
    **dict.fromkeys(OF_CASES, replay.compare_cases),
    **dict.fromkeys((Letter, LetterLine), replay.compare_letters),
    **dict.fromkeys(OF_VERSIONS, replay.compare_versions),
    FirstContact: replay.compare_first_contacts,
}

NAMES_THE_ROW = "names the row and nothing else: what points to it is compared by the row that it points to"
ALONE: dict[tuple[Model, str], str] = {
    (Act, "id"): NAMES_THE_ROW,
    (CaseMaterial, "id"): NAMES_THE_ROW,
    (Clock, "id"): NAMES_THE_ROW,
    (ClockPause, "id"): NAMES_THE_ROW,
    (CourierShipment, "id"): NAMES_THE_ROW,
    (Defect, "id"): NAMES_THE_ROW,
    (JointOpinion, "id"): NAMES_THE_ROW,
    (Decision, "id"): NAMES_THE_ROW,
    (Delivery, "id"): NAMES_THE_ROW,
    (Receipt, "id"): NAMES_THE_ROW,
    (RegulatorNotice, "id"): NAMES_THE_ROW,
}

# What a delivered case has no such row of, by the verb that leaves or completes one.
BESIDE: dict[Model, tuple[str, ...]] = {
    ClockPause: ("resume",),
    CourierShipment: ("confirm_courier",),
    Defect: ("request_corrections",),
    JointOpinion: ("give_opinion",),
    Clock: ("resume",),
}

# Of a draft nothing is on record: nothing comes of it.
PUBLISHED = "status = 'published'"
OF_PUBLISHED = f"version_id IN (SELECT id FROM catalog_itemversion WHERE {PUBLISHED})"
STOOD_STILL = "pauses <> '{}'"
ROWS: dict[Model, str] = {Clock: STOOD_STILL, ItemVersion: PUBLISHED, **dict.fromkeys(OF_VERSIONS[1:], OF_PUBLISHED)}

# Tables that replay does not cover, and why.
OTHERS: dict[Model, str] = {
    supervision.Record: "what is compared with; the sealed log proves it",
    **dict.fromkeys((supervision.Leaf, supervision.Node, supervision.Head), "the sealed log itself, read by the verifier"),
    **dict.fromkeys((supervision.Subscription, supervision.ParkedRecord), "cursors: how far a reader has come"),
    supervision.EfficiencyDay: "roll-ups that are rebuilt from the log at any time",
    supervision.Clearance: "whether the log is open; the sealer compares before it opens it",
    supervision.LogCheck: "what checks have found; the fence lets no finding be changed",
    **dict.fromkeys((supervision.Counter, supervision.NumberEpoch), "numbers given; each head carries their marks"),
    supervision.Workday: "ordinals of days, which the database itself derives from the calendar",
    supervision.Milestone: "claims: what the sweep has announced; each has its record, and the fence lets no row be changed",
    supervision.SweepMark: "a cursor: how far the sweep of milestones has come",
    supervision.RuleBook: "a revision by which processes forget what they kept",
    StaffSession: "who is signed in now",
    IdempotentAnswer: "what a program was answered, sealed; the case it tells of is compared",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _receipt_keys_are_published(settings: Any, tmp_path: Path) -> None:
    settings.PUBLIC_KEYS_FILE = tmp_path / "public_keys.json"
    publish(settings.PUBLIC_KEYS_FILE, "receipt", FileSigner(settings.RECEIPT_KEY_FILE))


def test_every_table_is_covered_or_named():
    ours = {model for name in ("supervision", "catalog", "authorization", "hall") for model in apps.get_app_config(name).get_models(include_auto_created=True)}  # fmt: skip
    assert {model.__name__ for model in ours - {*COVERED, *MODELS, *OTHERS}} <= {"Person_groups"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.ids("T55", "T49")
@pytest.mark.parametrize("model", COVERED, ids=lambda model: model.__name__)
def test_no_column_can_be_changed_unseen(model: Model) -> None:
    """T49: by whoever owns the machine, one column after the other, of one row that is in order before and after."""
    builders.make_submitted_case()
    for verb in BESIDE.get(model, ()):
        builders.act(verb, builders.make_case_for(verb))
    builders.make_delivered_case(applicant=builders.make_applicant(contact_name="莫子荣", contact_id_number="440823199003072212"))  # fmt: skip
    if model is FirstContact:
        asked = builders.make_first_contact()
        first_contact.hand_on(asked.id, staff=builders.make_clerk(), now=moment.now(), to="zhouminyi", reason="下班")
        first_contact.close(asked.id, staff=builders.make_clerk("zhouminyi"), now=moment.now(), answer="提前三十日")
    if model is PaperFile:
        papers.print_pending(now=moment.now())
    compare, unseen = COVERED[model], set()
    _drop_constraints(model)
    assert [finding.sentence for finding in compare()] == []
    for field in model._meta.concrete_fields:
        with changed(model, field):
            if not any(finding.reason == "stored_differs" for finding in compare()):
                unseen.add(field.name)
    assert unseen - {name for of, name in ALONE if of is model} == set()
    assert [finding.sentence for finding in compare()] == []


def _drop_constraints(model: Model) -> None:
    with administrator() as cursor:
        asked = "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('u', 'c', 'x')"
        cursor.execute(asked, [model._meta.db_table])
        for (name,) in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {model._meta.db_table} DROP CONSTRAINT {name}")


@contextmanager
def changed(model: Model, field: Any) -> Iterator[None]:
    """One column of the row that was written last, as it can be changed when all fences are down; afterwards as it was."""
    table, column, pk = model._meta.db_table, field.column, model._meta.pk.column
    with administrator() as cursor:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        rows = f"{table} WHERE {ROWS.get(model, 'true')} ORDER BY {pk} DESC LIMIT 1"
        cursor.execute(f'SELECT ctid::text, "{column}"::text FROM {rows}')
        (place, before), kind = cursor.fetchone(), field.db_type(connection)
        cursor.execute(f'UPDATE {table} SET "{column}" = {other(field)} WHERE ctid = %s RETURNING ctid::text', [place])
        (place,) = cursor.fetchone()
    yield
    with administrator() as cursor:
        cursor.execute(f'UPDATE {table} SET "{column}" = %s::{kind} WHERE ctid = %s', [before, place])


def other(field: Any) -> str:
    """Another value of the same type, as SQL says it."""
    name = f'"{field.column}"'
    if isinstance(field, models.ForeignKey) and not field.unique:
        target = field.remote_field.model._meta.db_table
        return f"COALESCE((SELECT id FROM {target} WHERE id IS DISTINCT FROM {name} LIMIT 1), gen_random_uuid())"
    kinds: list[tuple[Any, str]] = [
        ((models.ForeignKey, models.UUIDField), "gen_random_uuid()"),
        (models.BooleanField, f"NOT {name}"),
        (ArrayField, f"{name} || '{{2026-01-01}}'"),
        (DateRangeField, "'[1999-01-01,1999-02-01)'"),
        (DateTimeRangeField, "'[1999-01-01,1999-02-01)'"),
        (models.DateTimeField, f"COALESCE({name}, '2026-01-01') + interval '1 hour'"),
        (models.DateField, f"COALESCE({name}, '2026-01-01') + 1"),
        (models.BinaryField, f"{name} || '\\x00'"),
        (models.JSONField, "'{}'"),
        (models.IntegerField, f"COALESCE({name}, 0) + 1"),
        ((models.CharField, models.TextField), f"'x' || substr({name}, 2)"),
    ]
    return next(sql for kind, sql in kinds if isinstance(field, kind))

"""Acts on the catalog. One function per verb; each writes its record in the same transaction."""

from datetime import date, datetime

from django.db import transaction

from catalog.models import ItemVersion, VersionStatus
from catalog.uniformity import Content, lacks
from supervision import log
from supervision.refusals import Refusal, Refused
from supervision.writing import Change, write


def publish(version: ItemVersion, *, actor: log.Actor, now: datetime, effective_on: date) -> ItemVersion:
    """Put a draft in use from a day on; from then on nothing of it changes (design decision 3, D5, D82).

    Refused: `version_not_draft`, `version_incomplete` (with what it lacks).
    """
    with transaction.atomic():
        version = (
            ItemVersion.objects.select_for_update(of=("self",)).select_related("item__department").get(pk=version.pk)
        )
        if version.status != VersionStatus.DRAFT:
            raise Refused(Refusal("version_not_draft", "这个版本已经发布，内容不能再改。", ("D5",), "请另拟新版本。"))
        missing = lacks(content_of(version))
        if missing:
            raise Refused(
                Refusal("version_incomplete", f"还不能发布，缺：{'、'.join(missing)}。", ("G16",), "请补全后再发布。")
            )
        made = log.entry(
            "publish",
            log.Subject("catalog_itemversion", version.id, version.record_seq),
            actor=actor,
            now=now,
            unit=version.item.department.number,
            from_state=version.status,
            to_state=VersionStatus.PUBLISHED,
            facts={"item": version.item.key, "number": version.number, "effective_on": effective_on},
        )
        version.status = VersionStatus.PUBLISHED
        version.valid_during = (effective_on, None)
        version.record_seq += 1
        write(made.record, Change(version, ("status", "valid_during", "record_seq")))
    return version


def draft(version: ItemVersion, *, actor: log.Actor, now: datetime) -> ItemVersion:
    """Write a new draft version with its first record; parts are added to it afterwards."""
    made = log.entry(
        "draft",
        log.Subject("catalog_itemversion", version.id),
        actor=actor,
        now=now,
        unit=version.item.department.number,
        to_state=VersionStatus.DRAFT,
        facts={"item": version.item.key, "number": version.number, "name": version.name},
    )
    version.record_seq = 1
    with transaction.atomic():
        write(made.record, version)
    return version


def content_of(version: ItemVersion) -> Content:
    """What `uniformity` judges, read from a version and its parts."""
    return Content(
        materials=version.materials.count(),
        steps=version.steps.count(),
        serves=len(version.serves),
        legal_basis=len(version.legal_basis),
        task_code=version.task_code,
        result_name=version.result_name,
        closing_form=version.closing_form,
        consult_phone=version.consult_phone,
        complaint_phone=version.complaint_phone,
        visits=version.visits,
    )

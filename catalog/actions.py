"""Acts on the catalog. One function per verb; each writes its record in the same transaction."""

from datetime import date, datetime

from django.db import models, transaction

from catalog import queries
from catalog.models import ItemVersion, VersionStatus
from catalog.uniformity import Content, lacks
from supervision import log
from supervision.refusals import Refusal, Refused
from supervision.writing import Change, write


def publish(version: ItemVersion, *, actor: log.Actor, now: datetime, effective_on: date) -> ItemVersion:
    """Put a draft in use from a day on; from then on nothing of it changes (design decision 3, D5, D82).

    The version in use ends the day before; one that began on the same day keeps the empty period. Refused:
    `version_not_draft`, `version_incomplete` (with what it lacks), `gap_margin`, `version_follows` when a later one is published already.
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
        _require_margin(version)
        live = _live(version, effective_on)
        facts = {"effective_on": effective_on, "content": queries.content_digests([version])[version.id]}
        made = _entry("publish", version, actor, now, facts)
        version.status, version.valid_during = VersionStatus.PUBLISHED, (effective_on, None)
        version.record_seq += 1
        parts: list[models.Model | Change] = [made.record, Change(version, ("status", "valid_during", "record_seq"))]
        if live is not None:
            ended = _entry("end", live, actor, now, {"before": effective_on, "followed_by": version.number})
            live.valid_during = (live.valid_during.lower, effective_on)
            live.record_seq += 1
            parts += [ended.record, Change(live, ("valid_during", "record_seq"))]
        write(*parts)
    return version


def _require_margin(version: ItemVersion) -> None:
    """A margin that leaves no day for the supplement can't be carried out, so it is refused here and not at the counter."""
    margin, promise = version.gap_margin_workdays, version.promised_limit
    if version.accepts_with_gaps and margin and margin >= promise:
        sentence = f"容缺材料要在承诺办结日前 {margin} 个工作日补齐，承诺时限只有 {promise} 个工作日，没有时间补交。"
        raise Refused(Refusal("gap_margin", sentence, ("L37", "D89"), "请把提前的天数改小，或不允许容缺。"))


def _live(version: ItemVersion, day: date) -> ItemVersion | None:
    """The version of the same item in use on that day, locked."""
    published = ItemVersion.objects.filter(item=version.item_id, status=VersionStatus.PUBLISHED)
    if published.filter(valid_during__startswith__gt=day).exists():
        raise Refused(
            Refusal("version_follows", "这一天之后已有发布的版本。", ("D82",), "请改生效日期，或先停用后面的版本。")
        )
    return (
        published.filter(valid_during__contains=day)
        .select_for_update(of=("self",))
        .select_related("item__department")
        .first()
    )


def _entry(verb: str, version: ItemVersion, actor: log.Actor, now: datetime, facts: dict[str, object]) -> log.Entry:
    return log.entry(
        verb,
        log.subject_of(version),
        actor=actor,
        now=now,
        unit=version.item.department.number,
        from_state=version.status,
        to_state=VersionStatus.PUBLISHED,
        facts={"item": version.item.key, "number": version.number, **facts},
    )


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

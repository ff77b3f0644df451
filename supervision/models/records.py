"""Lines of evidence, and the cursors of those who read them."""

from django.db import models

from .base import DataClasses, classify


class Record(models.Model):
    """One act, refusal or read, written in the transaction of its effect and never changed (D41; T46-T51).

    A record belongs to a subject (table, id). Acts on a guarded subject carry `seq` 1, 2, 3 … given under the subject's lock;
    sign-ins, refusals and reads have none. `body` is the canonical text that is hashed; the columns beside it repeat what the
    database guard and the roll-ups need. The table also has `xid`, the writing transaction, set by the database alone.
    """

    data_class: DataClasses = classify(
        internal="id subject_table subject_id seq kind to_state unit occurred_at schema_version hash_algorithm body",
    )

    id = models.BigAutoField("记录号", primary_key=True)
    subject_table = models.TextField("对象表")
    subject_id = models.UUIDField("对象")
    seq = models.IntegerField("对象内序号", null=True)
    kind = models.TextField("行为")
    to_state = models.TextField("行为后状态", default="")
    unit = models.TextField("单位编号", default="")
    occurred_at = models.DateTimeField("发生时间")
    schema_version = models.SmallIntegerField("格式版本", default=1)
    hash_algorithm = models.TextField("杂凑算法", default="sha256")
    body = models.BinaryField("规范文本")

    class Meta:
        verbose_name = "监察记录"
        constraints = [
            models.UniqueConstraint(
                fields=["subject_table", "subject_id", "seq"],
                name="record_subject_seq",
                violation_error_message="同一对象的记录序号不能重复。",
            )
        ]


class Subscription(models.Model):
    """How far a consumer has read the sealed log; moved in the transaction of its effect, so nothing is lost or done twice."""

    data_class: DataClasses = classify(internal="name cursor")

    name = models.TextField("订阅", primary_key=True)
    cursor = models.BigIntegerField("下一位次", default=0)

    class Meta:
        verbose_name = "订阅"


class ParkedRecord(models.Model):
    """A sealed record that its consumer could not take yet: it failed too often, or waits for an earlier one of its subject."""

    data_class: DataClasses = classify(
        internal="id subscription index subject_table subject_id seq attempts fault parked_at"
    )

    id = models.BigAutoField("标识", primary_key=True)
    subscription = models.ForeignKey(Subscription, models.PROTECT, verbose_name="订阅")
    index = models.BigIntegerField("位次")
    subject_table = models.TextField("对象表")
    subject_id = models.UUIDField("对象")
    seq = models.IntegerField("对象内序号", null=True)
    attempts = models.PositiveSmallIntegerField("已试次数", default=0)
    fault = models.TextField("原因", default="")
    parked_at = models.DateTimeField("搁置时间")

    class Meta:
        verbose_name = "搁置的记录"
        constraints = [
            models.UniqueConstraint(
                fields=["subscription", "index"],
                name="parked_once_a_subscription",
                violation_error_message="同一订阅的同一条记录只搁置一次。",
            )
        ]
        indexes = [models.Index(fields=["subscription", "subject_id"], name="parked_of_subject")]

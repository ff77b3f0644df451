"""The sealed log: leaves, nodes, signed heads, receipts, and whether the log may be written at all (T46-T56, T68, T69)."""

from django.db import models
from django.db.models import Q

from .base import DataClasses, Row, classify


class Leaf(models.Model):
    """A sealed record and its place in the tree. Its hashes are taken from the record's exact bytes (RFC 9162).

    No foreign key: sealing must not lock records, and nothing cascades into the log.
    """

    data_class: DataClasses = classify(internal="index record_id sha256 sm3")

    index = models.BigIntegerField("位次", primary_key=True)
    record_id = models.BigIntegerField("记录号", unique=True)
    sha256 = models.BinaryField("SHA-256 杂凑值")
    sm3 = models.BinaryField("SM3 杂凑值")

    class Meta:
        verbose_name = "已签封的记录"


class Node(models.Model):
    """The hash of a complete subtree of 2^level leaves. Lower levels are computed from the leaves when somebody asks."""

    LOWEST = 8

    data_class: DataClasses = classify(internal="level index sha256 sm3")

    pk = models.CompositePrimaryKey("level", "index")
    level = models.SmallIntegerField("层")
    index = models.BigIntegerField("位次")
    sha256 = models.BinaryField("SHA-256 杂凑值")
    sm3 = models.BinaryField("SM3 杂凑值")

    class Meta:
        verbose_name = "子树"


class Head(models.Model):
    """A signed tree head (存证头): `text` is what was signed, byte for byte; the columns serve the sealer alone.

    `xid_to` is the end of the window of transactions that was sealed, `system` the database cluster in which that number counts.
    """

    data_class: DataClasses = classify(public="size epoch text signature key sealed_at", internal="xid_to system")

    size = models.BigIntegerField("条数", primary_key=True)
    epoch = models.IntegerField("纪元")
    text = models.TextField("签封原文")
    signature = models.BinaryField("签名")
    key = models.TextField("密钥")
    sealed_at = models.DateTimeField("签封时间")
    xid_to = models.BigIntegerField("已签封至事务号")
    system = models.BigIntegerField("数据库簇")

    class Meta:
        verbose_name = "存证头"


class Clearance(models.Model):
    """One row: for which start of the database server the log was compared with its published heads and opened.

    After a restart or a restore it no longer fits, and nothing can be recorded until the sealer has compared again (T68); nor can
    anything once a record has waited ten minutes for its seal (`sealed_until`), so that what a restore may lose has a bound.
    `rehearsal`: business time comes from a file, so records may be dated ahead of the machine's clock.
    """

    data_class: DataClasses = classify(
        internal="id server_started database relation rehearsal reason beat_at sealed_until"
    )

    id = models.SmallIntegerField("标识", primary_key=True, default=1)
    server_started = models.DateTimeField("数据库启动时间", null=True)
    database = models.BigIntegerField("数据库", null=True)
    relation = models.BigIntegerField("记录表", null=True)
    rehearsal = models.BooleanField("演练", default=False)
    reason = models.TextField("未开放的原因", default="not_compared")
    beat_at = models.DateTimeField("签封程序最近一次报到", null=True)
    sealed_until = models.DateTimeField("此前的记录都已签封", null=True)

    class Meta:
        verbose_name = "记录开放状态"
        constraints = [
            models.CheckConstraint(
                condition=Q(id=1), name="clearance_single", violation_error_message="记录开放状态只有一行。"
            )
        ]


class Receipt(Row):
    """A signed proof that a record exists (收件回执), given before it is sealed: it alone proves an omission (T56)."""

    data_class: DataClasses = classify(internal="id subject_table subject_id label text signature record_seq")

    subject_table = models.TextField("对象表")
    subject_id = models.UUIDField("对象")
    label = models.TextField("编号")
    text = models.TextField("回执原文")
    signature = models.BinaryField("签名")
    record_seq = models.IntegerField("记录序号")

    class Meta:
        verbose_name = "收件回执"
        constraints = [
            models.UniqueConstraint(
                fields=["subject_table", "subject_id", "record_seq"],
                name="receipt_once_a_record",
                violation_error_message="一条记录只有一张回执。",
            )
        ]


class LogCheck(Row):
    """One check of the log, by the night or by hand: what was read, what was found, in words for the supervision office."""

    data_class: DataClasses = classify(
        internal="id kind asked_by asked_at started_at ended_at size done findings night"
    )

    kind = models.TextField("类别", choices=[("nightly", "每夜自动"), ("asked", "人工")])
    asked_by = models.TextField("谁")
    asked_at = models.DateTimeField("提出时间")
    started_at = models.DateTimeField("开始时间", null=True)
    ended_at = models.DateTimeField("结束时间", null=True)
    size = models.BigIntegerField("条数", default=0)
    done = models.BigIntegerField("已核验", default=0)
    findings = models.JSONField("发现", default=list)
    night = models.DateField("哪一夜", null=True, unique=True, error_messages={"unique": "这一夜已经核验过。"})

    class Meta:
        verbose_name = "记录核验"

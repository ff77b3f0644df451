"""The register of official papers, the counters of all numbers, and the bytes of what was printed."""

from django.db import models
from django.db.models import Q

from .base import DataClasses, Row, classify


class Counter(models.Model):
    """The last number given in a series; raised in the transaction that uses it, so a rollback leaves no gap (T59)."""

    data_class: DataClasses = classify(internal="series value")

    series = models.TextField("系列", primary_key=True)
    value = models.BigIntegerField("已用至")

    class Meta:
        verbose_name = "编号计数"


class NumberEpoch(models.Model):
    """Which life of the database gives case numbers; a restore adds a row, so that no number comes twice (T68)."""

    data_class: DataClasses = classify(internal="epoch reason")

    epoch = models.PositiveSmallIntegerField("编号纪元", primary_key=True)
    reason = models.TextField("起用原因")

    class Meta:
        verbose_name = "编号纪元"
        constraints = [
            models.CheckConstraint(
                condition=Q(epoch__gte=1, epoch__lte=9),
                name="number_epoch_one_digit",
                violation_error_message="编号纪元是 1 至 9 的一位数字。",
            )
        ]


class PaperKind(models.TextChoices):
    RECEIPT_SLIP = "receipt_slip", "收件凭证"
    TRANSFER_SLIP = "transfer_slip", "物料流转凭证"
    ACCEPTANCE_NOTICE = "acceptance_notice", "受理通知书"
    CORRECTION_NOTICE = "correction_notice", "补正告知书"
    CORRECTION_SLIP = "correction_slip", "补正材料接收凭证"
    DECLINE_NOTICE = "decline_notice", "不予受理通知书"
    NOT_REQUIRED_NOTICE = "not_required_notice", "无需许可告知书"
    GAP_NOTICE = "gap_notice", "容缺受理通知书"
    GAP_PROMISE = "gap_promise", "容缺受理承诺书"
    GAP_SLIP = "gap_slip", "容缺材料接收凭证"
    DECLARATION_PROMISE = "declaration_promise", "告知承诺书"
    OPINION_REQUEST = "opinion_request", "征求意见函"
    SPECIAL_NOTICE = "special_notice", "特别程序告知书"
    EXTENSION_NOTICE = "extension_notice", "延长办理期限通知书"
    PAYMENT_NOTICE = "payment_notice", "缴费通知书"
    DECISION = "decision", "准予决定书"
    REFUSAL = "refusal", "不予许可决定书"
    END_NOTICE = "end_notice", "终止办理告知书"
    CERTIFICATE = "certificate", "证照"
    DELIVERY_RECEIPT = "delivery_receipt", "送达回证"
    RECTIFICATION_ORDER = "rectification_order", "责令限期改正通知书"
    REVOCATION = "revocation", "撤销决定书"


class Paper(Row):
    """An official paper as the verb registered it: number, sealed facts, their hash, the check code of its QR (design decision 11).

    The row never changes. The worker adds a `PaperFile` with its own record when it has printed the facts.
    """

    data_class: DataClasses = classify(
        public="kind title number unit issued_at check_code template_version",
        internal="id subject_table subject_id label facts_hash record_seq",
        sensitive="facts file_key",
    )

    kind = models.TextField("文书", choices=PaperKind.choices)
    title = models.TextField("名称")
    number = models.TextField("文号")
    unit = models.TextField("单位编号")
    issued_at = models.DateTimeField("制发时间")
    check_code = models.TextField("核验码", unique=True, error_messages={"unique": "核验码重复。"})
    template_version = models.SmallIntegerField("版式版本", default=1)
    subject_table = models.TextField("对象表")
    subject_id = models.UUIDField("对象")
    label = models.TextField("编号")
    facts = models.BinaryField("内容（密文）")
    facts_hash = models.TextField("内容杂凑")
    file_key = models.JSONField("文件密钥（密文）")
    record_seq = models.IntegerField("记录序号")

    class Meta:
        verbose_name = "文书"
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "number"], name="paper_number_once", violation_error_message="同类文书的文号不能重复。"
            )
        ]
        indexes = [models.Index(fields=["subject_table", "subject_id"], name="paper_of_subject")]


class PaperFile(models.Model):
    """The printed bytes, encrypted under the paper's own key: erasing the key erases the paper, the register and hash stay."""

    data_class: DataClasses = classify(internal="paper rendered_at pdf_hash record_seq", sensitive="data")

    paper = models.OneToOneField(Paper, models.PROTECT, primary_key=True, related_name="file", verbose_name="文书")
    rendered_at = models.DateTimeField("制成时间")
    pdf_hash = models.TextField("文件杂凑")
    data = models.BinaryField("文件（密文）")
    record_seq = models.IntegerField("记录序号", default=1)

    class Meta:
        verbose_name = "文书文件"

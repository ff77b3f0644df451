"""A case: who applies, for what, on which version, how far it has come, and each act that moved it."""

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from authorization.models import LetterLine, Person, Post
from catalog.models import Department, ItemVersion, MaterialRequirement, Necessity, ServiceItem
from hall.materials import MaterialStatus
from hall.states import OPEN_STATES, WITHOUT_LINE, CaseState
from supervision.models import Clock, Row, classify

from .windows import Window


class ApplicantKind(models.TextChoices):
    NATURAL_PERSON = "natural_person", "个人"
    ENTERPRISE = "enterprise", "企业"
    OTHER_ORGANISATION = "other_organisation", "其他组织"


class Applicant(Row):
    """Who applies in one case. Numbers, phone and address are sealed and bound to this row; erasing the row erases them (PIPL 47).

    `id_number` holds the resident ID number of a person or the credit code of a body; `id_number_index` finds it exactly. To whom the
    result goes by post is asked for where it shall come so, and stored for no other way.
    """

    data_class = classify(
        internal="id kind id_number_index",
        personal="name contact_name",
        sensitive="id_number phone address contact_id_number postal_recipient postal_phone postal_address",
    )

    kind = models.TextField("申请人类别", choices=ApplicantKind.choices)
    name = models.CharField("申请人", max_length=200)
    id_number = models.JSONField("证件号码（密文）")
    id_number_index = models.CharField("证件号码检索值", max_length=64, db_index=True)
    phone = models.JSONField("手机（密文）")
    address = models.JSONField("地址（密文）", null=True)
    contact_name = models.CharField("经办人", max_length=100, blank=True)
    contact_id_number = models.JSONField("经办人证件号码（密文）", null=True)
    postal_recipient = models.JSONField("收件人（密文）", null=True)
    postal_phone = models.JSONField("收件电话（密文）", null=True)
    postal_address = models.JSONField("收件地址（密文）", null=True)

    class Meta:
        verbose_name = "申请人"
        indexes = [GinIndex(fields=["name"], name="applicant_name_words", opclasses=["gin_trgm_ops"])]


class Channel(models.TextChoices):
    HALL = "hall", "大厅窗口"
    ONLINE = "online", "网上"


class DeliveryWay(models.TextChoices):
    COUNTER = "counter", "窗口领取"
    COURIER = "courier", "邮寄"
    ELECTRONIC = "electronic", "电子送达"


class ConclusionKind(models.TextChoices):
    """How a case ended, in the seven kinds of the provincial exchange (BJJGDM 0-6, domain 4.1)."""

    CERTIFICATE_ISSUED = "certificate_issued", "出证办结"
    RETURNED = "returned", "退回办结"
    VOIDED = "voided", "作废办结"
    DELETED = "deleted", "删除办结"
    FORWARDED_UP = "forwarded_up", "转报办结"
    CORRECTION_LAPSED = "correction_lapsed", "补正不来办结"
    CONCLUDED = "concluded", "办结"


class DeclarationState(models.TextChoices):
    """告知承诺: promised, and what the later check found (国办发〔2020〕42号; domain 3.5).

    What is untrue was ordered to be put right, and is then corrected or revoked. Before there were orders a check that found it untrue
    said revoked at once, though nothing was revoked yet: the case itself then does not stand as revoked.
    """

    PROMISED = "promised", "已承诺，待核查"
    FULFILLED = "fulfilled", "承诺属实"
    CORRECTED = "corrected", "整改后属实"
    REVOKED = "revoked", "承诺不实，撤销决定"
    UNTRUE = "untrue", "承诺不实，责令限期改正"


class Case(Row):
    """An application on its way. Changed only by verbs, each with its record; never deleted (design decision 6).

    `number`: unit 3, day 8, epoch 1, serial 5, check 1. `opened_at` orders lists. The query code is sealed; its index opens
    the progress page. The clocks stand in the supervision room; the two that everybody asks for are pointed to.
    `corrected_at` is the instant at which all corrections were in; `deemed` says that acceptance came by law (L10); `ended_at`
    is the end of a case that was not concluded in the ordinary way, or since when what it granted is revoked.
    """

    data_class = classify(
        public="number channel state department item version opened_at received_at accepted_at decided_at concluded_at "
        "delivered_at corrected_at ended_at gaps_open deemed declaration conclusion",
        internal="id provincial_number window delivery_way handler source_system source_number promised statutory "
        "record_seq record_digest",
        personal="applicant",
        sensitive="query_code query_code_index",
    )

    number = models.CharField("办件编号", max_length=18, unique=True, error_messages={"unique": "办件编号重复。"})
    provincial_number = models.CharField("省申办流水号", max_length=50, blank=True)
    channel = models.TextField("渠道", choices=Channel.choices)
    state = models.TextField("状态", choices=CaseState.choices)
    department = models.ForeignKey(Department, models.PROTECT, related_name="+", verbose_name="实施单位")
    item = models.ForeignKey(ServiceItem, models.PROTECT, related_name="+", verbose_name="事项")
    version = models.ForeignKey(ItemVersion, models.PROTECT, related_name="+", verbose_name="事项版本")
    applicant = models.OneToOneField(Applicant, models.PROTECT, related_name="case", verbose_name="申请人")
    window = models.ForeignKey(Window, models.PROTECT, null=True, related_name="+", verbose_name="收件窗口")
    delivery_way = models.TextField("出件方式", choices=DeliveryWay.choices)
    handler = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", verbose_name="承办人")
    query_code = models.JSONField("查询码（密文）")
    query_code_index = models.CharField("查询码检索值", max_length=64)
    source_system = models.CharField("来源系统", max_length=60, blank=True)
    source_number = models.CharField("来源编号", max_length=100, blank=True)
    opened_at = models.DateTimeField("申办或收件时间")
    received_at = models.DateTimeField("收件时间", null=True)
    accepted_at = models.DateTimeField("受理时间", null=True)
    decided_at = models.DateTimeField("决定时间", null=True)
    concluded_at = models.DateTimeField("办结时间", null=True)
    delivered_at = models.DateTimeField("送达时间", null=True)
    corrected_at = models.DateTimeField("补正到齐时间", null=True)
    ended_at = models.DateTimeField("终止时间", null=True)
    gaps_open = models.BooleanField("容缺未补", default=False)
    deemed = models.BooleanField("视为受理", default=False)
    declaration = models.TextField("告知承诺", choices=DeclarationState.choices, blank=True)
    conclusion = models.TextField("办结结果", choices=ConclusionKind.choices, blank=True)
    promised = models.ForeignKey(Clock, models.PROTECT, null=True, related_name="+", verbose_name="承诺时钟")
    statutory = models.ForeignKey(Clock, models.PROTECT, null=True, related_name="+", verbose_name="法定时钟")
    record_seq = models.IntegerField("记录序号")
    record_digest = models.BinaryField("末条记录杂凑")

    class Meta:
        verbose_name = "办件"
        constraints = [
            models.UniqueConstraint(
                fields=["source_system", "source_number"],
                name="case_source_once",
                condition=~Q(source_number=""),
                violation_error_message="这个来源编号已经申办过。",
            ),
        ]
        indexes = [
            models.Index(
                fields=["department", "opened_at", "id"],
                name="case_open_of_unit",
                condition=Q(state__in=sorted(OPEN_STATES)),
            ),
            models.Index(fields=["opened_at", "id"], name="case_by_time"),
        ]

    def __str__(self) -> str:
        return self.number


class CaseMaterial(Row):
    """What was handed in for one required material: originals, copies and e-files are counted apart (G17)."""

    data_class = classify(internal="id case requirement originals copies electronic status record_seq")

    case = models.ForeignKey(Case, models.PROTECT, related_name="materials", verbose_name="办件")
    requirement = models.ForeignKey(MaterialRequirement, models.PROTECT, related_name="+", verbose_name="材料")
    originals = models.PositiveSmallIntegerField("原件份数")
    copies = models.PositiveSmallIntegerField("复印件份数")
    electronic = models.BooleanField("电子件")
    status = models.TextField("结论", choices=MaterialStatus.choices)
    record_seq = models.IntegerField("记录序号")

    class Meta:
        verbose_name = "已交材料"
        constraints = [
            models.UniqueConstraint(
                fields=["case", "requirement", "record_seq"],
                name="case_material_once",
                violation_error_message="同一材料一次只登记一行。",
            )
        ]

    @property
    def is_missing(self) -> bool:
        return self.status == MaterialStatus.MISSING and self.requirement.necessity != Necessity.OPTIONAL

    @property
    def is_gap(self) -> bool:
        """Missing, and it may follow later (容缺后补)."""
        return self.is_missing and self.requirement.necessity == Necessity.DEFERRABLE


class Act(Row):
    """One step of a case as somebody took it: who, in which post, by which letter line, with what opinion. Never changes."""

    data_class = classify(internal="id case verb at person post line window record_seq", personal="opinion")

    case = models.ForeignKey(Case, models.PROTECT, related_name="acts", verbose_name="办件")
    verb = models.TextField("动作")
    at = models.DateTimeField("时间")
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", verbose_name="人员")
    post = models.ForeignKey(Post, models.PROTECT, null=True, related_name="+", verbose_name="岗位")
    line = models.ForeignKey(LetterLine, models.PROTECT, null=True, related_name="+", verbose_name="授权依据")
    window = models.ForeignKey(Window, models.PROTECT, null=True, related_name="+", verbose_name="窗口")
    opinion = models.TextField("意见", blank=True)
    record_seq = models.IntegerField("记录序号")

    class Meta:
        verbose_name = "办理动作"
        constraints = [
            models.UniqueConstraint(
                fields=["case", "record_seq"],
                name="act_once_a_record",
                violation_error_message="一条记录只对应一个动作。",
            ),
            models.CheckConstraint(
                condition=Q(line__isnull=False) | Q(verb__in=sorted(WITHOUT_LINE)),
                name="act_needs_line",
                violation_error_message="没有授权依据的动作不能办理。",
            ),
        ]

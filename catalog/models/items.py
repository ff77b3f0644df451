"""Service items and their dated, immutable versions."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q

from catalog.codes import ItemKind
from supervision.clocks import Limit
from supervision.models import PauseGround, Row, classify
from supervision.workdays import TimeUnit

from .departments import Department


class CaseKind(models.TextChoices):
    IMMEDIATE = "immediate", "即办件"
    PROMISED = "promised", "承诺件"


class Necessity(models.TextChoices):
    REQUIRED = "required", "必要"
    OPTIONAL = "optional", "非必要"
    DEFERRABLE = "deferrable", "可容缺后补"


class MaterialSource(models.TextChoices):
    APPLICANT = "applicant", "申请人自备"
    GOVERNMENT = "government", "政府部门核发"
    INTERMEDIARY = "intermediary", "中介机构"
    OTHER = "other", "其他"


class ClosingForm(models.TextChoices):
    CERTIFICATE_ISSUED = "certificate_issued", "出证办结"
    PAPER_ISSUED = "paper_issued", "出文办结"
    APPROVAL_ISSUED = "approval_issued", "审批办结"
    CONCLUDED = "concluded", "办结"


class GapOutcome(models.TextChoices):
    """What comes of gaps that are not supplied in time (domain 3.4): of itself the application counts as withdrawn; or the unit is to
    refuse, since only a decision can.
    """

    WITHDRAWN = "withdrawn", "视为撤回"
    REFUSED = "refused", "不予许可"


class ExceptionGround(models.TextChoices):
    """Why an item is handled neither in the hall nor on the portal: the closed list of seed 000 二(四) (D34)."""

    LAW = "law", "法律法规另有规定"
    STATE_SECRET = "state_secret", "涉及国家秘密"
    COUNTY_APPROVAL = "county_approval", "经县政府批准"


class ServiceItem(Row):
    """A thing one may apply for: what letters and counts use (小项). Its content stands in versions.

    `hall_exception` keeps an item out of every window; empty for what is handled in the hall (D34).
    The permissions are what a post may ever touch (menus, first filter); the power to act comes from letter lines alone.
    """

    data_class = classify(public="key department main_item sub_item kind hall_exception", internal="id")
    later_fields = ("hall_exception",)

    key = models.CharField("事项号", max_length=12, unique=True)
    department = models.ForeignKey(Department, models.PROTECT, related_name="items", verbose_name="实施单位")
    main_item = models.CharField("大项", max_length=200)
    sub_item = models.CharField("小项", max_length=200)
    kind = models.TextField("事项类型", choices=ItemKind.choices)
    hall_exception = models.TextField("不进大厅的理由", choices=ExceptionGround.choices, blank=True, default="")

    class Meta:
        verbose_name = "事项"
        default_permissions = ()
        permissions = [
            ("receive", "收件"),
            ("acceptance", "受理"),
            ("review", "审核"),
            ("approval", "审批"),
            ("conclusion", "办结"),
            ("hand_out", "出件"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["department", "main_item", "sub_item"],
                name="item_once_in_unit",
                violation_error_message="同一单位不能有两个同名的大项和小项。",
            )
        ]

    def __str__(self) -> str:
        return self.sub_item


class VersionStatus(models.TextChoices):
    DRAFT = "draft", "草稿"
    PUBLISHED = "published", "在用"


class ItemVersion(Row):
    """What an item says from a day on. Once published it never changes (design decision 3); a case keeps its version.

    Limits: `promised_limit` in working days; `statutory_limit` with its own unit, missing where no law names one (G19).
    `correction_days` are natural days, the hall's own parameter where the item says nothing. `pauses_promise_for` are the
    grounds outside art. 45 for which the published guide lets the promise, and nothing else, stand still. Gaps are supplied at the
    latest `gap_margin_workdays` before the promise is due; what else comes of them says `gap_end`, "" being 视为撤回. `regulator` is
    the unit that supervises afterwards what was granted (监管部门); null where the deciding unit does (谁审批谁监管, D158).
    """

    data_class = classify(
        public="item number status valid_during name task_code case_kind promised_limit statutory_limit statutory_unit "
        "clock_starts_on_receipt legal_basis serves is_online online_depth visits visit_reason express accepts_with_gaps "
        "gap_margin_workdays gap_outcome accepts_declaration post_check_workdays correction_days pauses_promise_for needs_two_verifiers is_handled_jointly is_decided_above is_devolved "
        "regulator result_name closing_form consult_phone complaint_phone",
        internal="id initials sort_key record_seq",
    )

    item = models.ForeignKey(ServiceItem, models.PROTECT, related_name="versions", verbose_name="事项")
    number = models.PositiveSmallIntegerField("版本")
    status = models.TextField("状态", choices=VersionStatus.choices, default=VersionStatus.DRAFT)
    valid_during = DateRangeField("有效期", null=True)  # type: ignore[misc]
    name = models.CharField("事项名称", max_length=1000)
    initials = models.CharField("拼音首字母", max_length=1000)
    sort_key = models.CharField("排序键", max_length=3000)
    task_code = models.CharField("实施编码", max_length=36, blank=True)
    case_kind = models.TextField("办件类型", choices=CaseKind.choices)
    promised_limit = models.PositiveSmallIntegerField("承诺时限（工作日）")
    statutory_limit = models.PositiveSmallIntegerField("法定时限", null=True)
    statutory_unit = models.TextField("法定时限单位", choices=TimeUnit.choices, blank=True)
    clock_starts_on_receipt = models.BooleanField("自收件起算", default=False)
    legal_basis = ArrayField(models.TextField(), verbose_name="设定依据", default=list)
    serves = ArrayField(models.TextField(), verbose_name="服务对象", default=list)
    is_online = models.BooleanField("网上可办", default=False)
    online_depth = models.CharField("网办深度", max_length=4, blank=True)
    visits = models.PositiveSmallIntegerField("到现场次数", null=True)
    visit_reason = models.CharField("到现场原因", max_length=200, blank=True)
    express = models.BooleanField("支持寄递", default=False)
    accepts_with_gaps = models.BooleanField("可容缺", default=False)
    gap_margin_workdays = models.PositiveSmallIntegerField("容缺补交提前（工作日）", default=0)
    gap_outcome = models.TextField("容缺逾期未补的后果", choices=GapOutcome.choices, blank=True, default="")
    accepts_declaration = models.BooleanField("可告知承诺", default=False)
    post_check_workdays = models.PositiveSmallIntegerField("承诺核查期限（工作日）", null=True)
    correction_days = models.PositiveSmallIntegerField("补正期限（日）", null=True)
    pauses_promise_for = ArrayField(
        models.TextField(choices=PauseGround.choices), verbose_name="承诺停表事由", default=list
    )
    needs_two_verifiers = models.BooleanField("须两人核查", default=False)
    is_handled_jointly = models.BooleanField("统一、联合或集中办理", default=False)
    is_decided_above = models.BooleanField("上级决定", default=False)
    is_devolved = models.BooleanField("下放镇村", default=False)
    regulator = models.ForeignKey(Department, models.PROTECT, null=True, related_name="+", verbose_name="监管部门")
    result_name = models.CharField("结果名称", max_length=200, blank=True)
    closing_form = models.TextField("办结形式", choices=ClosingForm.choices, blank=True)
    consult_phone = models.CharField("咨询电话", max_length=20, blank=True)
    complaint_phone = models.CharField("投诉电话", max_length=20, blank=True)
    record_seq = models.IntegerField("记录序号", default=0)

    class Meta:
        verbose_name = "事项版本"
        constraints = [
            models.UniqueConstraint(
                fields=["item", "number"],
                name="version_number_once",
                violation_error_message="同一事项的版本号不能重复。",
            ),
            models.CheckConstraint(
                condition=Q(status="draft") | Q(valid_during__isnull=False),
                name="version_published_has_period",
                violation_error_message="发布的版本要有有效期。",
            ),
            ExclusionConstraint(
                name="version_periods_apart",
                expressions=[("item", RangeOperators.EQUAL), ("valid_during", RangeOperators.OVERLAPS)],
                condition=Q(status="published"),
                deferrable=models.Deferrable.DEFERRED,
                violation_error_message="同一事项的有效期不能重叠。",
            ),
        ]
        indexes = [models.Index(fields=["sort_key"], name="version_in_use", condition=Q(status="published"))]

    def __str__(self) -> str:
        return self.name

    @property
    def promise(self) -> Limit:
        """What the unit promises, as a limit (L33)."""
        return (
            Limit(0, TimeUnit.IMMEDIATE)
            if self.case_kind == CaseKind.IMMEDIATE
            else Limit(self.promised_limit, TimeUnit.WORKDAY)
        )

    @property
    def gap_end(self) -> GapOutcome:
        """What comes of gaps that are not supplied in time (安阳市政务服务条例 24 where the guide says nothing; L44)."""
        return GapOutcome(self.gap_outcome or GapOutcome.WITHDRAWN)

    @property
    def statute(self) -> Limit | None:
        """What the law sets; None where no law names a limit (G19)."""
        return None if self.statutory_limit is None else Limit(self.statutory_limit, self.statutory_unit)


class MaterialRequirement(Row):
    """A material that a version asks for. `master` is the shared definition by which duplicates are found."""

    data_class = classify(
        public="version seq master name necessity originals copies electronic source basis", internal="id"
    )

    version = models.ForeignKey(ItemVersion, models.PROTECT, related_name="materials", verbose_name="事项版本")
    seq = models.PositiveSmallIntegerField("序号")
    master = models.CharField("材料主数据", max_length=60)
    name = models.CharField("材料名称", max_length=1000)
    necessity = models.TextField("必要性", choices=Necessity.choices)
    originals = models.PositiveSmallIntegerField("原件份数", default=0)
    copies = models.PositiveSmallIntegerField("复印件份数", default=0)
    electronic = models.BooleanField("可交电子件", default=False)
    source = models.TextField("来源渠道", choices=MaterialSource.choices)
    basis = models.TextField("依据", blank=True)

    class Meta:
        verbose_name = "申请材料"
        ordering = ["seq"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "seq"], name="material_seq_once", violation_error_message="材料序号不能重复。"
            )
        ]

    @property
    def is_shared(self) -> bool:
        """Nothing that the government holds is asked of the citizen (L34, G16)."""
        return self.source == MaterialSource.GOVERNMENT


class StepHolder(models.TextChoices):
    SECTION = "section", "股室"
    LEADER_IN_CHARGE = "leader_in_charge", "分管领导"
    MAIN_LEADER = "main_leader", "主要领导"
    HAND_OUT_WINDOW = "hand_out_window", "出件窗口"


class ProcedureStep(Row):
    """A step of the procedure with its holder and its own limit in working days."""

    data_class = classify(public="version order name holder workdays", internal="id")

    version = models.ForeignKey(ItemVersion, models.PROTECT, related_name="steps", verbose_name="事项版本")
    order = models.PositiveSmallIntegerField("顺序")
    name = models.CharField("环节", max_length=40)
    holder = models.TextField("承办", choices=StepHolder.choices)
    workdays = models.PositiveSmallIntegerField("限时（工作日）")

    class Meta:
        verbose_name = "办理环节"
        ordering = ["order"]


class Fee(Row):
    """A charge with its basis; no fee without a law or administrative regulation (行政许可法 58)."""

    data_class = classify(public="version name standard basis online_pay can_be_reduced", internal="id")

    version = models.ForeignKey(ItemVersion, models.PROTECT, related_name="fees", verbose_name="事项版本")
    name = models.CharField("收费项目", max_length=200)
    standard = models.CharField("收费标准", max_length=200)
    basis = models.CharField("收费依据", max_length=400)
    online_pay = models.BooleanField("支持网上支付", default=False)
    can_be_reduced = models.BooleanField("可减免", default=False)

    class Meta:
        verbose_name = "收费"


class Faq(Row):
    """A frequent question of applicants with its answer (G12)."""

    data_class = classify(public="version question answer", internal="id")

    version = models.ForeignKey(ItemVersion, models.PROTECT, related_name="faqs", verbose_name="事项版本")
    question = models.CharField("问", max_length=400)
    answer = models.TextField("答")

    class Meta:
        verbose_name = "常见问题"

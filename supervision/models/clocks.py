"""The working calendar, the rules of nearness, and the clocks that run by them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from supervision.workdays import TimeUnit

from .base import DataClasses, Row, classify


class DayKind(models.TextChoices):
    OFF_DAY = "off_day", "休息日"
    MAKE_UP_WORKDAY = "make_up_workday", "调休上班日"


class CalendarYear(models.Model):
    """A year whose arrangement the State Council has published; days of other years are unknown, never assumed (L31)."""

    data_class: DataClasses = classify(public="year source")

    year = models.SmallIntegerField("年", primary_key=True)
    source = models.TextField("依据")

    class Meta:
        verbose_name = "已公布的年份"


class CalendarDay(models.Model):
    """A day that differs from Monday to Friday: a holiday, or a weekend day on which one works."""

    data_class: DataClasses = classify(public="day kind name")

    day = models.DateField("日期", primary_key=True)
    kind = models.TextField("类别", choices=DayKind.choices)
    name = models.TextField("节日")

    class Meta:
        verbose_name = "节假日与调休"


class CardLevel(models.TextChoices):
    WARNING = "warning", "预警"
    YELLOW = "yellow", "黄牌"
    RED = "red", "红牌"


class CardRule(Row):
    """A threshold that differs between places, from a day on (design decision 10). R1: near = remaining <= max(at_least, share %)."""

    data_class: DataClasses = classify(public="id code level share_percent at_least holds_from")

    code = models.TextField("规则")
    level = models.TextField("级别", choices=CardLevel.choices)
    share_percent = models.PositiveSmallIntegerField("剩余占比（%）")
    at_least = models.PositiveSmallIntegerField("至少剩余（工作日）")
    holds_from = models.DateField("起用日期")

    class Meta:
        verbose_name = "发牌规则"
        constraints = [
            models.UniqueConstraint(
                fields=["code", "holds_from"],
                name="card_rule_once_a_day",
                violation_error_message="同一规则同一天只能有一条。",
            )
        ]


class RuleBook(models.Model):
    """One row: the revision of calendar and rules. Raised by whoever changes them, so that processes may keep a copy of the rest."""

    data_class: DataClasses = classify(internal="id revision")

    id = models.SmallIntegerField("标识", primary_key=True, default=1)
    revision = models.IntegerField("版次", default=1)

    class Meta:
        verbose_name = "规则版次"
        constraints = [
            models.CheckConstraint(
                condition=Q(id=1), name="rule_book_single", violation_error_message="规则版次只有一行。"
            )
        ]


class ClockKind(models.TextChoices):
    NOTICE = "notice", "一次性告知"
    TRANSFER = "transfer", "中转"
    PROMISED = "promised", "承诺办结"
    STATUTORY = "statutory", "法定办结"
    STEP = "step", "环节"
    CORRECTION = "correction", "补正"
    SUPPLEMENT = "supplement", "容缺补交"
    SPECIAL = "special", "特别程序"
    JOINT_OPINION = "joint_opinion", "会办意见"
    DELIVERY = "delivery", "送达"
    POST_CHECK = "post_check", "承诺核查"
    RECTIFICATION = "rectification", "责令改正"
    CALL_BACK = "call_back", "回访"
    ACKNOWLEDGEMENT = "acknowledgement", "审管签收"


class Clock(Row):
    """A named time limit of a subject: a budget from a start day. `due_on` is a projection, rewritten only inside verbs (D44, L16, L28).

    Lateness is never stored: it is judged when read, from these facts and the day. The clock holds facts, not foreign keys.
    A kind may run several times (`round`): each correction, each step. `extension` counts in the unit of the limit; `pauses` are
    the closed pauses as dates, first and last in turn; `paused_since` is the first day of an open one, while which `due_on` is
    null unless the period was over before. All three repeat what the pauses of the subject say, so that a list needs no second look (L16, L20, T67).
    """

    data_class: DataClasses = classify(
        internal="id subject_table subject_id label unit kind round limit time_unit extension pauses paused_since started_at "
        "started_on stopped_at stopped_on due_on provisional record_seq"
    )

    subject_table = models.TextField("对象表")
    subject_id = models.UUIDField("对象")
    label = models.TextField("编号")
    unit = models.TextField("单位编号")
    kind = models.TextField("时限", choices=ClockKind.choices)
    round = models.PositiveSmallIntegerField("次", default=1)
    limit = models.PositiveSmallIntegerField("期限")
    time_unit = models.TextField("时限单位", choices=TimeUnit.choices)
    extension = models.PositiveSmallIntegerField("延长", default=0)
    pauses = ArrayField(models.DateField(), verbose_name="停表日", default=list)
    paused_since = models.DateField("停表始日", null=True)
    started_at = models.DateTimeField("起算时间")
    started_on = models.DateField("起算日")
    stopped_at = models.DateTimeField("停止时间", null=True)
    stopped_on = models.DateField("停止日", null=True)
    due_on = models.DateField("到期日", null=True)
    provisional = models.BooleanField("暂定", default=False)
    record_seq = models.IntegerField("记录序号")

    class Meta:
        verbose_name = "时钟"
        constraints = [
            models.UniqueConstraint(
                fields=["subject_table", "subject_id", "kind", "round"],
                name="clock_once_a_round",
                violation_error_message="同一办件的同一时限同一次只有一个时钟。",
            ),
            models.CheckConstraint(
                condition=Q(stopped_at__isnull=True, stopped_on__isnull=True)
                | Q(stopped_at__isnull=False, stopped_on__isnull=False),
                name="clock_stop_has_day",
                violation_error_message="停止时间与停止日须同时有。",
            ),
        ]
        indexes = [
            models.Index(fields=["due_on", "unit"], name="clock_open_due", condition=Q(stopped_at__isnull=True)),
            models.Index(  # what the sweep of milestones may still have to tell of stopped clocks
                fields=["stopped_at"],
                name="clock_stopped_to_tell",
                condition=Q(stopped_at__isnull=False) & (Q(kind="promised") | Q(stopped_on__gt=models.F("due_on"))),
            ),
        ]


class PauseGround(models.TextChoices):
    """Why a clock stands still. The first eight are the closed list of 行政许可法 45; the others stop a promise alone (domain 3.1)."""

    HEARING = "hearing", "听证"
    TENDER = "tender", "招标"
    AUCTION = "auction", "拍卖"
    INSPECTION = "inspection", "检验"
    TESTING = "testing", "检测"
    QUARANTINE = "quarantine", "检疫"
    APPRAISAL = "appraisal", "鉴定"
    EXPERT_REVIEW = "expert_review", "专家评审"
    SITE_VISIT = "site_visit", "现场踏勘"
    PUBLIC_NOTICE = "public_notice", "公示"
    RECTIFICATION = "rectification", "整改"
    HIGHER_APPROVAL = "higher_approval", "上级审批"
    CONSULTATION = "consultation", "征求意见"


OF_ARTICLE_45 = frozenset(list(PauseGround)[:8])


class ClockPause(Row):
    """A special procedure of a subject: from its first day to the day on which its result arrives, both not counted (L20).

    `stops_statutory` is false for what stops the promise alone. `approver` is post and name as the notice prints them, `approver_post`
    and `approver_person` their keys; a pause without keys names somebody whom the section typed. `expected_on` is the day named in the written notice. `last_on`
    and `result` are empty while the result is awaited.
    """

    data_class: DataClasses = classify(
        internal="id subject_table subject_id label unit round ground stops_statutory basis approver approver_post "
        "approver_person first_on expected_on last_on record_seq",
        personal="result",
    )

    subject_table = models.TextField("对象表")
    subject_id = models.UUIDField("对象")
    label = models.TextField("编号")
    unit = models.TextField("单位编号")
    round = models.PositiveSmallIntegerField("次")
    ground = models.TextField("事由", choices=PauseGround.choices)
    stops_statutory = models.BooleanField("法定时限停表")
    basis = models.TextField("依据")
    approver = models.TextField("批准人")
    approver_post = models.UUIDField("批准岗位", null=True)
    approver_person = models.UUIDField("批准人员", null=True)
    first_on = models.DateField("停表始日")
    expected_on = models.DateField("预计结果日")
    last_on = models.DateField("结果到达日", null=True)
    result = models.TextField("结果", blank=True)
    record_seq = models.IntegerField("记录序号")

    class Meta:
        verbose_name = "停表"
        constraints = [
            models.UniqueConstraint(
                fields=["subject_table", "subject_id", "round"],
                name="clock_pause_once_a_round",
                violation_error_message="同一办件的同一次停表只有一条。",
            ),
            models.CheckConstraint(
                condition=Q(last_on__isnull=True) | Q(last_on__gte=models.F("first_on")),
                name="clock_pause_ends_after_start",
                violation_error_message="停表不能在开始之前结束。",
            ),
            models.CheckConstraint(
                condition=Q(stops_statutory=False) | Q(ground__in=sorted(OF_ARTICLE_45)),
                name="clock_pause_has_ground",
                violation_error_message="法定时限只因行政许可法第四十五条所列事由停表。",
            ),
        ]


class TimeParameter(Row):
    """A limit that no item carries: notice (行政许可法 32), delivery (44), the hall's own transfer time; from a day on."""

    data_class: DataClasses = classify(public="id kind limit time_unit holds_from basis")

    kind = models.TextField("时限", choices=ClockKind.choices)
    limit = models.PositiveSmallIntegerField("期限")
    time_unit = models.TextField("时限单位", choices=TimeUnit.choices)
    holds_from = models.DateField("起用日期")
    basis = models.TextField("依据")

    class Meta:
        verbose_name = "时限参数"
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "holds_from"],
                name="time_parameter_once_a_day",
                violation_error_message="同一时限同一天只能有一个参数。",
            )
        ]

"""首问负责: a question asked in the hall, who was asked first, and who answers for it until it is closed (D45)."""

from django.db import models
from django.db.models import Q

from authorization.models import Person, Post
from catalog.models import Department, ServiceItem
from supervision.models import Row, classify

from .windows import Window


class FirstContactState(models.TextChoices):
    OPEN = "open", "待答复"
    CLOSED = "closed", "已答复"


class FirstContact(Row):
    """A question and the person who was asked it first (首问登记). Its own subject: each act on it has its record.

    Who was asked first, in which post and at which window never changes; `responsible` is the same person until he hands the question
    over, or until somebody takes it over from a person who is not there any more. `reasons` is a list of envelopes, one for each such
    change in its order: none is ever replaced, the salts of what the log commits to stand in them. `led_to` is the unit to which the
    asker was shown the way, `answer_by` the day by which there is an answer. Who asked, what, and every word about it are sealed under
    this row. Nothing erases them yet: the row itself is never deleted; emptying its envelopes, which leaves the log its commitments,
    will be an act of its own.
    """

    data_class = classify(
        internal="id state item asked_at first_asked post window responsible led_to answer_by closed_at record_seq",
        sensitive="asker phone question answer reasons",
    )

    state = models.TextField("状态", choices=FirstContactState.choices)
    asker = models.JSONField("咨询人（密文）", null=True)
    phone = models.JSONField("电话（密文）", null=True)
    question = models.JSONField("咨询内容（密文）")
    item = models.ForeignKey(ServiceItem, models.PROTECT, null=True, related_name="+", verbose_name="事项")
    asked_at = models.DateTimeField("咨询时间")
    first_asked = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="首问责任人")
    post = models.ForeignKey(Post, models.PROTECT, related_name="+", verbose_name="岗位")
    window = models.ForeignKey(Window, models.PROTECT, related_name="+", verbose_name="窗口")
    responsible = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="现由谁负责")
    led_to = models.ForeignKey(Department, models.PROTECT, null=True, related_name="+", verbose_name="引导到的单位")
    answer_by = models.DateField("答复期限", null=True)
    answer = models.JSONField("答复（密文）", null=True)
    reasons = models.JSONField("移交和接手理由（密文）", default=list)
    closed_at = models.DateTimeField("答复时间", null=True)
    record_seq = models.IntegerField("记录序号")

    class Meta:
        verbose_name = "首问登记"
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", answer__isnull=True, closed_at__isnull=True, answer_by__isnull=False)
                | Q(state="closed", answer__isnull=False, closed_at__isnull=False),
                name="first_contact_open_or_answered",
                violation_error_message="待答复的咨询要有答复期限，答复以后才能办结。",
            )
        ]
        indexes = [
            models.Index(fields=["responsible", "asked_at", "id"], name="first_contact_of_person"),
            models.Index(fields=["asked_at", "id"], name="first_contact_open", condition=Q(state="open")),
        ]

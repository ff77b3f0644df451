"""Letters and their lines: the only source of power to act on a case (design decision 2)."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, DateTimeRangeField, RangeOperators
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import Q

from authorization.letters import Tier
from catalog.models import Department, ServiceItem
from supervision.models import Row, classify

from .people import Post


class LetterKind(models.TextChoices):
    """SIGNING: signing power inside one unit (seed 000 annex 4). COUNTER: receiving and handing out by the centre (annex 5)."""

    SIGNING = "signing", "审批服务事项授权委托书"
    COUNTER = "counter", "审批业务授权委托书"


class LetterState(models.TextChoices):
    DRAFT = "draft", "草稿"
    IN_FORCE = "in_force", "有效"
    SUPERSEDED = "superseded", "已被替代"
    REVOKED = "revoked", "已撤销"


class Letter(Row):
    """One paper of delegation. It names days; its lines hold the instants in which they give power (L1-L4, D22-D30)."""

    data_class = classify(
        public="kind number department grantee state valid_during signed_on", internal="id record_seq"
    )

    kind = models.TextField("种类", choices=LetterKind.choices)
    number = models.CharField("文号", max_length=40, unique=True, error_messages={"unique": "这个文号已有委托书。"})
    department = models.ForeignKey(Department, models.PROTECT, related_name="letters", verbose_name="授权单位")
    grantee = models.ForeignKey(Department, models.PROTECT, related_name="letters_received", verbose_name="被授权单位")
    state = models.TextField("状态", choices=LetterState.choices, default=LetterState.DRAFT)
    valid_during = DateRangeField("有效期")
    signed_on = models.DateField("签署日期")
    record_seq = models.IntegerField("记录序号", default=0)

    class Meta:
        verbose_name = "授权委托书"
        constraints = [
            ExclusionConstraint(
                name="letter_one_in_force",
                expressions=[
                    ("department", RangeOperators.EQUAL),
                    ("kind", RangeOperators.EQUAL),
                    ("valid_during", RangeOperators.OVERLAPS),
                ],
                condition=Q(state="in_force"),
                violation_error_message="同一单位同时只能有一份有效的同类委托书。",
            )
        ]


class LetterLine(Row):
    """Item x tier x powers, with an instant range, so that a revocation bites on the next click (T13).

    A line of a signing letter names the post that holds it; a line of a counter letter is held by every post of the service
    centre on window duty. `powers` holds stages (signing) or counter acts (counter); an empty list grants nothing (D30).
    """

    data_class = classify(public="letter seq item tier post powers in_force", internal="id record_seq")

    letter = models.ForeignKey(Letter, models.PROTECT, related_name="lines", verbose_name="委托书")
    seq = models.PositiveSmallIntegerField("行")
    item = models.ForeignKey(ServiceItem, models.PROTECT, related_name="letter_lines", verbose_name="事项")
    tier = models.TextField("层级", choices=Tier.choices, blank=True)
    post = models.ForeignKey(Post, models.PROTECT, null=True, related_name="letter_lines", verbose_name="岗位")
    powers = ArrayField(models.TextField(), verbose_name="授权范围")
    in_force = DateTimeRangeField("生效时段")
    record_seq = models.IntegerField("记录序号")

    class Meta:
        verbose_name = "授权事项表"
        ordering = ["seq"]
        constraints = [
            models.UniqueConstraint(
                fields=["letter", "seq"], name="line_seq_once", violation_error_message="行号不能重复。"
            ),
        ]
        indexes = [GistIndex(fields=["item", "in_force"], name="line_item_in_force")]

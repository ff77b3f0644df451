"""People, posts, and the dated link between them."""

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, Group
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q

from catalog.models import Department
from supervision.models import Row, classify


class PersonManager(BaseUserManager["Person"]):
    """Finds people by account; makes none, and above all no superuser (T07)."""


class Person(AbstractBaseUser, Row):
    """Somebody who signs in. A person has no power: powers stand on posts (D26). There is no superuser.

    `otp_secret` is sealed; `otp_step` is the last 30-second step whose code was used, so that no code serves twice (T05).
    """

    data_class = classify(
        internal="id username name is_active groups last_login otp_step", sensitive="password otp_secret"
    )
    is_superuser = False
    announced_fields = ("id", "username", "is_active")

    username = models.CharField("账号", max_length=40, unique=True, error_messages={"unique": "这个账号已有人用。"})
    name = models.CharField("姓名", max_length=40)
    is_active = models.BooleanField("在用", default=True)
    password = models.CharField("密码（杂凑）", max_length=128)
    last_login = models.DateTimeField("最近登录", null=True, blank=True)
    otp_secret = models.JSONField("动态码种子（密文）", null=True)
    otp_step = models.BigIntegerField("最近用过的动态码", default=0)
    groups = models.ManyToManyField(Group, verbose_name="岗位组", related_name="user_set", related_query_name="user")

    objects = PersonManager()
    USERNAME_FIELD = "username"

    class Meta:
        verbose_name = "人员"

    def __str__(self) -> str:
        return self.name


class PostKind(models.TextChoices):
    MAIN_LEADER = "main_leader", "主要领导"
    LEADER_IN_CHARGE = "leader_in_charge", "分管领导"
    SECTION = "section", "股室"
    CHIEF_REPRESENTATIVE = "chief_representative", "首席代表"
    CLERK = "clerk", "窗口人员"
    SUPERVISOR = "supervisor", "监察员"
    COUNTY_HEAD = "county_head", "县人民政府负责人"


class Post(Row):
    """A position in a unit; letters bind to it, persons come and go (D26). Its group serves menus and first filters only."""

    data_class = classify(public="department kind title", internal="id group")

    department = models.ForeignKey(Department, models.PROTECT, related_name="posts", verbose_name="单位")
    kind = models.TextField("岗位类别", choices=PostKind.choices)
    title = models.CharField("岗位名称", max_length=60)
    group = models.OneToOneField(Group, models.PROTECT, related_name="post", verbose_name="岗位组")

    class Meta:
        verbose_name = "岗位"
        constraints = [
            models.UniqueConstraint(
                fields=["department", "title"],
                name="post_title_once",
                violation_error_message="同一单位的岗位名称不能重复。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.department.short_name}{self.title}"


class PostHolding(Row):
    """Who holds a post on which days, as its holder (A角) or as recorded stand-in (B角)."""

    data_class = classify(internal="id person post during is_substitute")

    person = models.ForeignKey(Person, models.PROTECT, related_name="holdings", verbose_name="人员")
    post = models.ForeignKey(Post, models.PROTECT, related_name="holdings", verbose_name="岗位")
    during = DateRangeField("任职期间")
    is_substitute = models.BooleanField("B角", default=False)

    class Meta:
        verbose_name = "任职"
        constraints = [
            ExclusionConstraint(
                name="holding_periods_apart",
                expressions=[
                    ("person", RangeOperators.EQUAL),
                    ("post", RangeOperators.EQUAL),
                    ("during", RangeOperators.OVERLAPS),
                ],
                violation_error_message="同一人在同一岗位的任职期间不能重叠。",
            ),
            models.CheckConstraint(
                condition=Q(during__isempty=False),
                name="holding_has_days",
                violation_error_message="任职期间不能为空。",
            ),
        ]

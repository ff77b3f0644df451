"""Units of the county, their one approval section, and the towns."""

from django.db import models

from supervision.models import Row, classify


class DepartmentKind(models.TextChoices):
    COUNTY_ORGAN = "county_organ", "县直单位"
    PARTY_ORGAN = "party_organ", "党群机关"
    VERTICALLY_MANAGED = "vertically_managed", "垂直管理单位"
    COMPANY = "company", "企业"
    INSTITUTION = "institution", "大厅机构"


class Department(Row):
    """One of the 34 implementing units (D1), or an institution of the hall itself (numbers from 900 on), which decides nothing.

    `number` (3 digits) opens every case number and is the unit code in clocks, records, papers and figures.
    """

    data_class = classify(
        public="number slug name short_name kind credit_code document_prefix consult_phone complaint_phone",
        internal="id",
    )

    number = models.CharField("单位编号", max_length=3, unique=True)
    slug = models.SlugField("标识名", unique=True, max_length=60)
    name = models.CharField("单位全称", max_length=100, unique=True)
    short_name = models.CharField("单位简称", max_length=40)
    kind = models.TextField("单位性质", choices=DepartmentKind.choices)
    credit_code = models.CharField("统一社会信用代码", max_length=18, blank=True)
    document_prefix = models.CharField("发文代字", max_length=20, blank=True)
    consult_phone = models.CharField("咨询电话", max_length=20, blank=True)
    complaint_phone = models.CharField("投诉电话", max_length=20, blank=True)

    class Meta:
        verbose_name = "单位"

    def __str__(self) -> str:
        return self.name


class ApprovalSection(Row):
    """The one section that holds all approval items of a unit (D2, D3): cases of the unit are transferred to it."""

    data_class = classify(public="slug name department", internal="id")

    slug = models.SlugField("标识名", unique=True, max_length=80)
    name = models.CharField("名称", max_length=40)
    department = models.OneToOneField(Department, models.PROTECT, related_name="section", verbose_name="单位")

    class Meta:
        verbose_name = "行政审批股"


class PointKind(models.TextChoices):
    TOWN_CENTER = "town_center", "镇公共服务中心"
    VILLAGE_CENTER = "village_center", "村党群服务中心"


class Town(Row):
    """A town of the county with its 12-digit region code."""

    data_class = classify(public="slug name region_code", internal="id")

    slug = models.SlugField("标识名", unique=True)
    name = models.CharField("名称", max_length=40, unique=True)
    region_code = models.CharField("区划代码", max_length=12, unique=True)

    class Meta:
        verbose_name = "镇（街道）"


class ReceivingPoint(Row):
    """A grass-roots point of a town or village that may take in devolved items (D19, D20)."""

    data_class = classify(public="town name kind phone takes_devolved_items", internal="id")

    town = models.ForeignKey(Town, models.PROTECT, related_name="points", verbose_name="镇（街道）")
    name = models.CharField("名称", max_length=60, unique=True)
    kind = models.TextField("类别", choices=PointKind.choices)
    phone = models.CharField("电话", max_length=20, blank=True)
    takes_devolved_items = models.BooleanField("可收下放事项", default=False)

    class Meta:
        verbose_name = "受理点"

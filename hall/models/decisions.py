"""What was decided, and how the result reached the citizen."""

from django.db import models

from supervision.models import Row, classify

from .cases import Act, Case, DeliveryWay


class DecisionKind(models.TextChoices):
    GRANT = "grant", "准予"
    REFUSE = "refuse", "不予"


class RevocationGround(models.TextChoices):
    """Why what was granted is revoked (行政许可法 69, paragraph 1 item 4 and paragraph 2)."""

    UNQUALIFIED = "unqualified", "不具备申请资格或者不符合法定条件"
    DECEIT = "deceit", "以欺骗等不正当手段取得"


class Decision(Row):
    """The decision of the unit in its own name (行政许可法 38, 42); its opinion and letter line stand on the act."""

    data_class = classify(public="kind decided_on paper_number", internal="id case act record_seq")

    case = models.OneToOneField(Case, models.PROTECT, related_name="decision", verbose_name="办件")
    act = models.OneToOneField(Act, models.PROTECT, related_name="+", verbose_name="动作")
    kind = models.TextField("决定", choices=DecisionKind.choices)
    decided_on = models.DateField("决定日")
    paper_number = models.CharField("决定书文号", max_length=60)
    record_seq = models.IntegerField("记录序号")

    class Meta:
        verbose_name = "决定"


class RecipientRelation(models.TextChoices):
    SELF = "self", "申请人本人"
    AGENT = "agent", "经办人或代理人"
    NAMED = "named", "申请人指定的收件人"  # of what goes by post


class Delivery(Row):
    """Who took the result, how and when (行政许可法 44); the signed receipt is paper."""

    data_class = classify(internal="id case act way relation delivered_on record_seq", personal="recipient")

    case = models.OneToOneField(Case, models.PROTECT, related_name="delivery", verbose_name="办件")
    act = models.OneToOneField(Act, models.PROTECT, related_name="+", verbose_name="动作")
    way = models.TextField("送达方式", choices=DeliveryWay.choices)
    recipient = models.CharField("领取人", max_length=100)
    relation = models.TextField("与申请人关系", choices=RecipientRelation.choices)
    delivered_on = models.DateField("送达日")
    record_seq = models.IntegerField("记录序号")

    class Meta:
        verbose_name = "送达"


class CourierShipment(Row):
    """A result on its way by courier (L19); it is delivered when the addressee has signed."""

    data_class = classify(internal="id case act courier tracking_number sent_on record_seq")

    case = models.OneToOneField(Case, models.PROTECT, related_name="shipment", verbose_name="办件")
    act = models.OneToOneField(Act, models.PROTECT, related_name="+", verbose_name="动作")
    courier = models.CharField("寄递企业", max_length=40)
    tracking_number = models.CharField("运单号", max_length=40)
    sent_on = models.DateField("寄出日")
    record_seq = models.IntegerField("记录序号")

    class Meta:
        verbose_name = "寄递"

"""Programs that may call the API, and what they were answered."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from supervision.models import Row, classify


class ApiClient(Row):
    """A program of the province or of a partner, with the scopes it may use and one live key (sealed)."""

    data_class = classify(internal="id client_id name scopes key_id is_active", sensitive="secret")

    client_id = models.CharField("客户端", max_length=40, unique=True, error_messages={"unique": "这个客户端已登记。"})
    name = models.CharField("名称", max_length=60)
    scopes = ArrayField(models.TextField(), verbose_name="权限范围")
    key_id = models.CharField("密钥号", max_length=40)
    secret = models.JSONField("密钥（密文）")
    is_active = models.BooleanField("在用", default=True)

    class Meta:
        verbose_name = "接口客户端"


class IdempotentAnswer(Row):
    """The answer a client got for one Idempotency-Key, written with its effect: a retry gets the same answer (T32)."""

    data_class = classify(internal="id client key fingerprint status answered_at", sensitive="body")

    client = models.ForeignKey(ApiClient, models.PROTECT, related_name="+", verbose_name="客户端")
    key = models.CharField("幂等键", max_length=120)
    fingerprint = models.CharField("请求杂凑", max_length=64)
    status = models.PositiveSmallIntegerField("状态码")
    body = models.JSONField("答复（密文）")
    answered_at = models.DateTimeField("答复时间")

    class Meta:
        verbose_name = "幂等答复"
        constraints = [
            models.UniqueConstraint(
                fields=["client", "key"], name="answer_once_a_key", violation_error_message="这个幂等键已经用过。"
            )
        ]

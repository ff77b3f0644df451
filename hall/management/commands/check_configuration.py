"""`manage.py check_configuration`: does every row of the configuration stand as it was announced? Exit 1 with the rows that do not."""

from django.core.management.base import BaseCommand
from django.db.models import Model

from authorization.models import Person, Post, PostHolding
from catalog.models import ApprovalSection, Department, ReceivingPoint, ServiceItem, Town
from hall.models import ApiClient, Window, WindowDuty
from supervision import configuration
from supervision.models import CalendarDay, CalendarYear, CardRule, TimeParameter

MODELS: tuple[type[Model], ...] = (
    *(CalendarYear, CalendarDay, CardRule, TimeParameter),
    *(Department, ApprovalSection, ServiceItem, Town, ReceivingPoint),
    *(Post, PostHolding, Person),
    *(Window, Window.units.through, WindowDuty, ApiClient),
)


class Command(BaseCommand):
    help = "核对配置：每一行与监察记录里最近一次登记的是否一致。"
    requires_system_checks = ()

    def handle(self, **options: object) -> None:
        unlike = {model: keys for model in MODELS if (keys := configuration.unlike(model))}
        for model, keys in unlike.items():
            self.stderr.write(f"{model._meta.verbose_name}（{model._meta.db_table}）：{'、'.join(keys)}")
        if unlike:
            raise SystemExit(1)
        self.stdout.write("配置与监察记录一致。")

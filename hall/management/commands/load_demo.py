"""`manage.py load_demo`: the demo county into the database, its accounts into two files beside it (contract)."""

from django.conf import settings
from django.core.management.base import BaseCommand

from hall.demo import accounts, plan
from hall.demo.county import Entries, load

KEYS = {"accounts": "username", "api_clients": "client_id"}


class Command(BaseCommand):
    help = "装入演示县（全部数据均为虚构）；已有的不改。"
    requires_system_checks = ()

    def handle(self, **options: object) -> None:
        load(plan.read(), tell=self.stdout.write, keep=_keep)


def _keep(what: str, entries: Entries) -> None:
    accounts.keep(settings.VAR / f"{what}.json", entries, KEYS[what])

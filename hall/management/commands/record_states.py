"""`manage.py record_states`: the table of states goes on record if it changed. Exit 3 while the log is closed."""

from django.core.management.base import BaseCommand

from hall.actions.state_table import record_states
from hall.config.outages import Unavailable, told
from supervision import moment


class Command(BaseCommand):
    help = "办件状态表有变化时，记入监察记录。"
    requires_system_checks = ()

    def handle(self, **options: object) -> None:
        try:
            with told():
                written = record_states(now=moment.now())
        except Unavailable as outage:
            self.stderr.write(f"{outage.refusal.sentence}状态表没有记入。")
            raise SystemExit(3) from outage
        self.stdout.write("状态表已记入监察记录。" if written else "状态表没有变化。")

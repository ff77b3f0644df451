"""`manage.py sealer`: seals the log until it is told to stop. Two of them are harmless; one works, the other waits."""

import signal
import threading

from django.core.management.base import BaseCommand

from supervision.sealing import office


class Command(BaseCommand):
    help = "签封监察记录（每秒或满 1,000 条一次），并把签名的存证头写到数据库外。"
    requires_system_checks = ()

    def handle(self, **options: object) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
            signal.signal(number, lambda *_: stop.set())
        office.sealer().run(stop.wait)

"""`manage.py open_log`: publish the log's public keys, compare the database with its published heads, open the log if they agree.

Exit 0 when it is open. Else 3 with the reason: the hall then runs read-only until `manage.py recover_log` (T68).
"""

from django.core.management.base import BaseCommand

from supervision.sealing import office
from supervision.sealing.opening import REASONS


class Command(BaseCommand):
    help = "核对数据库与已公布的存证头；一致则开放记录。"
    requires_system_checks = ()

    def handle(self, **options: object) -> None:
        reason = office.sealer().clear()
        if reason:
            self.stderr.write(f"{REASONS[reason]}办件系统只读，请看 docs/operations.md 的恢复仪式。")
            raise SystemExit(3)

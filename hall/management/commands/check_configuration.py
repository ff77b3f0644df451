"""`manage.py check_configuration`: does every row of the configuration stand as it was announced? Exit 1 with the tables that do not."""

from django.core.management.base import BaseCommand

from hall.replay import compare_configuration


class Command(BaseCommand):
    help = "核对配置：每一行与监察记录里最近一次登记的是否一致。"
    requires_system_checks = ()

    def handle(self, **options: object) -> None:
        findings = list(compare_configuration())
        for finding in findings:
            self.stderr.write(finding.sentence)
        if findings:
            raise SystemExit(1)
        self.stdout.write("配置与监察记录一致。")

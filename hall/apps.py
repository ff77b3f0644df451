from django.apps import AppConfig


class HallConfig(AppConfig):
    name = "hall"
    verbose_name = "大厅"

    def ready(self) -> None:
        """What every check of the log compares, and what the law does to cases; before this moment Django lets nobody import models."""
        from hall import queries, replay
        from hall.actions import sweep
        from supervision import milestones
        from supervision.models import ClockKind, MilestoneKind
        from supervision.sealing import checking

        checking.register("办件", replay.compare_cases)
        checking.register("委托书", replay.compare_letters)
        checking.register("事项版本", replay.compare_versions)
        checking.register("首问登记", replay.compare_first_contacts)
        checking.register("配置", replay.compare_configuration)
        milestones.register("办件", sweep.carry_out_all)
        milestones.withhold(ClockKind.DELIVERY, sweep.on_its_way())
        milestones.spare(ClockKind.SUPPLEMENT, queries.gaps_are_refused(), MilestoneKind.GAPS_LAPSED)

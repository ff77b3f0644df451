from django.apps import AppConfig


class HallConfig(AppConfig):
    name = "hall"
    verbose_name = "大厅"

    def ready(self) -> None:
        """What every check of the log compares; before this moment Django lets nobody import models."""
        from hall import replay
        from supervision.sealing import checking

        checking.register("cases", replay.compare_cases)
        checking.register("letters", replay.compare_letters)
        checking.register("configuration", replay.compare_configuration)

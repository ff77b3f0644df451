from django.apps import AppConfig


class SupervisionConfig(AppConfig):
    name = "supervision"
    verbose_name = "监察"

    def ready(self) -> None:
        """Consumers of the log are named here; before this moment Django lets nobody import models."""
        from supervision import efficiency, subscriptions

        subscriptions.register(efficiency.NAME, efficiency.count, kinds=efficiency.KINDS)

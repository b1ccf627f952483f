from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """The composition root as an app: its management commands and deploy checks."""

    name = "config"
    verbose_name = "量才"

    def ready(self) -> None:
        from config import deploy_checks  # noqa: F401 - registers itself

from django.apps import AppConfig


class AssessmentsConfig(AppConfig):
    name = "assessments"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import exam_home, item_home, workbench_home

        item_home.register()
        exam_home.register()
        workbench_home.register()

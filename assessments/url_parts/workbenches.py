"""Addresses of the try-out page for practical tasks."""

from django.urls import path

from ..views import workbenches as views

urlpatterns = [
    path("workbenches/try/", views.workbench_try, name="workbench-try"),
    path("workbenches/try/command/", views.workbench_try_command, name="workbench-try-command"),
    path("workbenches/try/grade/", views.workbench_try_grade, name="workbench-try-grade"),
    path("workbenches/try/reference/", views.workbench_try_reference, name="workbench-try-reference"),
]

"""Addresses of the item bank, blueprints and exams, by noun in `url_parts`."""

from .url_parts import assembly, items, workbenches

app_name = "assessments"
urlpatterns = [
    *items.urlpatterns,
    *assembly.urlpatterns,
    *workbenches.urlpatterns,
]

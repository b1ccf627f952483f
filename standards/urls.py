"""Addresses of standards, below /standards/."""

from django.urls import path, re_path

from .views import editions, imports, tree

app_name = "standards"
urlpatterns = [
    path("", editions.standard_list, name="list"),
    path("import/", imports.import_document, name="import"),
    path("editions/<int:pk>/", editions.edition_detail, name="edition"),
    path("editions/<int:pk>/report/", imports.report, name="report"),
    path("editions/<int:pk>/report/settle/", imports.settle, name="settle"),
    path("editions/<int:pk>/source/", editions.edition_source, name="source"),
    path("editions/<int:pk>/edit/", tree.tree_editor, name="editor"),
    path("editions/<int:pk>/edit/change/", tree.tree_change, name="tree_change"),
    path("editions/<int:pk>/publish/", editions.edition_publish, name="publish"),
    path("editions/<int:pk>/withdraw/", editions.edition_withdraw, name="withdraw"),
    path("editions/<int:pk>/delete/", editions.edition_delete, name="delete"),
    re_path(
        r"^editions/(?P<pk>\d{1,18})/export\.(?P<form>json|csv)$", editions.edition_export, name="export"
    ),
    path("editions/<int:pk>/<slug:tab>/", editions.edition_detail, name="edition_tab"),
    path("findings/<int:pk>/decide/", imports.decide_finding, name="decide"),
]

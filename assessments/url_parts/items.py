from django.urls import path

from ..views import item_editor, item_files, items

urlpatterns = [
    path("items/", items.item_list, name="item_list"),
    path("items/bulk", items.item_bulk, name="item_bulk"),
    path("items/new", item_editor.item_new, name="item_new"),
    path("items/queue", items.review_queue, name="review_queue"),
    path("items/import", item_files.item_import, name="item_import"),
    path("items/import/template.xlsx", item_files.item_template, name="item_template"),
    path("items/export", item_files.item_export, name="item_export"),
    path("items/comments/<int:pk>/resolve", items.comment_resolve, name="item_comment_resolve"),
    path("items/<int:pk>/", items.item_detail, name="item_detail"),
    path("items/<int:pk>/edit", item_editor.item_edit, name="item_edit"),
    path("items/<int:pk>/draft", item_editor.item_autosave, name="item_autosave"),
    path("items/<int:pk>/review", items.item_review, name="item_review"),
    path("items/<int:pk>/decide", items.item_decide, name="item_decide"),
    path("items/<int:pk>/comment", items.item_comment, name="item_comment"),
    path("items/<int:pk>/move", items.item_move, name="item_move"),
]

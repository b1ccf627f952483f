"""API v1 of standards, read-only: list, detail, tree. The router is put together in `config`."""

from __future__ import annotations

from django.urls import path
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api_auth import HasScope
from accounts.enums import Scope
from accounts.errors import NotFound

from .enums import EditionState
from .models import Edition
from .queries import tree as tree_queries
from .queries.editions import published_editions, with_counts
from .serializers import EditionListSerializer, EditionSerializer, TreeSerializer


class StandardsView(APIView):
    # No docstring: it would be shown, in English, on the page of the API. Drafts are never shown here.
    permission_classes = [HasScope]
    required_scope = Scope.STANDARDS_READ

    def edition(self, pk: int) -> Edition:
        found = (
            with_counts(Edition.objects.exclude(state=EditionState.DRAFT))
            .select_related("standard")
            .filter(pk=pk)
        )
        edition = found.first()
        if edition is None:
            raise NotFound(
                "edition_unknown", "没有这个标准版本。", hint="请先读取 /api/v1/standards/ 中的列表。"
            )
        return edition


class StandardList(StandardsView):
    @extend_schema(operation_id="standards_list", responses=EditionListSerializer, summary="已发布的标准版本")
    def get(self, request: Request) -> Response:
        editions = with_counts(published_editions())
        return Response({"results": EditionSerializer(editions, many=True).data})


class StandardDetail(StandardsView):
    @extend_schema(
        operation_id="standards_detail",
        responses={200: EditionSerializer, 404: OpenApiResponse(description="没有这个版本")},
        summary="一个标准版本",
    )
    def get(self, request: Request, pk: int) -> Response:
        return Response(EditionSerializer(self.edition(pk)).data)


class StandardTree(StandardsView):
    @extend_schema(
        operation_id="standards_tree",
        responses={200: TreeSerializer, 404: OpenApiResponse(description="没有这个版本")},
        summary="一个标准版本的完整结构：等级、工作领域、工作任务、职业技能要求",
    )
    def get(self, request: Request, pk: int) -> Response:
        return Response(tree_queries.tree_document(self.edition(pk)))


api_urlpatterns = [
    path("standards/", StandardList.as_view(), name="standards-list"),
    path("standards/<int:pk>/", StandardDetail.as_view(), name="standards-detail"),
    path("standards/<int:pk>/tree/", StandardTree.as_view(), name="standards-tree"),
]

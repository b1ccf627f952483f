"""REST API v1 for schools: their released results and certificates. Foreign objects do not exist here."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import generics
from rest_framework.pagination import CursorPagination
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from accounts.access import Access
from accounts.api_auth import HasScope, KeyThrottle
from accounts.enums import Scope

from .enums import CertificateState
from .models import Certificate, Result
from .queries.certificates import certificates_for_school, get_certificate
from .queries.results import get_result, released_for_school, with_people
from .queries.verification import answer_for_number
from .serializers import (
    CertificateDetailSerializer,
    CertificateSerializer,
    ResultDetailSerializer,
    ResultSerializer,
    VerifySerializer,
)
from .services.keys import keyring
from .views.certificates import pdf_response


class ResultCursor(CursorPagination):
    """Pages in order of release id; `limit` up to 500."""

    ordering = "pk"
    page_size = 100
    page_size_query_param = "limit"
    max_page_size = 500


class CertificateCursor(ResultCursor):
    """Pages in order of issue."""

    ordering = ("issued_at", "number")  # type: ignore[assignment]


class ConditionalGet:
    """ETag over the JSON body; `If-None-Match` with it is answered 304 without a body."""

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """DRF's hook after the view."""
        response = super().finalize_response(request, response, *args, **kwargs)  # type: ignore[misc]
        if request.method != "GET" or response.status_code != 200 or not isinstance(response, Response):
            return response
        body = json.dumps(response.data, sort_keys=True, default=str, separators=(",", ":"))
        tag = f'"{hashlib.sha256(body.encode()).hexdigest()[:32]}"'
        response["ETag"] = tag
        response["Cache-Control"] = "private, no-cache"
        wanted = [
            part.strip().removeprefix("W/") for part in request.headers.get("If-None-Match", "").split(",")
        ]
        if tag in wanted:
            response.data = None
            response.status_code = 304
        return response


class ResultFilter(django_filters.FilterSet):
    """?exam= &session= &passed= &student_no= &released_after="""

    exam = django_filters.NumberFilter(field_name="attempt__registration__session__exam")
    session = django_filters.NumberFilter(field_name="attempt__registration__session")
    passed = django_filters.BooleanFilter(field_name="passed")
    student_no = django_filters.CharFilter(
        field_name="attempt__registration__candidate__student_no", max_length=40
    )
    released_after = django_filters.IsoDateTimeFilter(
        field_name="released__release__decided_at", lookup_expr="gt"
    )

    class Meta:
        model = Result
        fields: list[str] = []


class CertificateFilter(django_filters.FilterSet):
    """?state= &level= &exam= &student_no= &issued_after="""

    state = django_filters.ChoiceFilter(
        choices=[
            (state.value, state.label) for state in CertificateState if state != CertificateState.RESERVED
        ]
    )
    level = django_filters.NumberFilter(field_name="level__number")
    exam = django_filters.NumberFilter(field_name="result__attempt__registration__session__exam")
    student_no = django_filters.CharFilter(field_name="candidate__student_no", max_length=40)
    issued_after = django_filters.IsoDateTimeFilter(field_name="issued_at", lookup_expr="gt")

    class Meta:
        model = Certificate
        fields: list[str] = []


class SchoolView(ConditionalGet, generics.GenericAPIView):
    """A view of one school's rows, named by its key."""

    permission_classes = [HasScope]
    throttle_classes: list[type[BaseThrottle]] = [KeyThrottle]
    school_rows: Any

    def get_queryset(self) -> QuerySet[Any]:
        """The rows of the key's school; none while the schema is drawn."""
        if getattr(self, "swagger_fake_view", False):
            return self.model.objects.none()  # type: ignore[attr-defined]
        rows: QuerySet[Any] = type(self).school_rows([self.request.auth.school_id])  # type: ignore[union-attr]
        return rows


def _results(school_ids: list[int]) -> QuerySet[Result]:
    return with_people(released_for_school(school_ids)).select_related("released__release")


def _certificates(school_ids: list[int]) -> QuerySet[Certificate]:
    return certificates_for_school(school_ids).select_related("file").defer("claims", "file__pdf")


@extend_schema_view(
    get=extend_schema(
        summary="成绩列表",
        description="本校考生已发布的成绩，按游标分页。",
        tags=["成绩"],
        operation_id="results_list",
    )
)
class ResultList(SchoolView, generics.ListAPIView):
    """Released results of the school."""

    required_scope = Scope.RESULTS_READ
    access = Access(scope=Scope.RESULTS_READ)
    model = Result
    school_rows = staticmethod(_results)
    serializer_class = ResultSerializer
    pagination_class = ResultCursor
    filterset_class = ResultFilter

    def get_queryset(self) -> QuerySet[Result]:
        """Without the big columns."""
        return super().get_queryset().defer("breakdown", "decision")


@extend_schema_view(
    get=extend_schema(
        summary="一份成绩",
        description="成绩明细：合格判定逐条说明，以及标准树上的掌握情况。",
        tags=["成绩"],
        operation_id="results_retrieve",
    )
)
class ResultDetail(SchoolView):
    """One released result."""

    required_scope = Scope.RESULTS_READ
    access = Access(scope=Scope.RESULTS_READ)
    model = Result
    school_rows = staticmethod(_results)
    serializer_class = ResultDetailSerializer

    def get(self, _request: Request, pk: int) -> Response:
        """The result, or 404 for one of another school."""
        return Response(self.get_serializer(get_result(self.get_queryset(), pk)).data)


@extend_schema_view(
    get=extend_schema(
        summary="证书列表",
        description="本校考生的证书，含已撤销的，按签发时间排序。",
        tags=["证书"],
        operation_id="certificates_list",
    )
)
class CertificateList(SchoolView, generics.ListAPIView):
    """The school's certificates."""

    required_scope = Scope.CERTIFICATES_READ
    access = Access(scope=Scope.CERTIFICATES_READ)
    model = Certificate
    school_rows = staticmethod(_certificates)
    serializer_class = CertificateSerializer
    pagination_class = CertificateCursor
    filterset_class = CertificateFilter


@extend_schema_view(
    get=extend_schema(
        summary="一张证书",
        description="证书与其签名内容。",
        tags=["证书"],
        operation_id="certificates_retrieve",
    )
)
class CertificateDetail(SchoolView):
    """One certificate of the school."""

    required_scope = Scope.CERTIFICATES_READ
    access = Access(scope=Scope.CERTIFICATES_READ)
    model = Certificate
    school_rows = staticmethod(_certificates)
    serializer_class = CertificateDetailSerializer

    def get(self, _request: Request, number: str) -> Response:
        """The certificate, or 404 for one of another school."""
        return Response(self.get_serializer(get_certificate(self.get_queryset(), number)).data)


@extend_schema_view(
    get=extend_schema(
        summary="证书文件",
        description="签名的 PDF 原件；只有有效的证书可以下载，否则 409。",
        tags=["证书"],
        operation_id="certificates_pdf",
        responses={(200, "application/pdf"): OpenApiTypes.BINARY},
    )
)
class CertificatePdf(SchoolView):
    """The signed file."""

    required_scope = Scope.CERTIFICATES_READ
    access = Access(scope=Scope.CERTIFICATES_READ)
    model = Certificate
    school_rows = staticmethod(_certificates)
    serializer_class = CertificateSerializer

    def get(self, request: Request, number: str) -> HttpResponse:
        """The bytes, with their digest as ETag."""
        response = pdf_response(get_certificate(self.get_queryset(), number))
        if response["ETag"] == request.headers.get("If-None-Match", ""):
            return HttpResponse(status=304, headers={"ETag": response["ETag"]})
        return response


@extend_schema_view(
    get=extend_schema(
        summary="公开查验",
        description="按编号查验证书，不需要密钥。没有查验码时姓名打码。不能确认时答 unknown，绝不答 valid。",
        tags=["查验"],
        operation_id="verify",
        auth=[],
        parameters=[OpenApiParameter("c", str, description="证书上印的查验码")],
        responses=VerifySerializer,
    )
)
class Verify(APIView):
    """Public verification by number."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]
    throttle_classes = [KeyThrottle]
    access = Access(public=True)

    def get(self, request: Request, number: str) -> Response:
        """The public answer; 200 for every answer, also unknown."""
        answer = answer_for_number(number, keyring(), code=request.query_params.get("c", "")[:16])
        return Response(
            answer.as_json(), headers={"Cache-Control": "no-store", "Access-Control-Allow-Origin": "*"}
        )


api_urlpatterns = [
    path("results/", ResultList.as_view(), name="api_results"),
    path("results/<int:pk>/", ResultDetail.as_view(), name="api_result"),
    path("certificates/", CertificateList.as_view(), name="api_certificates"),
    path("certificates/<str:number>/", CertificateDetail.as_view(), name="api_certificate"),
    path("certificates/<str:number>/pdf/", CertificatePdf.as_view(), name="api_certificate_pdf"),
    path("verify/<str:number>", Verify.as_view(), name="api_verify"),
]

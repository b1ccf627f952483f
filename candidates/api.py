"""School API v1: sessions and registrations. Scoped to the key's school; foreign objects answer 404."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, cast

from django.db.models import Q, QuerySet
from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, pagination, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api_auth import ApiKeyAuthentication, HasScope, KeyThrottle
from accounts.enums import Scope
from accounts.errors import Invalid, NotFound
from accounts.models import ApiKey
from assessments.enums import ExamState, SessionState
from assessments.models import ExamSession

from . import identity
from .importing import RosterRow
from .models import Registration
from .serializers import (
    RegisteredSerializer,
    RegistrationSerializer,
    RosterSerializer,
    SessionSerializer,
)
from .services.registration import register_rows


class ById(pagination.CursorPagination):
    ordering = "pk"
    page_size = 100
    page_size_query_param = "page_size"
    max_page_size = 500


class SchoolView:
    authentication_classes = (ApiKeyAuthentication,)
    permission_classes = (HasScope,)
    throttle_classes = (KeyThrottle,)


def sessions_of(key: ApiKey) -> QuerySet[ExamSession]:
    """Sessions the school may register for, and those its candidates are in."""
    return (
        ExamSession.objects.filter(
            Q(state=SessionState.PLANNED, exam__state=ExamState.OPEN)
            | Q(registrations__candidate__school=key.school)
        )
        .select_related("exam__blueprint__level")
        .distinct()
    )


class SessionList(SchoolView, generics.ListAPIView[ExamSession]):
    """考次列表：可报名的和本校考生所在的。"""

    required_scope = Scope.SESSIONS_READ
    serializer_class = SessionSerializer
    pagination_class = ById
    queryset = ExamSession.objects.none()

    def get_queryset(self) -> QuerySet[ExamSession]:
        return sessions_of(self.request.auth)


class SessionDetail(SchoolView, generics.RetrieveAPIView[ExamSession]):
    """一个考次。"""

    required_scope = Scope.SESSIONS_READ
    serializer_class = SessionSerializer
    queryset = ExamSession.objects.none()

    def get_queryset(self) -> QuerySet[ExamSession]:
        return sessions_of(self.request.auth)


@extend_schema(parameters=[OpenApiParameter("session", int, description="只列这个考次的报名")])
class RegistrationList(SchoolView, generics.ListAPIView[Registration]):
    """本校考生的报名。"""

    required_scope = Scope.REGISTRATIONS_READ
    serializer_class = RegistrationSerializer
    pagination_class = ById
    queryset = Registration.objects.none()

    def get_queryset(self) -> QuerySet[Registration]:
        rows = Registration.objects.filter(candidate__school=self.request.auth.school).select_related(
            "candidate", "attempt"
        )
        session = self.request.query_params.get("session", "")
        if session:
            if not (session.isascii() and session.isdigit() and len(session) < 19):
                raise Invalid("session_malformed", _("参数 session 应为考次编号。"))
            rows = rows.filter(session=int(session))
        return rows


class RegistrationDetail(SchoolView, generics.RetrieveAPIView[Registration]):
    """一条报名。"""

    required_scope = Scope.REGISTRATIONS_READ
    serializer_class = RegistrationSerializer
    queryset = Registration.objects.none()

    def get_queryset(self) -> QuerySet[Registration]:
        return Registration.objects.filter(candidate__school=self.request.auth.school).select_related(
            "candidate", "attempt"
        )


class SessionRegistrations(SchoolView, APIView):
    """为一个考次报名：全部成功或一个也不报。重复提交不会重复报名。"""

    required_scope = Scope.REGISTRATIONS_WRITE

    @extend_schema(request=RosterSerializer, responses={201: RegisteredSerializer})
    def post(self, request: Request, pk: int) -> Response:
        key = cast(ApiKey, request.auth)
        session = sessions_of(key).filter(pk=pk).first()
        if session is None:
            raise NotFound("session_unknown", _("没有这个考次。"))
        body = RosterSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        done = register_rows(
            school=key.school,
            session=session,
            rows=_rows(body.validated_data["candidates"]),
            actor=key.created_by,
        )
        return Response(asdict(done), status=status.HTTP_201_CREATED)


def _rows(entries: list[dict[str, Any]]) -> list[RosterRow]:
    """Raises Invalid with every wrong or repeated identity number, by place in the list."""
    rows: list[RosterRow] = []
    problems: list[dict[str, Any]] = []
    seen: dict[str, int] = {}
    for index, entry in enumerate(entries):
        try:
            number = identity.validate(entry["id_number"])
        except Invalid as error:
            problems.append({"index": index, "field": "id_number", "message": error.message})
            continue
        if number in seen:
            problems.append(
                {
                    "index": index,
                    "field": "id_number",
                    "message": _("与第 %(n)d 个考生的证件号相同。") % {"n": seen[number]},
                }
            )
            continue
        seen[number] = index
        rows.append(RosterRow(**{**entry, "line": index, "id_number": number}))
    if problems:
        raise Invalid(
            "roster_rows",
            _("%(n)d 处需要改正，尚未报名任何考生。") % {"n": len(problems)},
            data={"problems": problems},
        )
    return rows


api_urlpatterns = [
    path("sessions/", SessionList.as_view(), name="api_sessions"),
    path("sessions/<int:pk>/", SessionDetail.as_view(), name="api_session"),
    path(
        "sessions/<int:pk>/registrations/", SessionRegistrations.as_view(), name="api_session_registrations"
    ),
    path("registrations/", RegistrationList.as_view(), name="api_registrations"),
    path("registrations/<int:pk>/", RegistrationDetail.as_view(), name="api_registration"),
]

"""Reading accounts and schools."""

from __future__ import annotations

from django.db.models import Count, Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from ..enums import Role
from ..errors import NotFound
from ..models import RoleGrant, School, User

USER_SORTS = {"username", "display_name", "last_login", "date_joined"}


def users(
    *, text: str = "", role: str = "", school: str = "", active: str = "", sort: str = ""
) -> QuerySet[User]:
    """Accounts with their grants, filtered; sort: one of USER_SORTS, with `-` for descending."""
    grants = RoleGrant.objects.select_related("school").order_by("role", "school__code")
    found = User.objects.prefetch_related(Prefetch("role_grants", queryset=grants))
    if text:
        found = found.filter(
            Q(username__icontains=text) | Q(display_name__icontains=text) | Q(email__icontains=text)
        )
    if role == "none":
        found = found.filter(role_grants__isnull=True)
    elif role in Role.values:
        found = found.filter(pk__in=RoleGrant.objects.filter(role=role).values("user"))
    if school:
        found = found.filter(pk__in=RoleGrant.objects.filter(school__code=school).values("user"))
    if active in ("yes", "no"):
        found = found.filter(is_active=active == "yes")
    return found.order_by(sort if sort.lstrip("-") in USER_SORTS else "username", "pk")


def user(pk: int) -> User:
    """One account, or NotFound."""
    found = users().filter(pk=pk).first()
    if found is None:
        raise NotFound("user_not_found", _("没有这个账号。"))
    return found


def schools(*, text: str = "") -> QuerySet[School]:
    """Schools with the number of officers and of keys in use (`officers`, `keys`)."""
    found = School.objects.order_by("code").annotate(
        officers=Count("role_grants", filter=Q(role_grants__role=Role.OFFICER), distinct=True),
        keys=Count("api_keys", filter=Q(api_keys__revoked_at__isnull=True), distinct=True),
    )
    if text:
        found = found.filter(Q(code__icontains=text) | Q(name__icontains=text))
    return found


def school(pk: int) -> School:
    """One school, or NotFound."""
    found = School.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound("school_not_found", _("没有这所院校。"))
    return found

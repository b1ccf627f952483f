"""Tickets 准考证 as a PDF, two to a page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.access import allow
from accounts.enums import Role
from accounts.errors import Refusal
from accounts.services import audit

from ..queries.registration import registrations_for, session_or_404, sessions_for
from ..tickets import render_tickets

MOST = 2000


@allow(Role.OFFICER, Role.EXAMINER)
@require_GET
def tickets(request: HttpRequest, pk: int) -> HttpResponse:
    """All tickets of a session that the user may see. They hold access codes, so printing is audited."""
    session = session_or_404(sessions_for(request.user), pk)
    rows = list(registrations_for(request.user).filter(session=session).order_by("ticket_no")[: MOST + 1])
    if not rows:
        raise Refusal("no_registrations", _("本考次还没有报名的考生。"), hint=_("请先导入考生名单。"))
    if len(rows) > MOST:
        raise Refusal("too_many_tickets", _("一次最多打印 %(n)d 张准考证。") % {"n": MOST})
    pdf = render_tickets(rows)
    audit.record(
        actor=request.user,  # type: ignore[arg-type]
        verb="ticket.print",
        target=session,
        data={"tickets": len(rows)},
    )
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="tickets-{session.pk}.pdf"'
    response["Cache-Control"] = "no-store"
    return response

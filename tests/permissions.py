"""Who may open what: every address of the site, by name. `tests/accounts/test_matrix.py` holds the site to it.

A new address gets a line here, written from what the page is for and not copied from the view. Objects of other
schools are another matter: the getters in `queries` answer 404, and each app's tests show it.
"""

from __future__ import annotations

from typing import Any

from accounts.access import Access
from accounts.enums import Role
from accounts.enums import Scope as S

PUBLIC = Access(public=True)
SIGNED_IN = Access(signed_in=True)
ATTEMPT = Access(attempt=True)
"""The holder of an attempt token (delivery protocol)."""


def only(*roles: Role) -> Access:
    return Access(roles=frozenset(roles))


def key_with(*scopes: S) -> Access:
    """A school's API key that holds the scope (several: by method)."""
    return Access(scope=" ".join(sorted(str(scope) for scope in scopes)))


KEEPER, AUTHOR, REVIEWER, EXAMINER = Role.KEEPER, Role.AUTHOR, Role.REVIEWER, Role.EXAMINER
INVIGILATOR, CANDIDATE, MARKER, ARBITER = Role.INVIGILATOR, Role.CANDIDATE, Role.MARKER, Role.ARBITER
OFFICER, ADMIN = Role.OFFICER, Role.ADMIN

STAFF = only(KEEPER, AUTHOR, REVIEWER, EXAMINER, INVIGILATOR, MARKER, ARBITER, OFFICER, ADMIN)
"""Everyone but candidates: the published standard is no secret."""
BANK_READERS = only(AUTHOR, REVIEWER, EXAMINER)
PAPER_READERS = only(EXAMINER)

TABLE: dict[str, Access] = {
    # site
    "healthz": PUBLIC,
    "readyz": PUBLIC,
    "set_language": PUBLIC,
    # accounts
    "accounts:home": SIGNED_IN,
    "accounts:sign_in": PUBLIC,
    "accounts:sign_out": PUBLIC,
    "accounts:password": SIGNED_IN,
    "accounts:switch_role": SIGNED_IN,
    "accounts:preferences": PUBLIC,
    "accounts:styleguide": PUBLIC,
    "accounts:user_list": only(ADMIN),
    "accounts:user_create": only(ADMIN),
    "accounts:user_edit": only(ADMIN),
    "accounts:user_reset_password": only(ADMIN),
    "accounts:school_list": only(ADMIN),
    "accounts:school_create": only(ADMIN),
    "accounts:school_edit": only(ADMIN),
    "accounts:audit_log": only(ADMIN),
    "accounts:key_list": only(ADMIN, OFFICER),
    "accounts:key_create": only(ADMIN, OFFICER),
    "accounts:key_rotate": only(ADMIN, OFFICER),
    "accounts:key_revoke": only(ADMIN, OFFICER),
    # standards
    "standards:list": STAFF,
    "standards:edition": STAFF,
    "standards:edition_tab": STAFF,
    "standards:source": STAFF,
    "standards:export": STAFF,
    "standards:import": only(KEEPER),
    "standards:report": only(KEEPER, ADMIN),
    "standards:settle": only(KEEPER),
    "standards:decide": only(KEEPER),
    "standards:editor": only(KEEPER),
    "standards:tree_change": only(KEEPER),
    "standards:publish": only(KEEPER),
    "standards:withdraw": only(KEEPER),
    "standards:delete": only(KEEPER),
    # item bank
    "assessments:item_list": BANK_READERS,
    "assessments:item_detail": BANK_READERS,
    "assessments:item_export": BANK_READERS,
    "assessments:item_bulk": BANK_READERS,
    "assessments:item_new": only(AUTHOR),
    "assessments:item_edit": only(AUTHOR),
    "assessments:item_autosave": only(AUTHOR),
    "assessments:item_import": only(AUTHOR),
    "assessments:item_template": only(AUTHOR),
    "assessments:review_queue": only(REVIEWER),
    "assessments:item_review": only(REVIEWER),
    "assessments:item_decide": only(REVIEWER),
    "assessments:item_comment": only(AUTHOR, REVIEWER),
    "assessments:item_comment_resolve": only(AUTHOR, REVIEWER),
    "assessments:item_move": only(AUTHOR, REVIEWER),
    # practical tasks
    "assessments:workbench-try": only(AUTHOR, REVIEWER, EXAMINER),
    "assessments:workbench-try-command": only(AUTHOR, REVIEWER, EXAMINER),
    "assessments:workbench-try-grade": only(AUTHOR, REVIEWER, EXAMINER),
    "assessments:workbench-try-reference": only(AUTHOR, REVIEWER, EXAMINER),
    # blueprints, assembly, forms
    "assessments:blueprint_list": PAPER_READERS,
    "assessments:blueprint_detail": PAPER_READERS,
    "assessments:run_detail": PAPER_READERS,
    "assessments:run_progress": PAPER_READERS,
    "assessments:run_status": PAPER_READERS,
    "assessments:form_list": PAPER_READERS,
    "assessments:form_compare": PAPER_READERS,
    "assessments:form_detail": PAPER_READERS,
    "assessments:blueprint_new": only(EXAMINER),
    "assessments:blueprint_propose": only(EXAMINER),
    "assessments:blueprint_create": only(EXAMINER),
    "assessments:blueprint_save": only(EXAMINER),
    "assessments:blueprint_check": only(EXAMINER),
    "assessments:blueprint_ready": only(EXAMINER),
    "assessments:blueprint_copy": only(EXAMINER),
    "assessments:blueprint_retire": only(EXAMINER),
    "assessments:assembly_start": only(EXAMINER),
    "assessments:form_freeze": only(EXAMINER),
    "assessments:form_retire": only(EXAMINER),
    "assessments:slot_swap": only(EXAMINER),
    # exams and sessions
    "assessments:exam_list": PAPER_READERS,
    "assessments:exam_detail": PAPER_READERS,
    "assessments:session_list": only(EXAMINER, INVIGILATOR),
    "assessments:session_detail": only(EXAMINER, INVIGILATOR),
    "assessments:exam_new": only(EXAMINER),
    "assessments:exam_open": only(EXAMINER),
    "assessments:exam_close": only(EXAMINER),
    "assessments:session_new": only(EXAMINER),
    "assessments:session_edit": only(EXAMINER),
    "assessments:session_invigilators": only(EXAMINER),
    "assessments:session_cancel": only(EXAMINER),
    # delivery
    "candidates:delivery_sign_in": PUBLIC,
    "candidates:delivery_state": ATTEMPT,
    "candidates:delivery_start": ATTEMPT,
    "candidates:delivery_paper": ATTEMPT,
    "candidates:delivery_save": ATTEMPT,
    "candidates:delivery_command": ATTEMPT,
    "candidates:delivery_world": ATTEMPT,
    "candidates:delivery_pulse": ATTEMPT,
    "candidates:delivery_submit": ATTEMPT,
    "candidates:delivery_late": ATTEMPT,
    "candidates:home": only(CANDIDATE),
    "candidates:player": only(CANDIDATE),
    "candidates:player_worker": PUBLIC,
    "candidates:lease": only(CANDIDATE),
    "candidates:receipt": only(CANDIDATE),
    "candidates:ticket_sign_in": PUBLIC,
    "candidates:ticket_sign_out": PUBLIC,
    # registration
    "candidates:candidate_list": only(OFFICER, EXAMINER),
    "candidates:roster_import": only(OFFICER, EXAMINER),
    "candidates:roster_template": only(OFFICER, EXAMINER),
    "candidates:session_list": only(OFFICER, EXAMINER),
    "candidates:session_registrations": only(OFFICER, EXAMINER),
    "candidates:tickets": only(OFFICER, EXAMINER),
    # invigilation
    "candidates:board_list": only(INVIGILATOR, EXAMINER),
    "candidates:board": only(INVIGILATOR, EXAMINER),
    "candidates:board_seats": only(INVIGILATOR, EXAMINER),
    "candidates:board_act": only(INVIGILATOR, EXAMINER),
    "candidates:board_sealed": only(INVIGILATOR, EXAMINER),
    # marking
    "grading:marking_home": only(MARKER),
    "grading:marking_next": only(MARKER),
    "grading:marking_task": only(MARKER),
    "grading:give_back": only(MARKER, ARBITER),
    "grading:arbitration_home": only(ARBITER),
    "grading:arbitration_next": only(ARBITER),
    "grading:arbitration_task": only(ARBITER),
    "grading:arbitration_give_back": only(MARKER, ARBITER),
    # results and their release
    "grading:exam_results": only(EXAMINER),
    "grading:exam_result_table": only(EXAMINER),
    "grading:exam_result_csv": only(EXAMINER),
    "grading:result_detail": only(EXAMINER),
    "grading:override": only(EXAMINER),
    "grading:release_request": only(EXAMINER),
    "grading:release_approve": only(EXAMINER),
    "grading:release_reject": only(EXAMINER),
    "grading:my_results": only(CANDIDATE),
    "grading:my_result": only(CANDIDATE),
    "grading:school_results": only(OFFICER),
    "grading:school_result": only(OFFICER),
    "grading:school_result_csv": only(OFFICER),
    # certificates
    "grading:certificate_list": only(EXAMINER),
    "grading:certificate_detail": only(EXAMINER),
    "grading:certificate_pdf": only(EXAMINER),
    "grading:revoke_request": only(EXAMINER),
    "grading:revoke_decide": only(EXAMINER),
    "grading:my_certificates": only(CANDIDATE),
    "grading:my_certificate_pdf": only(CANDIDATE),
    "grading:school_certificates": only(OFFICER),
    "grading:school_certificate_pdf": only(OFFICER),
    "grading:school_archive": only(OFFICER),
    "grading:verify": PUBLIC,
    "grading:verify_keys": PUBLIC,
    "grading:verify_number": PUBLIC,
    # API
    "grading:api_docs": PUBLIC,
    "grading:openapi": PUBLIC,
    "grading:api_results": key_with(S.RESULTS_READ),
    "grading:api_result": key_with(S.RESULTS_READ),
    "grading:api_certificates": key_with(S.CERTIFICATES_READ),
    "grading:api_certificate": key_with(S.CERTIFICATES_READ),
    "grading:api_certificate_pdf": key_with(S.CERTIFICATES_READ),
    "grading:api_verify": PUBLIC,
    "standards-list": key_with(S.STANDARDS_READ),
    "standards-detail": key_with(S.STANDARDS_READ),
    "standards-tree": key_with(S.STANDARDS_READ),
    "api_sessions": key_with(S.SESSIONS_READ),
    "api_session": key_with(S.SESSIONS_READ),
    "api_session_registrations": key_with(S.REGISTRATIONS_WRITE),
    "api_registrations": key_with(S.REGISTRATIONS_READ),
    "api_registration": key_with(S.REGISTRATIONS_READ),
}

REFUSED_INSIDE = {"assessments:item_bulk"}
"""Addresses whose service refuses, by role, what the empty sample request asks for."""

UNDECLARED = {"set_language"}
"""The framework's own views, which can't declare their access."""

ARGUMENTS: dict[str, dict[str, Any]] = {
    "standards:export": {"pk": "999999999", "form": "json"},
}
"""Sample arguments of addresses written as regular expressions."""

"""Schools: making and changing them."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from ..errors import Invalid
from ..models import School, User
from .audit import record


@transaction.atomic
def create_school(*, actor: User | None, code: str, name: str) -> School:
    """A new school. Raises Invalid `school_code_taken`."""
    code = code.strip().upper()
    if School.objects.filter(code__iexact=code).exists():
        raise Invalid(
            "school_code_taken",
            _("院校代码 %(code)s 已被使用。") % {"code": code},
            hint=_("每所院校的代码只能登记一次；如要改名，请编辑原来的院校。"),
        )
    school = School.objects.create(code=code, name=name.strip())
    record(actor=actor, verb="school.create", target=school, data={"code": code, "name": name}, school=school)
    return school


@transaction.atomic
def update_school(*, actor: User, school: School, name: str, is_active: bool) -> School:
    """Rename a school, or switch it on or off. Its code is printed on certificates and never changes.

    Keys and accounts of a school that is switched off are refused, not deleted.
    """
    school = School.objects.select_for_update().get(pk=school.pk)
    after = {"name": name.strip(), "is_active": is_active}
    changed = {
        key: [getattr(school, key), value] for key, value in after.items() if getattr(school, key) != value
    }
    if changed:
        for key, value in after.items():
            setattr(school, key, value)
        school.save(update_fields=list(after))
        record(actor=actor, verb="school.update", target=school, data=changed, school=school)
    return school

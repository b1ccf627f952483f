"""Forms of accounts."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any, cast

from django import forms
from django.contrib.auth.forms import AuthenticationForm, SetPasswordForm
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .enums import SCHOOL_ROLES, Role, Scope
from .models import School, User
from .services.people import Grant


class SignInForm(AuthenticationForm):
    """User name and password."""

    error_messages = {
        "invalid_login": _("用户名或密码不对。请注意大小写；多次输错后账号会暂时锁定。"),
        "inactive": _("这个账号已停用，请联系系统管理员。"),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("用户名")
        self.fields["password"].label = _("密码")


class OwnPasswordForm(SetPasswordForm):  # type: ignore[type-arg]
    """The current password, then the new one twice."""

    current = forms.CharField(
        label=_("当前密码"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )
    field_order = ["current", "new_password1", "new_password2"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new_password1"].label = _("新密码")
        self.fields["new_password1"].help_text = _("至少 10 个字符，不能全是数字，不要用常见密码。")
        self.fields["new_password2"].label = _("再输一次新密码")
        self.fields["new_password2"].help_text = ""

    def clean_current(self) -> str:
        value = self.cleaned_data["current"]
        if not self.user.check_password(value):
            raise ValidationError(_("当前密码不对。"), code="wrong_password")
        return value


STAFF_ROLES = [role for role in Role if role not in SCHOOL_ROLES]


class SchoolChoices(forms.ModelMultipleChoiceField):
    """Schools by code and name."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.code} {obj.name}"


class UserForm(forms.Form):
    """An account and its roles. `grants()` gives what was chosen."""

    username = forms.CharField(
        label=_("用户名"),
        max_length=150,
        validators=[UnicodeUsernameValidator()],
        help_text=_("登录用，建好后不再改。"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )
    display_name = forms.CharField(label=_("姓名"), max_length=60)
    email = forms.EmailField(label=_("电子邮箱"), required=False)
    is_active = forms.BooleanField(
        label=_("可以登录"), required=False, initial=True, help_text=_("停用后立即退出所有登录，记录保留。")
    )
    roles = forms.MultipleChoiceField(
        label=_("角色"),
        choices=[(role.value, role.label) for role in STAFF_ROLES],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("按最小权限授予；同一人可有多个角色。"),
    )
    officer_of = SchoolChoices(label=_("院校角色：所属院校"), queryset=School.objects.none(), required=False)

    def __init__(self, *args: Any, user: User | None = None, **kwargs: Any) -> None:
        self.user = user
        if user is not None:
            grants = list(user.role_grants.all())
            kwargs["initial"] = {
                "username": user.username,
                "display_name": user.display_name,
                "email": user.email,
                "is_active": user.is_active,
                "roles": [grant.role for grant in grants if grant.role in STAFF_ROLES],
                "officer_of": [grant.school_id for grant in grants if grant.role == Role.OFFICER],
            }
        super().__init__(*args, **kwargs)
        schools = cast("SchoolChoices", self.fields["officer_of"])
        held = [grant.school_id for grant in user.role_grants.all()] if user else []
        schools.queryset = School.objects.filter(Q(is_active=True) | Q(pk__in=held))
        if user is not None:
            self.fields["username"].disabled = True

    def grants(self) -> list[Grant]:
        """The roles chosen; candidate roles, which the candidate register grants, are kept as they are."""
        chosen = [Grant(Role(role)) for role in self.cleaned_data["roles"]]
        chosen += [Grant(Role.OFFICER, school) for school in self.cleaned_data["officer_of"]]
        if self.user is not None:
            kept = self.user.role_grants.filter(role=Role.CANDIDATE).select_related("school")
            chosen += [Grant(Role.CANDIDATE, grant.school) for grant in kept]
        return chosen


class SchoolForm(forms.Form):
    """A school. The code is fixed once it is made."""

    code = forms.CharField(
        label=_("院校代码"),
        max_length=20,
        validators=[RegexValidator(r"\A[A-Za-z0-9-]+\Z", _("只用字母、数字和连字符。"))],
        help_text=_("字母、数字和连字符，印在准考证和证书上，建好后不再改。"),
    )
    name = forms.CharField(label=_("院校名称"), max_length=120)
    is_active = forms.BooleanField(
        label=_("启用"),
        required=False,
        initial=True,
        help_text=_("停用后，该校账号的院校权限和接口密钥一并失效。"),
    )

    def __init__(self, *args: Any, school: School | None = None, **kwargs: Any) -> None:
        if school is not None:
            kwargs["initial"] = {"code": school.code, "name": school.name, "is_active": school.is_active}
        super().__init__(*args, **kwargs)
        if school is not None:
            self.fields["code"].disabled = True


class KeyForm(forms.Form):
    """A new API key: for which school, what for, which scopes, until when."""

    school = forms.ModelChoiceField(label=_("院校"), queryset=School.objects.none(), empty_label=None)
    name = forms.CharField(
        label=_("用途"), max_length=80, help_text=_("例如“教务系统拉取成绩”，便于日后辨认。")
    )
    scopes = forms.MultipleChoiceField(
        label=_("权限范围"),
        choices=Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("只勾选用得到的。"),
    )
    expires_on = forms.DateField(
        label=_("有效期至"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("当天结束时失效；留空则一直有效，直到撤销。"),
    )

    def __init__(self, *args: Any, schools: QuerySet[School], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.ModelChoiceField[School]", self.fields["school"]).queryset = schools

    def expires_at(self) -> datetime | None:
        """The end of the chosen day."""
        day = self.cleaned_data["expires_on"]
        return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min)) if day else None


class AuditFilterForm(forms.Form):
    """The audit page's filters; wrong values are left out rather than refused."""

    q = forms.CharField(label=_("查找"), required=False, max_length=60)
    verb = forms.CharField(required=False, max_length=60)
    since = forms.DateField(label=_("从"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("到"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

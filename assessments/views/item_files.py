"""Items in and out by file: a preview of what an import would do, the import itself, exports and the template."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import allow
from accounts.enums import Role
from standards.models import Edition

from .. import sheets
from ..bank import LARGEST_FILE, FileProblem
from ..queries import items as queries
from ..services.banks import LoadReport, load_bank
from ..services.items import body_of
from .items import READERS, _user

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TYPES = {"xlsx": XLSX, "yaml": "application/yaml", "json": "application/json"}


class ImportForm(forms.Form):
    """A file, and whether to write or only to look."""

    edition = forms.ModelChoiceField(Edition.objects.none(), label=gettext_lazy("标准"), empty_label=None)
    file = forms.FileField(
        label=gettext_lazy("题目文件"),
        help_text=gettext_lazy("Excel 模板（.xlsx），或本系统的 .yaml、.json；不超过 8 MB。"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.yaml,.yml,.json"}),
    )
    write = forms.BooleanField(label=gettext_lazy("没有问题就写入（成为我的草稿，仍须送审）"), required=False)

    def clean_file(self) -> UploadedFile:
        upload: UploadedFile = self.cleaned_data["file"]
        if (upload.size or 0) > LARGEST_FILE:
            raise forms.ValidationError(_("文件超过 8 MB，请拆成几个文件。"))
        if not str(upload.name).lower().endswith((".xlsx", ".yaml", ".yml", ".json")):
            raise forms.ValidationError(_("只接受 .xlsx、.yaml、.json 文件。"))
        return upload


@allow(Role.AUTHOR)
@require_http_methods(["GET", "POST"])
def item_import(request: HttpRequest) -> HttpResponse:
    """Read a file, report row by row, and write it where all is well and the author asked for it."""
    form = ImportForm(request.POST or None, request.FILES or None)
    form.fields["edition"].queryset = Edition.objects.exclude(state="withdrawn").order_by("-published_at")  # type: ignore[attr-defined]
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        entries, problems = sheets.read_upload(upload.read(), str(upload.name))
        report = LoadReport(problems=problems)
        if entries:
            checked = load_bank(
                author=_user(request),
                reviewer=None,
                edition=form.cleaned_data["edition"],
                entries=entries,
                dry_run=bool(problems) or not form.cleaned_data["write"],
            )
            report = checked
            report.problems = _merged(problems, checked.problems)
        if form.cleaned_data["write"] and not report.problems:
            done = {"new": len(report.created), "revised": len(report.revised), "same": len(report.unchanged)}
            messages.success(request, _("已导入：新增 %(new)d，修订 %(revised)d，未变 %(same)d") % done)
            return redirect("assessments:item_list")
        context |= {"report": report, "read": len(entries), "filename": upload.name}
    status = 400 if context.get("report") and context["report"].problems else 200
    return render(request, "assessments/items/import.html", context, status=status)


@allow(Role.AUTHOR)
@require_GET
def item_template(request: HttpRequest) -> HttpResponse:
    """The empty workbook to fill in."""
    return _download(sheets.template(), "liangcai-items.xlsx", XLSX)


@allow(*READERS)
@require_GET
def item_export(request: HttpRequest) -> HttpResponse:
    """The filtered items as a workbook, YAML or JSON (``as=``), current revisions before drafts."""
    user = _user(request)
    wanted = queries.ItemFilter.read(request.GET)
    found = queries.for_list(wanted.apply(queries.items_for(user), user))[:5_000]
    bodies = []
    for item in found:
        if item.latest is not None and item.kind:
            item.latest.item = item
            bodies.append(body_of(item.latest))
    form = request.GET.get("as", "xlsx")
    form = form if form in TYPES else "xlsx"
    data, _left_out = sheets.write_file(bodies, form)
    return _download(data, f"items.{form}", TYPES[form])


def _merged(first: list[FileProblem], second: list[FileProblem]) -> list[FileProblem]:
    """Both lists without repeats, in order of line."""
    return sorted(dict.fromkeys([*first, *second]), key=lambda problem: (problem.line, problem.place))


def _download(data: bytes, name: str, content_type: str) -> HttpResponse:
    response = HttpResponse(data, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response

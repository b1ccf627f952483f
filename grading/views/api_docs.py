"""The API's OpenAPI document, and a page that shows it without a script from elsewhere."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET
from drf_spectacular.generators import SchemaGenerator

from accounts.access import allow_public

METHODS = ("get", "post", "put", "patch", "delete")
TITLES = {
    "standards": _("标准"),
    "sessions": _("考次"),
    "registrations": _("报名"),
    "成绩": _("成绩"),
    "证书": _("证书"),
    "查验": _("查验"),
}
"""Groups of the page by the document's tags, in the order of the work."""


@lru_cache(maxsize=4)
def schema(_language: str | None) -> dict[str, Any]:
    """The OpenAPI document of API v1, drawn once a language and process."""
    document: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    document["servers"] = [{"url": settings.SITE_URL}]
    return document


@allow_public
@require_GET
def openapi(_request: HttpRequest) -> HttpResponse:
    """The document itself."""
    body = json.dumps(schema(get_language()), ensure_ascii=False, indent=1, default=str)
    response = HttpResponse(body, content_type="application/vnd.oai.openapi+json; charset=utf-8")
    response["Access-Control-Allow-Origin"] = "*"
    return response


@allow_public
@require_GET
def api_docs(request: HttpRequest) -> HttpResponse:
    """The document as a page."""
    document = schema(get_language())
    components = document.get("components", {}).get("schemas", {})
    groups: dict[str, list[dict[str, Any]]] = {tag: [] for tag in TITLES}
    for address, methods in document["paths"].items():
        for method, operation in methods.items():
            if method in METHODS:
                tag = (operation.get("tags") or [""])[0]
                groups.setdefault(tag, []).append(_operation(address, method, operation, components))
    context = {
        "info": document["info"],
        "groups": [
            {"title": TITLES.get(tag, tag or _("其他")), "operations": entries}
            for tag, entries in groups.items()
            if entries
        ],
        "base": settings.SITE_URL,
    }
    return render(request, "grading/api_docs.html", context)


def _operation(
    address: str, method: str, operation: dict[str, Any], components: dict[str, Any]
) -> dict[str, Any]:
    description = operation.get("description", "")
    return {
        "id": operation.get("operationId", f"{method}-{address}"),
        "address": address,
        "method": method.upper(),
        "summary": operation.get("summary") or description.partition("\n")[0],
        "description": description if operation.get("summary") else description.partition("\n")[2].strip(),
        "public": operation.get("security") == [] or operation.get("security") == [{}],
        "parameters": [_parameter(entry) for entry in operation.get("parameters", [])],
        "body": _body(operation.get("requestBody"), components),
        "responses": [
            {
                "status": status,
                "description": response.get("description", ""),
                "types": list(response.get("content", {})),
                "fields": _content_fields(response, components),
            }
            for status, response in operation.get("responses", {}).items()
        ],
    }


def _parameter(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": entry["name"],
        "place": entry["in"],
        "required": entry.get("required", False),
        "type": _type(entry.get("schema", {})),
        "description": "" if "enum" in entry.get("schema", {}) else entry.get("description", ""),
    }


def _type(node: dict[str, Any]) -> str:
    if "$ref" in node:
        return str(node["$ref"]).rsplit("/", 1)[-1]
    if "enum" in node:
        return " | ".join(str(value) for value in node["enum"])
    if node.get("type") == "array":
        return f"[{_type(node.get('items', {}))}]"
    for joined in ("allOf", "oneOf", "anyOf"):
        if joined in node:
            return " | ".join(_type(part) for part in node[joined])
    kind = node.get("type", "object")
    words = " | ".join(kind) if isinstance(kind, list) else str(kind)
    return f"{words} ({node['format']})" if "format" in node else words


def _content_fields(response: dict[str, Any], components: dict[str, Any]) -> list[dict[str, Any]]:
    content = response.get("content", {})
    node: dict[str, Any] = next((entry.get("schema", {}) for entry in content.values()), {})
    return fields_of(node, components)


def _body(body: dict[str, Any] | None, components: dict[str, Any]) -> list[dict[str, Any]]:
    return _content_fields(body, components) if body else []


def fields_of(
    node: dict[str, Any], components: dict[str, Any], depth: int = 0, prefix: str = ""
) -> list[dict[str, Any]]:
    """The fields of a schema, nested ones with a dotted name, four levels at most."""
    if depth > 4:
        return []
    if "$ref" in node:
        node = components.get(str(node["$ref"]).rsplit("/", 1)[-1], {})
    if node.get("type") == "array":
        return fields_of(node.get("items", {}), components, depth + 1, f"{prefix}[]" if prefix else "[]")
    for joined in ("allOf", "oneOf", "anyOf"):
        if joined in node:
            return [row for part in node[joined] for row in fields_of(part, components, depth, prefix)]
    rows: list[dict[str, Any]] = []
    for name, entry in node.get("properties", {}).items():
        full = f"{prefix}.{name}" if prefix else name
        rows.append({"name": full, "type": _type(entry), "description": entry.get("description", "")})
        rows += fields_of(entry, components, depth + 1, full)
    return rows

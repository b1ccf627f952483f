"""Canonical JSON: one byte string for one value (the part of RFC 8785 that certificates use).

Keys are ASCII and sorted, there is no white space, text is UTF-8 without escapes beyond the ones JSON
demands, numbers are integers. Decimals travel as strings; floats are refused because their text is not
the same everywhere.
"""

from __future__ import annotations

import json
from typing import Any

from grading.certificates.errors import CertificateError

MAX_DEPTH = 12


def _check(value: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise CertificateError("canonical.depth", "数据嵌套过深。")
    if value is None or isinstance(value, bool | int):
        return
    if isinstance(value, str):
        try:
            value.encode("utf-8")
        except UnicodeEncodeError as error:
            raise CertificateError("canonical.text", "文字中含有不成对的代理字符。") from error
        return
    if isinstance(value, list | tuple):
        for entry in value:
            _check(entry, depth + 1)
        return
    if isinstance(value, dict):
        for key, entry in value.items():
            if not isinstance(key, str) or not key.isascii():
                raise CertificateError("canonical.key", "键名必须是 ASCII 文字。")
            _check(entry, depth + 1)
        return
    raise CertificateError("canonical.type", f"不能规范化的类型：{type(value).__name__}。")


def canonical_json(value: Any) -> bytes:
    """The canonical UTF-8 bytes of ``value``; raises ``CertificateError`` for floats and other strangers."""
    _check(value, 0)
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8")


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


def _unique_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("duplicate key")
    return result


def parse_canonical(data: bytes) -> Any:
    """Parse ``data`` and insist that it is its own canonical form, so that one value has one spelling."""
    try:
        value = json.loads(
            data.decode("utf-8"), parse_constant=_refuse_constant, object_pairs_hook=_unique_pairs
        )
    except (ValueError, RecursionError) as error:
        raise CertificateError("canonical.parse", "不是规范的 JSON。") from error
    if canonical_json(value) != data:
        raise CertificateError("canonical.form", "JSON 不是规范形式。")
    return value

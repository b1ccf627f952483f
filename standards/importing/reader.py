"""Bytes → text with line numbers.

Readers are found through `register_reader`; one is enough for one format. Each takes the whole file's
bytes and its name and gives a `SourceText` whose `text` is what later stages read and what the edition keeps.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePath

from standards.importing.errors import ImportRefused
from standards.importing.findings import Finding
from standards.importing.spans import Spanned

MAX_BYTES = 8 * 1024 * 1024
"""Larger files are refused unread: a standard is a few hundred kilobytes at most."""
MAX_CHARACTERS = 500_000

_LINE_END = re.compile(r"\r\n|\n|\r")
_PAGE_BREAK = re.compile("[\f\v\x1c\x1d\x1e\x85\u2028\u2029]")
INVISIBLE = frozenset("\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f")

_MAGIC: tuple[tuple[bytes, str, str], ...] = (
    (
        b"PK\x03\x04",
        "Word 或 Excel 文件（.docx / .xlsx）或压缩包",
        "请在 Word 中另存为“纯文本 (.txt)”，编码选 UTF-8。",
    ),
    (
        b"\xd0\xcf\x11\xe0",
        "旧版 Word 或 Excel 文件（.doc / .xls）",
        "请另存为“纯文本 (.txt)”，编码选 UTF-8。",
    ),
    (b"%PDF", "PDF 文件", "请导出或复制成纯文本 (.txt)，编码选 UTF-8。"),
    (b"\x89PNG", "图片", "请先识别成文字，再存为纯文本 (.txt)。"),
    (b"\xff\xd8\xff", "图片", "请先识别成文字，再存为纯文本 (.txt)。"),
    (b"GIF8", "图片", "请先识别成文字，再存为纯文本 (.txt)。"),
    (b"Rar!", "压缩包", "请先解压，再上传其中的文本文件。"),
    (b"7z\xbc\xaf", "压缩包", "请先解压，再上传其中的文本文件。"),
    (b"\x1f\x8b", "压缩包", "请先解压，再上传其中的文本文件。"),
)


@dataclass(slots=True)
class Line:
    """A line, or the part of one between page breaks; `text` is without its end and invisible characters."""

    number: int
    text: Spanned

    @property
    def bare(self) -> str:
        return self.text.text.strip()


@dataclass(slots=True)
class SourceText:
    """The document's text as read, with the numbers of its lines as an editor shows them."""

    name: str
    text: str
    encoding: str
    sha256: str
    starts: list[int] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    invisible: list[int] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def line_of(self, offset: int) -> int:
        """Number (from 1) of the line the character at `offset` stands in."""
        return max(1, bisect_right(self.starts, offset))

    def original(self, start: int, end: int) -> str:
        return self.text[start:end]


Reader = Callable[[bytes, str], SourceText]
_READERS: dict[str, Reader] = {}


def register_reader(*suffixes: str) -> Callable[[Reader], Reader]:
    """Register the reader of files whose names end in one of `suffixes` (lower case, with the dot)."""

    def register(reader: Reader) -> Reader:
        for suffix in suffixes:
            _READERS[suffix] = reader
        return reader

    return register


def known_suffixes() -> list[str]:
    return sorted(_READERS)


def check_size(size: int, name: str) -> None:
    """Refuse a file by its size before it is read."""
    if size > MAX_BYTES:
        raise ImportRefused(
            "document_too_large",
            f"文件有 {size / 1024 / 1024:.1f} MB，超过 {MAX_BYTES // 1024 // 1024} MB 的上限。",
            place=name,
            hint="标准文档通常不到 1 MB：请确认选对了文件，并去掉图片和附件后再导入。",
        )


def read_source(data: bytes, name: str) -> SourceText:
    """Read `data` with the reader its name asks for; refuses what is no readable text document."""
    check_size(len(data), name)
    if not data.strip():
        raise ImportRefused(
            "document_empty", "文件是空的。", place=name, hint="请确认文件已保存，并重新选择。"
        )
    suffix = PurePath(name).suffix.lower()
    reader = _READERS.get(suffix)
    if reader is None:
        for magic, what, hint in _MAGIC:
            if data.startswith(magic):
                raise ImportRefused(
                    "format_unsupported", f"这是{what}，不能当作文本读取。", place=name, hint=hint
                )
        reader = read_plain_text
    return reader(data, name)


@register_reader(".txt", ".text", ".md", ".tsv", ".csv")
def read_plain_text(data: bytes, name: str) -> SourceText:
    """Plain text in UTF-8 (with or without BOM), UTF-16 with BOM, or GB18030."""
    for magic, what, hint in _MAGIC:
        if data.startswith(magic):
            raise ImportRefused(
                "format_unsupported", f"这是{what}，不能当作文本读取。", place=name, hint=hint
            )
    text, encoding = _decode(data, name)
    if "\x00" in text:
        raise _binary(name)
    if len(text) > MAX_CHARACTERS:
        raise ImportRefused(
            "document_too_large",
            f"文件有 {len(text):,} 个字符，超过 {MAX_CHARACTERS:,} 的上限。",
            place=name,
            hint="请确认选对了文件。",
        )
    return source_from_text(text, name, encoding, hashlib.sha256(data).hexdigest())


def source_from_text(text: str, name: str, encoding: str, sha256: str) -> SourceText:
    """Cut `text` into numbered lines; for readers of other formats once they have their text."""
    source = SourceText(name=name, text=text, encoding=encoding, sha256=sha256)
    if not text.strip():
        raise ImportRefused(
            "document_empty", "文件里没有文字。", place=name, hint="请确认文件已保存，并重新选择。"
        )
    position = 0
    ends = list(_LINE_END.finditer(text))
    bounds = [(match.start(), match.end()) for match in ends] + [(len(text), len(text))]
    for end, following in bounds:
        source.starts.append(position)
        _add_line(source, position, end)
        position = following
    return source


def _add_line(source: SourceText, start: int, end: int) -> None:
    number = len(source.starts)
    whole = source.text[start:end]
    hidden = [start + i for i, char in enumerate(whole) if char in INVISIBLE]
    if hidden:
        source.invisible.extend(hidden)
        after = "".join(char for char in whole if char not in INVISIBLE)
        source.findings.append(Finding("repair.invisible", number, whole, after))
    position = start
    for part in _PAGE_BREAK.split(whole):
        at = [o for o in range(position, position + len(part)) if source.text[o] not in INVISIBLE]
        source.lines.append(Line(number, Spanned("".join(source.text[o] for o in at), at)))
        position += len(part) + 1


def _decode(data: bytes, name: str) -> tuple[str, str]:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return data.decode("utf-16"), "utf-16"
        except UnicodeDecodeError as error:
            raise _bad_bytes(data, name, error, "UTF-16") from error
    if _looks_binary(data):
        raise _binary(name)
    if data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
        label = "utf-8-sig"
    else:
        label = "utf-8"
    try:
        return data.decode("utf-8"), label
    except UnicodeDecodeError as error:
        utf8_error = error
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        raise _bad_bytes(data, name, utf8_error, "UTF-8") from utf8_error
    if _looks_like_chinese(text):
        return text, "gb18030"
    raise _bad_bytes(data, name, utf8_error, "UTF-8")


def _binary(name: str) -> ImportRefused:
    return ImportRefused(
        "document_binary",
        "这不是文本文件（含有二进制内容）。",
        place=name,
        hint="请在原来的软件中另存为“纯文本 (.txt)”，编码选 UTF-8。",
    )


def _bad_bytes(data: bytes, name: str, error: UnicodeDecodeError, tried: str) -> ImportRefused:
    line = data.count(b"\n", 0, error.start) + 1
    return ImportRefused(
        "encoding_unreadable",
        f"第 {line} 行（第 {error.start + 1} 个字节）不是有效的 {tried} 文字，按 GB18030 也读不通。",
        place=name,
        hint="请用记事本打开，检查该行是否乱码，然后另存为 UTF-8 编码。",
    )


def _looks_binary(data: bytes) -> bool:
    if b"\x00" in data:
        return True
    sample = data[:65536]
    control = sum(1 for byte in sample if byte < 32 and byte not in (9, 10, 11, 12, 13, 27, 28, 29, 30))
    return control > len(sample) // 200


_COMMON = frozenset(
    "的一是在不了有和人这中大为上个国能以要会与及等对进行根据要求工作业职技标准合理产品数据分析"
)


def _looks_like_chinese(text: str) -> bool:
    """Whether text read as GB18030 is Chinese and not some other encoding misread."""
    wide = [char for char in text if ord(char) > 127]
    if not wide:
        return True
    han = sum(1 for char in wide if "\u4e00" <= char <= "\u9fff")
    common = sum(1 for char in wide if char in _COMMON)
    private = sum(1 for char in wide if "\ue000" <= char <= "\uf8ff" or ord(char) > 0xFFFF)
    return han * 10 >= len(wide) * 6 and common * 100 >= len(wide) * 4 and private * 50 < len(wide)

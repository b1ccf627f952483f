"""The one way the importer says no."""

from __future__ import annotations


class ImportRefused(Exception):
    """The document can't be imported; nothing was done.

    `place` names where (a file name, a line, a byte), `hint` says how to mend it.
    """

    def __init__(self, code: str, message: str, *, place: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.place = place
        self.hint = hint

    def __str__(self) -> str:
        where = f"{self.place}：" if self.place else ""
        mend = f" {self.hint}" if self.hint else ""
        return f"{where}{self.message}{mend}"

"""What can go wrong while making or reading a certificate file."""

from __future__ import annotations


class CertificateError(Exception):
    """A refusal with a stable code and a sentence for the person at the screen."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

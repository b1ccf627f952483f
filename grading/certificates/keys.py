"""Ed25519 keys: their ids, the private key file and the public keyring.

A key's id is the first 16 hex digits of the SHA-256 of its 32 raw public bytes, so an id cannot be given
to another key. Private keys are PKCS#8 PEM, encrypted with a passphrase; the keyring is public JSON.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from grading.certificates.errors import CertificateError

ALGORITHM = "Ed25519"
_RAW = (serialization.Encoding.Raw, serialization.PublicFormat.Raw)


class KeyState(StrEnum):
    """active signs; retired no longer signs but its certificates hold; revoked is trusted for nothing."""

    ACTIVE = "active"
    RETIRED = "retired"
    REVOKED = "revoked"


def key_id(public_bytes: bytes) -> str:
    """The id of a public key of 32 raw bytes."""
    return hashlib.sha256(public_bytes).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A verification key and what it may still be used for."""

    public_bytes: bytes
    state: KeyState = KeyState.ACTIVE

    @property
    def kid(self) -> str:
        """The key's id, always computed from its bytes."""
        return key_id(self.public_bytes)

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Whether ``signature`` is this key's over ``message``."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public_bytes).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class Keyring:
    """The public keys that verification trusts, by id."""

    keys: Mapping[str, PublicKey] = field(default_factory=dict)

    @classmethod
    def of(cls, keys: Iterable[PublicKey]) -> Keyring:
        """A keyring from keys."""
        return cls({key.kid: key for key in keys})

    def get(self, kid: str) -> PublicKey | None:
        """The key of that id, or None."""
        return self.keys.get(kid)

    def as_json(self, *, issuer: str) -> dict[str, Any]:
        """The public key file (``keys.json``) that third parties download."""
        return {
            "v": 1,
            "issuer": issuer,
            "keys": [
                {
                    "kid": key.kid,
                    "alg": ALGORITHM,
                    "public_key": base64.b64encode(key.public_bytes).decode(),
                    "state": key.state.value,
                }
                for key in sorted(self.keys.values(), key=lambda key: key.kid)
            ],
        }


class _KeyEntry(msgspec.Struct, kw_only=True):
    kid: str
    alg: str
    public_key: str
    state: KeyState = KeyState.ACTIVE


class _KeyFile(msgspec.Struct, kw_only=True):
    v: int
    keys: list[_KeyEntry]
    issuer: str = ""


def parse_keyring(data: bytes) -> Keyring:
    """A keyring from the bytes of ``keys.json``; every id must fit its key."""
    try:
        document = msgspec.json.decode(data, type=_KeyFile)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CertificateError("keys.parse", "公钥文件无法读取。") from error
    keys = []
    for entry in document.keys:
        try:
            raw = base64.b64decode(entry.public_key, validate=True)
        except (binascii.Error, ValueError) as error:
            raise CertificateError("keys.entry", "公钥文件中有一把公钥无法读取。") from error
        if document.v != 1 or entry.alg != ALGORITHM or len(raw) != 32 or key_id(raw) != entry.kid:
            raise CertificateError("keys.entry", "公钥文件中有一把公钥的编号、算法或长度不符。")
        keys.append(PublicKey(raw, entry.state))
    return Keyring.of(keys)


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key that can sign. It is never printed, logged or pickled by us."""

    _private: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def generate(cls) -> Signer:
        """A new random key."""
        return cls(Ed25519PrivateKey.generate())

    @property
    def public_bytes(self) -> bytes:
        """The 32 raw public bytes."""
        return self._private.public_key().public_bytes(*_RAW)

    @property
    def kid(self) -> str:
        """The key's id."""
        return key_id(self.public_bytes)

    @property
    def public_key(self) -> PublicKey:
        """The key for a keyring."""
        return PublicKey(self.public_bytes)

    def sign(self, message: bytes) -> bytes:
        """The 64-byte signature over ``message``; the same message always gives the same signature."""
        return self._private.sign(message)

    def to_pem(self, passphrase: bytes) -> bytes:
        """PKCS#8 PEM, encrypted with ``passphrase`` (which may not be empty)."""
        if not passphrase:
            raise CertificateError("keys.passphrase", "签名私钥必须以口令加密保存。")
        return self._private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(passphrase),
        )


def load_signer(pem: bytes, passphrase: bytes) -> Signer:
    """The signer in an encrypted PEM; raises ``CertificateError`` on a wrong passphrase or kind of key."""
    try:
        private = serialization.load_pem_private_key(pem, passphrase)
    except (ValueError, TypeError) as error:
        raise CertificateError("keys.private", "签名私钥无法打开：口令不对或文件损坏。") from error
    if not isinstance(private, Ed25519PrivateKey):
        raise CertificateError("keys.private", "签名私钥不是 Ed25519 密钥。")
    return Signer(private)


def write_private_key(path: Path, signer: Signer, passphrase: bytes) -> bool:
    """Write the encrypted key to ``path`` (mode 0600) unless it exists; True if this call wrote it.

    The file appears whole or not at all, and of several processes that try at once one wins.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".key-")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as handle:
            handle.write(signer.to_pem(passphrase))
            handle.flush()
            os.fsync(handle.fileno())
        try:
            os.link(temporary, path)
        except FileExistsError:
            return False
        return True
    finally:
        temporary.unlink(missing_ok=True)


_KID = re.compile(r"[0-9a-f]{16}")


def is_key_id(text: str) -> bool:
    """Whether ``text`` has the shape of a key id."""
    return _KID.fullmatch(text) is not None

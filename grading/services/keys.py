"""The keys that sign certificates: public halves in the database, private halves in encrypted files."""

from __future__ import annotations

import base64
import hashlib
import hmac
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import NotFound, Refusal
from accounts.models import User
from accounts.services import audit

from ..certificates.errors import CertificateError
from ..certificates.keys import Keyring, KeyState, PublicKey, Signer, load_signer, write_private_key
from ..models import SigningKey

_LOCK = 0x4C43_4B45  # advisory lock: one key is made, however many processes start


def passphrase() -> bytes:
    """What the private key files are encrypted with.

    The setting SIGNING_PASSPHRASE where the site gives one; else a key derived from SECRET_KEY, so that
    the files alone are worth nothing.
    """
    given = getattr(settings, "SIGNING_PASSPHRASE", "")
    if given:
        return str(given).encode()
    return (
        hmac.new(settings.SECRET_KEY.encode(), b"liangcai certificate keys", hashlib.sha256)
        .hexdigest()
        .encode()
    )


def key_path(kid: str) -> Path:
    """The file of a private key."""
    return Path(settings.SIGNING_KEYS_DIR) / f"{kid}.pem"


@lru_cache(maxsize=8)
def _signer(path: str) -> Signer:
    return load_signer(Path(path).read_bytes(), passphrase())


def signer_for(kid: str) -> Signer:
    """The signer of that id. Raises Refusal when its file is missing or can't be opened."""
    path = key_path(kid)
    try:
        signer = _signer(str(path))
    except (OSError, CertificateError) as error:
        raise Refusal(
            "signing_key_missing",
            _("证书签名私钥 %(kid)s 无法打开。") % {"kid": kid},
            hint=_("请系统管理员恢复签名私钥目录，或换用新密钥。"),
            status=503,
        ) from error
    if signer.kid != kid:
        raise Refusal("signing_key_mismatch", _("证书签名私钥文件与编号不符。"), status=503)
    return signer


def active_key() -> SigningKey:
    """The key that signs now. The first one of a site is made on first use."""
    key = SigningKey.objects.filter(retired_at=None, revoked_at=None).order_by("-created_at").first()
    if key is not None:
        return key
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        key = SigningKey.objects.filter(retired_at=None, revoked_at=None).order_by("-created_at").first()
        return key or create_key(actor=None)


@transaction.atomic
def create_key(*, actor: User | None) -> SigningKey:
    """Make a key pair: the private half becomes an encrypted file, the public half a row."""
    signer = Signer.generate()
    write_private_key(key_path(signer.kid), signer, passphrase())
    key = SigningKey.objects.create(
        kid=signer.kid, public_key=base64.urlsafe_b64encode(signer.public_bytes).decode()
    )
    audit.record(actor=actor, verb="signing_key.create", target=key)
    return key


@transaction.atomic
def rotate_key(*, actor: User | None) -> SigningKey:
    """Sign with a new key from now on; what the old ones signed stays good."""
    now = timezone.now()
    for old in SigningKey.objects.select_for_update().filter(retired_at=None, revoked_at=None):
        old.retired_at = now
        old.save(update_fields=["retired_at"])
        audit.record(actor=actor, verb="signing_key.retire", target=old)
    return create_key(actor=actor)


@transaction.atomic
def revoke_key(*, actor: User | None, kid: str, reason: str) -> SigningKey:
    """Stop trusting a key. Files signed with it then count only where their exact bytes are on record."""
    key = SigningKey.objects.select_for_update().filter(pk=kid).first()
    if key is None:
        raise NotFound("key_unknown", _("没有编号为 %(kid)s 的密钥。") % {"kid": kid})
    if key.revoked_at is None:
        key.revoked_at = timezone.now()
        key.save(update_fields=["revoked_at"])
        audit.record(actor=actor, verb="signing_key.revoke", target=key, data={"reason": reason[:1000]})
    return key


def keyring() -> Keyring:
    """All public keys the site has ever signed with, each with its state."""
    return Keyring.of(_public(key) for key in SigningKey.objects.all())


def _public(key: SigningKey) -> PublicKey:
    state = KeyState.ACTIVE
    if key.revoked_at is not None:
        state = KeyState.REVOKED
    elif key.retired_at is not None:
        state = KeyState.RETIRED
    return PublicKey(base64.urlsafe_b64decode(key.public_key), state)

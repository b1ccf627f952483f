"""A certificate is what was signed, to the byte; anything else is not one."""

from __future__ import annotations

import base64
import functools
import io
import json
from pathlib import Path
from typing import Any

import pypdf
import pypdfium2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grading.certificates.canonical import canonical_json, parse_canonical
from grading.certificates.envelope import MARK, open_envelope, seal
from grading.certificates.errors import CertificateError
from grading.certificates.keys import (
    Keyring,
    KeyState,
    PublicKey,
    Signer,
    load_signer,
    parse_keyring,
    write_private_key,
)
from grading.certificates.rendering import render
from grading.certificates.verification import Finding, verify
from tests.grading.certificates.samples import sample_intent

SIGNER = Signer.generate()
KEYS = Keyring.of([SIGNER.public_key])


@functools.cache
def genuine(running: int = 1) -> bytes:
    intent = sample_intent(running=running)
    return seal(render(intent), intent.claims, SIGNER)


def parts(data: bytes) -> tuple[bytes, dict[str, Any], bytes]:
    start = data.rfind(MARK)
    line, _newline, tail = data[start + len(MARK) :].partition(b"\n")
    return data[:start], json.loads(base64.b64decode(line)), tail


def rebuilt(pdf: bytes, document: dict[str, Any], tail: bytes) -> bytes:
    return pdf + MARK + base64.b64encode(canonical_json(document)) + b"\n" + tail


def test_what_was_signed_is_genuine_and_says_its_claims() -> None:
    verdict = verify(genuine(), KEYS)
    assert verdict.genuine
    assert verdict.claims == sample_intent().claims
    assert verdict.kid == SIGNER.kid


def test_the_same_intent_gives_the_same_bytes() -> None:
    intent = sample_intent()
    assert seal(render(intent), intent.claims, SIGNER) == genuine()


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(genuine()) - 1), st.integers(1, 255))
def test_any_altered_byte_is_noticed(place: int, mask: int) -> None:
    data = bytearray(genuine())
    data[place] ^= mask
    assert not verify(bytes(data), KEYS).genuine


@settings(max_examples=200, deadline=None)
@given(st.integers(len(genuine()) - 3000, len(genuine()) - 1), st.integers(1, 255))
def test_any_altered_byte_of_the_signature_block_is_noticed(place: int, mask: int) -> None:
    data = bytearray(genuine())
    data[place] ^= mask
    assert not verify(bytes(data), KEYS).genuine


@settings(max_examples=100, deadline=None)
@given(st.binary(min_size=1, max_size=40), st.integers(0, 3))
def test_bytes_added_or_cut_are_noticed(extra: bytes, where: int) -> None:
    data = genuine()
    middle = len(data) // 2
    changed = [data + extra, extra + data, data[:middle] + extra + data[middle:], data[: -len(extra)]][where]
    assert not verify(changed, KEYS).genuine


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=2000))
def test_any_bytes_get_a_verdict(data: bytes) -> None:
    assert not verify(data, KEYS).genuine
    assert not verify(b"%PDF-1.7\n" + data, KEYS).genuine
    assert not verify(genuine()[:-600] + data, KEYS).genuine


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("alg", "none"),
        ("alg", "HS256"),
        ("alg", "ed25519"),
        ("v", 2),
        ("v", True),
        ("kid", "0" * 16),
        ("kid", None),
        ("kid", ["x"]),
        ("pdf_sha256", "0" * 64),
        ("pdf_sha256", None),
        ("sig", base64.b64encode(bytes(64)).decode()),
        ("sig", ""),
        ("sig", 7),
    ],
)
def test_swapped_algorithm_key_digest_or_signature_is_refused(name: str, value: Any) -> None:
    pdf, document, tail = parts(genuine())
    assert not verify(rebuilt(pdf, {**document, name: value}, tail), KEYS).genuine


def test_claims_of_another_certificate_are_refused() -> None:
    pdf, document, tail = parts(genuine())
    _pdf, other, _tail = parts(genuine(2))
    assert (
        verify(rebuilt(pdf, {**document, "claims": other["claims"]}, tail), KEYS).finding is Finding.ALTERED
    )
    assert verify(rebuilt(pdf, other, tail), KEYS).finding is Finding.ALTERED
    forged = {**document, "claims": {**document["claims"], "level": "高级"}}
    assert verify(rebuilt(pdf, forged, tail), KEYS).finding is Finding.ALTERED


def test_a_second_signature_block_does_not_help() -> None:
    _pdf, document, tail = parts(genuine())
    assert not verify(
        genuine() + MARK + base64.b64encode(canonical_json(document)) + b"\n" + tail, KEYS
    ).genuine


def test_a_forgers_own_key_is_unknown_even_under_our_id() -> None:
    intent = sample_intent()
    forger = Signer.generate()
    forged = seal(render(intent), intent.claims, forger)
    assert verify(forged, KEYS).finding is Finding.UNKNOWN_KEY
    pdf, document, tail = parts(forged)
    assert verify(rebuilt(pdf, {**document, "kid": SIGNER.kid}, tail), KEYS).finding is Finding.ALTERED


def test_retired_keys_hold_and_revoked_keys_do_not() -> None:
    retired = Keyring.of([PublicKey(SIGNER.public_bytes, KeyState.RETIRED)])
    revoked = Keyring.of([PublicKey(SIGNER.public_bytes, KeyState.REVOKED)])
    assert verify(genuine(), retired).genuine
    assert verify(genuine(), revoked).finding is Finding.REVOKED_KEY
    assert verify(genuine(), Keyring()).finding is Finding.UNKNOWN_KEY


def test_the_public_key_file_round_trips_and_a_renamed_key_is_refused() -> None:
    document = KEYS.as_json(issuer="量才")
    assert parse_keyring(json.dumps(document).encode()) == KEYS
    document["keys"][0]["kid"] = "0" * 16
    with pytest.raises(CertificateError):
        parse_keyring(json.dumps(document).encode())
    for junk in (b"", b"[]", b"{}", b"\xff\xfe", b'{"v":1,"keys":[{}]}'):
        with pytest.raises(CertificateError):
            parse_keyring(junk)


def test_the_private_key_file_is_encrypted_private_and_written_once(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "a.pem"
    assert write_private_key(path, SIGNER, b"word")
    assert not write_private_key(path, Signer.generate(), b"word")
    assert path.stat().st_mode & 0o077 == 0
    assert b"ENCRYPTED" in path.read_bytes()
    assert load_signer(path.read_bytes(), b"word").kid == SIGNER.kid
    with pytest.raises(CertificateError):
        load_signer(path.read_bytes(), b"other")
    with pytest.raises(CertificateError):
        SIGNER.to_pem(b"")
    assert [entry.name for entry in path.parent.iterdir()] == ["a.pem"]


def test_viewers_open_the_signed_file_and_find_its_text_and_fonts() -> None:
    reader = pypdf.PdfReader(io.BytesIO(genuine()), strict=True)
    assert len(reader.pages) == 2
    assert all(abs(float(page.mediabox.width) - 595.28) < 1 for page in reader.pages)
    front, back = (page.extract_text() for page in reader.pages)
    assert "张晓梅" in front
    assert "按照《跨境电商出口B2C运营职业技能等级标准》（2019版）参加中级考核" in "".join(front.split())
    assert "370202********4321" in front
    assert "1.8.4" in back
    fonts = [font.get_object() for page in reader.pages for font in page["/Resources"]["/Font"].values()]  # type: ignore[index, union-attr]
    embedded = [font["/DescendantFonts"][0].get_object()["/FontDescriptor"] for font in fonts]
    assert embedded
    assert all("/FontFile3" in entry or "/FontFile2" in entry for entry in embedded)
    document = pypdfium2.PdfDocument(genuine())
    assert len(document) == 2
    assert b"startxref" in genuine()[-1024:]


@pytest.mark.parametrize("holder", ["买买提·吐尔逊", "㛃一", "龘", "𬱖", "Anna Müller", "欧阳 娜娜"])
def test_rare_names_are_printed(holder: str) -> None:
    text = pypdf.PdfReader(io.BytesIO(render(sample_intent(holder=holder)))).pages[0].extract_text()
    assert holder in text


def test_a_name_the_fonts_cannot_print_is_refused_and_not_printed_as_a_box() -> None:
    with pytest.raises(CertificateError) as refused:
        render(sample_intent(holder="𠮷田"))
    assert refused.value.code == "render.glyph"


def test_envelope_keeps_every_byte_of_the_pdf() -> None:
    opened = open_envelope(genuine())
    assert opened.pdf.startswith(render(sample_intent()).rstrip(b"\n"))


# ------------------------------------------------------------------ canonical JSON

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(max_codepoint=126), max_size=6), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(values)
def test_canonical_json_has_one_spelling(value: Any) -> None:
    data = canonical_json(value)
    assert parse_canonical(data) == value
    assert canonical_json(parse_canonical(data)) == data


@pytest.mark.parametrize(
    "data",
    [
        b'{"b":1,"a":2}',
        b'{"a": 1}',
        b'{"a":1,"a":1}',
        b"1.0",
        b"NaN",
        b'"\\u0041"',
        b"\xff",
        b"",
        b"[" * 5000,
    ],
)
def test_other_spellings_are_refused(data: bytes) -> None:
    with pytest.raises(CertificateError):
        parse_canonical(data)


@pytest.mark.parametrize("value", [1.5, {1: 2}, {"é": 1}, "\ud800", object()])
def test_what_has_no_canonical_form_is_refused(value: Any) -> None:
    with pytest.raises(CertificateError):
        canonical_json(value)

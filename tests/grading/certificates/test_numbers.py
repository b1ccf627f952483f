"""Certificate numbers: the scheme and its check digit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grading.certificates.errors import CertificateError
from grading.certificates.numbers import check_character, make_number, parse_number

numbers = st.builds(
    make_number,
    prefix=st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=4),
    year=st.integers(2000, 9999),
    level=st.integers(0, 9),
    running=st.integers(1, 9_999_999),
)


def test_check_character_is_that_of_identity_numbers() -> None:
    """GB 11643-1999's own example, which uses the same ISO 7064 MOD 11-2 system: 11010519491231002X."""
    assert check_character("11010519491231002") == "X"
    assert check_character("44052418800101001") == "4"


@given(numbers)
def test_round_trip_however_it_is_typed(number: object) -> None:
    text = str(number)
    full_width = "".join(chr(ord(char) + 0xFEE0) for char in text)
    for typed in (text, text.lower(), number.spaced, f" {text[:4]}-{text[4:]} ", full_width):  # type: ignore[attr-defined]
        assert parse_number(typed) == number


@given(numbers, st.data())
def test_a_wrong_digit_or_swapped_neighbours_are_noticed(number: object, data: st.DataObject) -> None:
    text = str(number)
    first_digit = next(place for place, char in enumerate(text) if char.isdigit())
    place = data.draw(st.integers(first_digit, len(text) - 2))
    wrong = data.draw(st.sampled_from("0123456789").filter(lambda char: char != text[place]))
    swapped = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    for typed in [text[:place] + wrong + text[place + 1 :], *([swapped] if swapped != text else [])]:
        with pytest.raises(CertificateError):
            parse_number(typed)


@given(st.text(max_size=80))
def test_any_text_is_refused_or_ours(text: str) -> None:
    try:
        number = parse_number(text)
    except CertificateError as error:
        assert error.message
    else:
        assert parse_number(str(number)) == number


@pytest.mark.parametrize("running", [0, 10_000_000])
def test_the_count_has_an_end(running: int) -> None:
    with pytest.raises(CertificateError):
        make_number(prefix="LC", year=2026, level=1, running=running)

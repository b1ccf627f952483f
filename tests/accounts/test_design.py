"""The design system holds to its own rules: contrast, layers, tokens, icons, nothing inline."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from accounts.icons import ICONS
from accounts.looks import LOOKS

ROOT = Path(__file__).resolve().parents[2]
CSS = sorted((ROOT / "static/css").rglob("*.css"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))

TEXT_PAIRS = [
    *((ink, ground) for ink in ("ink", "ink-2", "ink-3") for ground in ("canvas", "surface", "surface-2")),
    ("ink", "surface-3"),
    ("accent", "surface"),
    ("accent", "canvas"),
    ("accent-strong", "accent-soft"),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("on-danger", "danger"),
    *(
        (tone, ground)
        for tone in ("success", "warn", "danger")
        for ground in (f"{tone}-soft", "surface", "canvas")
    ),
    *(("ink", f"{tone}-soft") for tone in ("accent", "success", "warn", "danger")),
    *(("ink-2", f"{tone}-soft") for tone in ("accent", "success", "warn", "danger")),
    ("neutral", "neutral-soft"),
    *((f"heat-{level}-ink", f"heat-{level}") for level in range(6)),
]
EDGE_PAIRS = [
    ("line-strong", "surface"),
    ("line-strong", "canvas"),
    ("focus", "surface"),
    ("focus", "canvas"),
]


def themes() -> dict[str, dict[str, str]]:
    css = (ROOT / "static/css/tokens.css").read_text("utf-8")
    blocks = {
        "light": r":root \{",
        "dark": r':root\[data-theme="dark"\] \{',
        "system dark": r':root:not\(\[data-theme="light"\], \[data-theme="contrast"\]\) \{',
        "contrast": r':root\[data-theme="contrast"\] \{',
    }
    found = {}
    for name, head in blocks.items():
        body = re.search(head + r"([^}]*)\}", css)[1]
        found[name] = dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{3,6})\s*;", body))
    return {name: found["light"] | values for name, values in found.items()}


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(d * 2 for d in digits) if len(digits) == 3 else digits
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, definition of contrast ratio."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark", "system dark", "contrast"])
def test_contrast_of_every_pair(theme):
    tokens = themes()[theme]
    least = 7.0 if theme == "contrast" else 4.5
    poor = [
        f"{ink} on {ground}: {contrast(tokens[ink], tokens[ground]):.2f}"
        for ink, ground in TEXT_PAIRS
        if contrast(tokens[ink], tokens[ground]) < (4.5 if ink.startswith("heat") else least)
    ]
    poor += [
        f"{edge} on {ground}: {contrast(tokens[edge], tokens[ground]):.2f}"
        for edge, ground in EDGE_PAIRS
        if contrast(tokens[edge], tokens[ground]) < 3
    ]
    assert not poor, "\n".join(poor)


def test_both_dark_themes_are_the_same():
    assert themes()["dark"] == themes()["system dark"]


@pytest.mark.parametrize("path", CSS, ids=lambda path: path.name)
def test_stylesheets_keep_to_layers_and_tokens(path):
    css = re.sub(r"/\*.*?\*/", "", path.read_text("utf-8"), flags=re.DOTALL)
    assert "!important" not in css
    assert "@layer" in css
    if path.name not in ("tokens.css", "print.css"):
        raw = re.findall(r"(?<![\w-])#[0-9a-fA-F]{3,8}\b|\brgba?\(|\bhsla?\(", css)
        assert not raw, f"colours come from tokens: {raw}"
    used = set(re.findall(r"var\(--([\w-]+)\)", css))
    known = set(re.findall(r"--([\w-]+):", (ROOT / "static/css/tokens.css").read_text("utf-8") + css))
    assert used <= known, f"unknown tokens: {sorted(used - known)}"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_templates_hold_nothing_inline_and_only_known_icons(path):
    html = path.read_text("utf-8")
    assert not re.search(r"\sstyle\s*=\s*[\"']", html), "no style attributes"
    assert not re.search(r"<[^>]*\son[a-z]+\s*=", html), "no event attributes"
    assert "<style" not in html
    for script in re.findall(r"<script\b[^>]*>", html):
        assert "src=" in script or 'type="application/json"' in script, script
    unknown = set(re.findall(r"{%\s*icon\s+\"([\w-]+)\"", html)) - ICONS.keys()
    assert not unknown, f"no such icon: {unknown}"


def test_looks_name_known_icons():
    assert {icon for _tone, icon in LOOKS.values()} <= ICONS.keys()


def test_every_state_of_every_app_has_a_look():
    import importlib

    from django.db.models import TextChoices

    missing = set()
    for app in ("standards", "assessments", "candidates", "grading"):
        enums = importlib.import_module(f"{app}.enums")
        for name, kind in vars(enums).items():
            if isinstance(kind, type) and issubclass(kind, TextChoices) and name.endswith("State"):
                missing |= {f"{name}.{value}" for value in kind.values if value not in LOOKS}
    assert not missing, f"add to accounts/looks.py: {sorted(missing)}"

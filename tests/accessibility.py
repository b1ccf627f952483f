"""A page's accessibility as a real browser sees it: what can be checked without judgement.

    assert not barriers(page)

Names of controls, labels, headings, landmarks, ids, language, images, and text contrast as computed on screen.
"""

from __future__ import annotations

from typing import Any

SCRIPT = """
() => {
  const found = [];
  const shown = (e) => e.checkVisibility({ checkVisibilityCSS: true, checkOpacity: true }) && !e.closest("[aria-hidden=true]");
  const where = (e) => `<${e.tagName.toLowerCase()}${e.id ? "#" + e.id : ""} class="${e.getAttribute("class") || ""}"> ${(e.textContent || "").trim().slice(0, 30)}`;
  const named = (e) => {
    const by = e.getAttribute("aria-labelledby");
    if (by && by.split(/\\s+/).every((id) => document.getElementById(id))) return true;
    if ((e.getAttribute("aria-label") || "").trim() || (e.getAttribute("title") || "").trim()) return true;
    if (e.labels && [...e.labels].some((l) => l.textContent.trim())) return true;
    if (e.querySelector("img[alt]:not([alt='']), svg[aria-label]")) return true;
    return Boolean((e.textContent || "").trim()) && !e.matches("input, select, textarea");
  };
  if (!document.documentElement.lang) found.push("no language");
  if (!document.title.trim()) found.push("no title");
  if (document.querySelectorAll("main").length !== 1) found.push("not exactly one <main>");
  const h1 = [...document.querySelectorAll("h1")].filter(shown);
  if (h1.length !== 1) found.push(`${h1.length} <h1>`);
  let level = 0;
  for (const h of document.querySelectorAll("main h1, main h2, main h3, main h4, main h5")) {
    if (!shown(h)) continue;
    const now = Number(h.tagName[1]);
    if (level && now > level + 1) found.push(`heading skips from ${level} to ${now}: ${where(h)}`);
    level = now;
  }
  const ids = new Map();
  for (const e of document.querySelectorAll("[id]")) ids.set(e.id, (ids.get(e.id) || 0) + 1);
  for (const [id, n] of ids) if (n > 1) found.push(`id ${id} ${n} times`);
  for (const e of document.querySelectorAll("[aria-describedby], [aria-labelledby], [aria-controls]")) {
    for (const a of ["aria-describedby", "aria-labelledby", "aria-controls"]) {
      for (const id of (e.getAttribute(a) || "").split(/\\s+/).filter(Boolean)) {
        if (!document.getElementById(id)) found.push(`${a} names nothing: ${id}`);
      }
    }
  }
  for (const e of document.querySelectorAll("button, a[href], summary, input:not([type=hidden]), select, textarea, [role=button], progress, dialog[open]")) {
    if (shown(e) && !named(e)) found.push(`no name: ${where(e)}`);
  }
  for (const e of document.querySelectorAll("img:not([alt])")) found.push(`no alt: ${e.src}`);
  for (const e of document.querySelectorAll("svg[role=img]")) if (!named(e) && !e.querySelector("title")) found.push(`svg without a name: ${where(e)}`);
  for (const e of document.querySelectorAll("table")) {
    if (shown(e) && e.querySelector("td") && !e.querySelector("th")) found.push(`table without heads: ${where(e)}`);
  }
  for (const e of document.querySelectorAll("a[href], button, select, summary, input:not([type=hidden])")) {
    if (!shown(e) || (e.tagName === "A" && getComputedStyle(e).display === "inline")) continue;
    const box = e.getBoundingClientRect();
    const label = e.closest("label");
    const size = label ? label.getBoundingClientRect() : box;
    if (Math.max(size.width, box.width) < 18 || Math.max(size.height, box.height) < 18) found.push(`too small to hit: ${where(e)} ${Math.round(box.width)}x${Math.round(box.height)}`);
  }
  const parse = (c) => { const m = c.match(/[\\d.]+/g).map(Number); return { r: m[0], g: m[1], b: m[2], a: m.length > 3 ? m[3] : 1 }; };
  const mix = (top, under) => ({ r: top.r * top.a + under.r * (1 - top.a), g: top.g * top.a + under.g * (1 - top.a), b: top.b * top.a + under.b * (1 - top.a), a: 1 });
  const ground = (e) => {
    const layers = [];
    for (let n = e; n; n = n.parentElement) {
      const s = getComputedStyle(n);
      if (s.backgroundImage !== "none" && !n.matches("select")) return null;
      const c = parse(s.backgroundColor);
      if (c.a > 0) { layers.push(c); if (c.a === 1) break; }
    }
    let base = { r: 255, g: 255, b: 255, a: 1 };
    for (const c of layers.reverse()) base = mix(c, base);
    return base;
  };
  const lum = (c) => { const f = (v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }; return 0.2126 * f(c.r) + 0.7152 * f(c.g) + 0.0722 * f(c.b); };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const seen = new Set();
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || seen.has(e) || !shown(e) || e.closest("svg, :disabled, [aria-disabled=true], .sr-only, .skip, template, script")) continue;
    seen.add(e);
    const under = ground(e);
    if (!under) continue;
    const s = getComputedStyle(e);
    const ink = mix(parse(s.color), under);
    const [a, b] = [lum(ink), lum(under)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    const size = parseFloat(s.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(s.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) found.push(`contrast ${ratio.toFixed(2)}: ${where(e)}`);
  }
  const beyond = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  if (beyond > 0) found.push(`${beyond} px wider than the screen`);
  return found;
}
"""


def barriers(page: Any) -> list[str]:
    """What stands in somebody's way on the page now open (empty: nothing that a program can see)."""
    found: list[str] = page.evaluate(SCRIPT)
    return found

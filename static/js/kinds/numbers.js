// A gentle look at typed numbers. The server decides; this only tells the candidate early that nothing can be read.

/** Whether text may well be read as a number: digits, separators, signs, a percent sign, a unit at either end. */
export function looksNumeric(text, unit = "") {
  let body = text.normalize("NFKC").replace(/[−–—]/g, "-").trim();
  for (const affix of [unit, "元", "¥", "￥", "$", "€", "£", "%", "美元", "USD", "RMB"].filter(Boolean)) {
    if (body.toLowerCase().endsWith(affix.toLowerCase())) body = body.slice(0, -affix.length).trim();
    if (body.toLowerCase().startsWith(affix.toLowerCase())) body = body.slice(affix.length).trim();
  }
  body = body.replace(/[。.]$/, "");
  return /^[+-]?(?:\d{1,3}(?:[, ']\d{3})+|\d+)?(?:\.\d+)?$/.test(body) && /\d/.test(body);
}

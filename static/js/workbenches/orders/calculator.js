// Arithmetic for the answer form: + - * / ( ) and percent, worked out by hand rather than by eval.

/** The value of an expression such as ``(12.5 + 3) * 7.1``; NaN where it can't be read. */
export function evaluate(text) {
  const source = text.replace(/[×＊]/g, "*").replace(/[÷／]/g, "/").replace(/[（]/g, "(").replace(/[）]/g, ")").replace(/[－−]/g, "-").replace(/＋/g, "+").replace(/[，,\s]/g, "");
  let place = 0;
  function sum() {
    let value = product();
    while (source[place] === "+" || source[place] === "-") value = source[place++] === "+" ? value + product() : value - product();
    return value;
  }
  function product() {
    let value = unary();
    while (source[place] === "*" || source[place] === "/") value = source[place++] === "*" ? value * unary() : value / unary();
    return value;
  }
  function unary() {
    if (source[place] === "-") {
      place += 1;
      return -unary();
    }
    let value;
    if (source[place] === "(") {
      place += 1;
      value = sum();
      if (source[place++] !== ")") return Number.NaN;
    } else {
      const digits = /^\d+(\.\d*)?|^\.\d+/.exec(source.slice(place));
      if (!digits) return Number.NaN;
      place += digits[0].length;
      value = Number(digits[0]);
    }
    while (source[place] === "%") {
      place += 1;
      value /= 100;
    }
    return value;
  }
  if (!source || source.length > 300) return Number.NaN;
  const value = sum();
  return place === source.length ? value : Number.NaN;
}

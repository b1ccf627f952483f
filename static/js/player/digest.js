// The digest of what is handed in, exactly as the server computes it (candidates/rules.py), and the seal of the
// file that carries answers by hand.

/** Sorted keys, no blanks, no escapes beyond JSON's own. */
export function canonicalJson(value) {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const pairs = Object.keys(value)
      .filter((key) => value[key] !== undefined)
      .sort(byCodePoint)
      .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key])}`);
    return `{${pairs.join(",")}}`;
  }
  return JSON.stringify(value);
}

function byCodePoint(a, b) {
  const [left, right] = [[...a], [...b]];
  for (let n = 0; n < Math.min(left.length, right.length); n += 1) {
    const difference = left[n].codePointAt(0) - right[n].codePointAt(0);
    if (difference) return difference;
  }
  return left.length - right.length;
}

/** SHA-256 (hex) over the newest entry of each slot; "" where the browser has no crypto.subtle. */
export async function answersDigest(attempt, entries) {
  const lines = [...entries].sort((a, b) => a.slot - b.slot).map((entry) => `${entry.slot} ${entry.revision} ${canonicalJson(entry.value)}\n`);
  return sha256(`liangcai-answers-v1\n${attempt}\n${lines.join("")}`);
}

/** The first twelve digits of a digest in groups of four, to write down. */
export function receiptCode(digest) {
  return [0, 4, 8].map((start) => digest.slice(start, start + 4).toUpperCase()).join("-");
}

async function sha256(text) {
  if (!globalThis.crypto?.subtle) return "";
  return hex(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}

/**
 * Seal a body with the attempt token without giving the token away: HMAC-SHA-256 over the body's canonical JSON, under
 * the token's own mac; `holder` is the token's readable half, from which the server can compute that mac again.
 */
export async function seal(body, token) {
  const [holder = "", mac = ""] = token.split(".");
  if (!globalThis.crypto?.subtle || !mac) return { ...body, holder, seal: "" };
  const whole = { ...body, holder };
  const key = await crypto.subtle.importKey("raw", new TextEncoder().encode(mac), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const mark = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(canonicalJson(whole)));
  return { ...whole, seal: hex(mark) };
}

function hex(buffer) {
  return [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

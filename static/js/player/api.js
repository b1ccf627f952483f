// The player's side of the delivery protocol (docs/delivery-protocol.md): fetch with the attempt's token, a time
// limit, and failures sorted into what the network, the server and the protocol mean by them.

/** The server understood and refused: `code`, `message`, `hint`, `data`, `status`. */
export class Refused extends Error {
  constructor(status, error) {
    super(error.message || `HTTP ${status}`);
    this.name = "Refused";
    this.status = status;
    this.code = error.code ?? "";
    this.hint = error.hint ?? "";
    this.data = error.data ?? {};
  }
}

/** Nothing can be said about what the server did: no connection, no answer in time, or a server that is down. */
export class Unreachable extends Error {
  constructor(reason, retryAfterMs = 0) {
    super(reason);
    this.name = "Unreachable";
    this.retryAfterMs = retryAfterMs;
  }
}

const LIMIT_MS = 12_000;

/** A pause that grows with the number of failures, with jitter so that a room full of devices spreads out. */
export function backoffMs(failures, most = 15_000) {
  const full = Math.min(most, 700 * 2 ** Math.min(failures, 6));
  return full / 2 + (Math.random() * full) / 2;
}

export function createApi(config, clock) {
  let token = "";

  async function call(method, path, body, { limitMs = LIMIT_MS, keepalive = false } = {}) {
    const began = performance.now();
    let answer;
    let data;
    try {
      answer = await fetch(path ? `${config.api}/${path}` : config.api, {
        method,
        headers: { Authorization: `Attempt ${token}`, ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
        body: body === undefined ? undefined : JSON.stringify(body),
        credentials: "omit",
        keepalive,
        signal: AbortSignal.timeout(limitMs),
      });
      data = await answer.json();
    } catch (error) {
      if (answer && !answer.ok) throw new Unreachable(`HTTP ${answer.status}`, retryAfter(answer));
      throw new Unreachable(String(error?.name ?? error));
    }
    if (typeof data?.server_time === "string") clock.sync(data.server_time, began, performance.now());
    else if (typeof data?.error?.data?.server_time === "string") clock.sync(data.error.data.server_time, began, performance.now());
    if (answer.ok) return data;
    if (answer.status >= 500 || answer.status === 429) throw new Unreachable(`HTTP ${answer.status}`, retryAfter(answer));
    throw new Refused(answer.status, data?.error ?? {});
  }

  /** Take the right to write for this tab, with the site's session. Resolves to the token. */
  async function takeLease() {
    let answer;
    let data;
    try {
      answer = await fetch(config.lease, {
        method: "POST",
        headers: { Accept: "application/json", "X-CSRFToken": csrf(config.csrfCookie) },
        credentials: "same-origin",
        signal: AbortSignal.timeout(LIMIT_MS),
      });
      data = await answer.json();
    } catch (error) {
      if (answer?.redirected) throw new Refused(401, { code: "signed_out" });
      throw new Unreachable(answer ? `HTTP ${answer.status}` : String(error?.name ?? error));
    }
    if (answer.ok && typeof data.token === "string") {
      token = data.token;
      return token;
    }
    if (answer.status >= 500 || answer.status === 429) throw new Unreachable(`HTTP ${answer.status}`, retryAfter(answer));
    throw new Refused(answer.status, data?.error ?? {});
  }

  return {
    takeLease,
    get token() {
      return token;
    },
    use(held) {
      token = held;
    },
    state: () => call("GET", ""),
    start: () => call("POST", "start", {}),
    paper: (sha256) => call("GET", `paper/${encodeURIComponent(sha256)}`, undefined, { limitMs: 60_000 }),
    save: (entries) => call("POST", "save", { entries }),
    command: (body) => call("POST", "command", body),
    world: (slot) => call("GET", `world/${slot}`),
    pulse: (body, options) => call("POST", "pulse", body, { limitMs: 6000, ...options }),
    submit: (body) => call("POST", "submit", body, { limitMs: 20_000 }),
    late: (entries) => call("POST", "late", { entries }, { limitMs: 20_000 }),
  };
}

function retryAfter(answer) {
  const seconds = Number(answer.headers.get("Retry-After"));
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 60) * 1000 : 0;
}

function csrf(cookieName) {
  const pair = document.cookie.split("; ").find((entry) => entry.startsWith(`${cookieName}=`));
  return pair ? decodeURIComponent(pair.slice(cookieName.length + 1)) : (document.querySelector('meta[name="csrf-token"]')?.content ?? "");
}

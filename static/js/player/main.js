// The exam player: from the waiting room to the receipt. See docs/delivery-protocol.md for what it speaks, and the
// modules beside it for its parts. One rule above all: the screen never claims more than the server has said.

import { createAnswers } from "./answers.js";
import { backoffMs, createApi, Refused, Unreachable } from "./api.js";
import { watchAttention } from "./attention.js";
import { clockTime, createClock } from "./clock.js";
import { createFinish } from "./finish.js";
import { bindKeys } from "./keys.js";
import { claimTab } from "./lease.js";
import { dropPage, keepSnapshot, readSnapshot } from "./offline.js";
import { $, $$, createPage } from "./page.js";
import { openStore } from "./store.js";
import { createSync } from "./sync.js";
import { t } from "./words.js";
import { createWaiting } from "./waiting.js";
import { createWork } from "./work.js";

const PULSE_MS = 8000;
const config = JSON.parse($("#player-config").textContent);
const session = window.sessionStorage;
const keyOf = (name) => `liangcai-${name}-${config.attempt}`;
const rest = (ms) => new Promise((wake) => setTimeout(wake, ms));

const clock = createClock(() => pulse());
const api = createApi(config, clock);
const page = createPage(config, clock);
const attention = watchAttention(clock, () => phase === "work" && pulse({ keepalive: true }));
const lease = claimTab(config.attempt, () => lost());
let phase = "loading"; // loading wait work paused closing lost finished voided failed
let state = null; // the last full state
let unchecked = false; // opened without a connection: the server's answers are not known yet
let deadline = null;
let store;
let answers;
let sync;
let finish;
let waiting;
let work = null;

// ------------------------------------------------------------------ entering

async function boot() {
  page.screen("loading");
  store ??= await openStore(config.attempt);
  answers ??= createAnswers(config.attempt, store, clock, () => sync?.report());
  sync ??= createSync({ api, answers, clock, on: { status: onStatus, refused: onRefused, reply: onReply } });
  finish ??= createFinish({ config, api, answers, clock, page });
  waiting ??= createWaiting({ api, clock, page, onState: (fresh) => enter(fresh).catch(boot), onRefused });
  for (let failures = 1; ; failures += 1) {
    try {
      await holdLease();
      return void (await enter(await fetchState()));
    } catch (error) {
      if (error instanceof Refused) return void refuseEntry(error);
      if (!(error instanceof Unreachable)) throw error;
      if (await enterOffline(error)) return;
      page.loading(t("no_answer"));
      await rest(error.retryAfterMs || backoffMs(failures, 6000));
    }
  }
}

/** A reload keeps its lease; a new tab, a copied tab or a new machine takes a new one. */
async function holdLease() {
  const kept = session.getItem(keyOf("token"));
  if (kept && (await lease.claim(kept))) return api.use(kept);
  await takeLease();
}

async function takeLease() {
  const token = await api.takeLease();
  session.setItem(keyOf("token"), token);
  await lease.claim(token);
  lease.announce();
}

async function fetchState() {
  try {
    return await api.state();
  } catch (error) {
    if (!(error instanceof Refused) || error.status !== 401) throw error;
    await takeLease();
    return api.state();
  }
}

function refuseEntry(error) {
  phase = "failed";
  page.failed(error.code === "signed_out" ? t("signed_out") : error.message, error.hint, { signIn: error.status === 401 });
}

/** Go where the attempt's state says. */
async function enter(fresh) {
  state = fresh;
  deadline = state.deadline ? Date.parse(state.deadline) : null;
  if (state.state === "voided") {
    phase = "voided";
    return page.screen("voided");
  }
  if (state.state === "submitted" || state.state === "collected") return finished(state);
  if (!state.held) return lost();
  if (state.state === "prepared") {
    phase = "wait";
    return waiting.show(state);
  }
  if (!work) {
    page.screen("loading");
    page.loading(t("starting"));
    await answers.load(state.entries);
    const paper = await api.paper(state.paper);
    keepSnapshot(store, { state, paper, now: clock.now() });
    await openWork(paper);
    sync.confirmedAt(clock.now());
  }
  go(state.state === "paused" ? "paused" : "work");
}

async function openWork(paper) {
  work = createWork({ config, api, answers, sync, page, store, paper, state, onRefused, onHanded: handed, refresh, timeLeft });
  await work.open();
  attention.forget();
  if (!store.durable) page.notice(t("no_store"), { tone: "warn" });
}

/** Reloaded without a connection: go on from what this device remembers, and check with the server as soon as it can. */
async function enterOffline(error) {
  const snapshot = api.token && !work ? await readSnapshot(store) : null;
  if (!snapshot) return false;
  state = snapshot.state;
  deadline = Date.parse(state.deadline);
  clock.guess(snapshot.ahead);
  await answers.load(state.entries);
  sync.missed(error);
  await openWork(snapshot.paper);
  unchecked = true;
  go("work");
  return true;
}

/** Work, or the same behind a stop. */
function go(next) {
  const from = phase;
  phase = next;
  if (from !== "work" && from !== "paused" && from !== "lost" && from !== "closing") page.screen("work");
  page.stop(next === "paused" ? "paused" : next === "work" ? "" : next);
  if (next === "paused") sync.block();
  if (next === "work" && from !== "work") sync.resume();
  tick();
}

// ------------------------------------------------------------------ the server's news

function onStatus(status) {
  page.saved(status);
  work?.refresh(status);
}

function onReply(reply) {
  moveDeadline(reply.deadline);
}

function moveDeadline(iso) {
  const next = iso ? Date.parse(iso) : null;
  if (next === null || next === deadline) return;
  const more = deadline === null ? 0 : next - deadline;
  deadline = next;
  store.keep("deadline", iso).catch(() => {});
  if (more > 20_000 && phase === "work") page.moreTime(more);
  tick();
}

/** Refusals that concern the whole attempt, from whatever request. */
function onRefused(error) {
  switch (error.code) {
    case "lease_lost":
      return lost();
    case "attempt_paused":
      return go("paused");
    case "time_over":
      return close();
    case "attempt_finished":
      return error.data.state === "voided" ? boot() : ended();
    case "not_started":
      return void location.reload();
    case "token_invalid":
      return renewToken();
    default:
      console.error("refused:", error.code, error.message);
      page.toast(error.message, "danger");
      setTimeout(() => phase === "work" && sync.resume(), 5000);
  }
}

async function renewToken() {
  try {
    await takeLease();
    sync.resume();
  } catch (error) {
    if (error instanceof Refused) page.stop("signed-out");
    else setTimeout(renewToken, 3000);
  }
}

let pulsing = false;
let misses = 0;
let retry = 0;
async function pulse({ keepalive = false } = {}) {
  if (pulsing || !["work", "paused"].includes(phase)) return;
  pulsing = true;
  const news = attention.news();
  try {
    const { pending } = sync.status();
    const answer = await api.pulse({ ...news, unsaved: pending }, { keepalive });
    attention.told(news);
    misses = 0;
    if (unchecked) {
      await refresh();
      unchecked = false;
    }
    sync.reached();
    if (pending === 0 && sync.status().pending === 0) sync.confirmedAt(clock.now());
    heard(answer);
  } catch (error) {
    if (error instanceof Refused) return void onRefused(error);
    sync.missed(error);
    misses += 1;
    clearTimeout(retry);
    retry = setTimeout(pulse, backoffMs(misses, PULSE_MS));
  } finally {
    pulsing = false;
  }
}

function heard(answer) {
  if (!["work", "paused"].includes(phase)) return;
  moveDeadline(answer.deadline);
  showMessages(answer.messages ?? []);
  if (answer.state === "submitted" || answer.state === "collected" || answer.state === "voided") return ended();
  if (!answer.held) return lost();
  if (answer.state === "paused" && phase === "work") go("paused");
  if (answer.state === "running" && phase === "paused") go("work");
}

function showMessages(messages) {
  const seen = Number(session.getItem(keyOf("messages")) ?? 0);
  messages.forEach((message, index) => {
    if (index < seen || $(`[data-message="${index}"]`)) return;
    const shown = page.notice(message.text, {
      title: t("message_at", clockTime(Date.parse(message.at), config.timeZone, false)),
      tone: "warn",
      onClose: () => session.setItem(keyOf("messages"), String(Math.max(index + 1, Number(session.getItem(keyOf("messages")) ?? 0)))),
    });
    shown.dataset.message = String(index);
  });
}

// ------------------------------------------------------------------ losing and regaining the lease

function lost() {
  if (["lost", "finished", "voided", "failed"].includes(phase)) return;
  if (phase === "loading") page.screen("loading");
  phase = "lost";
  sync.block();
  work?.stop();
  const { pending } = sync.status();
  const note = $("[data-lost-pending]");
  note.hidden = !pending;
  note.textContent = pending ? t("held", pending) : "";
  page.stop("lost");
}

async function takeBack(button) {
  button.disabled = true;
  button.textContent = t("lease_back");
  for (let failures = 1; ; failures += 1) {
    try {
      await takeLease();
      leaving = true;
      return void location.reload();
    } catch (error) {
      if (error instanceof Refused) return page.stop("signed-out");
      await rest(backoffMs(failures, 5000));
    }
  }
}

// ------------------------------------------------------------------ the end

/** Milliseconds by the server's clock, or null where there is no deadline. */
function timeLeft() {
  const now = clock.now();
  return deadline === null || now === null ? null : deadline - now;
}

/** Time is up here. The server is asked first: it may have given more. Then everything is sent and handed in. */
let closing = false;
async function close() {
  if (closing || ["finished", "voided", "lost"].includes(phase)) return;
  closing = true;
  go("closing");
  work?.stop();
  try {
    for (let failures = 1; ; failures += 1) {
      try {
        const news = await api.pulse({ unsaved: sync.status().pending });
        if (news.state === "submitted" || news.state === "collected" || news.state === "voided") return void (await ended());
        moveDeadline(news.deadline);
        if (!news.held) return lost();
        if (news.state === "paused" || timeLeft() > 500) {
          work?.again();
          return go(news.state === "paused" ? "paused" : "work");
        }
        if (timeLeft() > 0) await rest(timeLeft());
        sync.resume();
        await Promise.race([sync.flush(), rest(4000)]);
        return void (await handed(await api.submit({}), { timeOver: true }));
      } catch (error) {
        if (error instanceof Refused && error.code === "attempt_finished") return void (await ended());
        if (error instanceof Refused && error.code === "lease_lost") return lost();
        if (!(error instanceof Refused) && !(error instanceof Unreachable)) throw error;
        if (error instanceof Unreachable) offerExport();
        await rest(error.retryAfterMs || backoffMs(failures, 5000));
      }
    }
  } finally {
    closing = false;
  }
}

function offerExport() {
  $("[data-closing-offline]").hidden = false;
  $("[data-closing-foot]").hidden = !answers.unsent().length;
}

/** The attempt ended elsewhere: by the collector, the invigilator or another window. */
async function ended() {
  for (let failures = 1; ; failures += 1) {
    try {
      const fresh = await api.state();
      return fresh.state === "voided" ? enter(fresh) : handed(fresh, { timeOver: deadline !== null && timeLeft() <= 0 });
    } catch (error) {
      if (error instanceof Refused) return refuseEntry(error);
      await rest(backoffMs(failures, 5000));
    }
  }
}

async function handed(receipt, { timeOver = false } = {}) {
  if (phase === "finished") return;
  phase = "finished";
  sync.close();
  work?.stop();
  dropPage();
  await finish.show(receipt, { counts: work?.counts() ?? null, live: Boolean(work), timeOver });
  if (!answers.unsent().length) store.forget().catch(() => {});
}

/** Opened after the end: the receipt's own page, unless this device still holds answers to hand over. */
async function finished(fresh) {
  await answers.load(fresh.entries ?? []);
  if (!answers.unsent().length) return location.replace(config.receipt);
  return handed(fresh);
}

async function refresh() {
  const fresh = await api.state();
  const before = work?.shown();
  answers.refresh(fresh.entries ?? []);
  if (work && work.shown() !== before) work.redraw();
}

// ------------------------------------------------------------------ ticking and binding

let leaving = false;
function tick() {
  clock.watch();
  const left = timeLeft();
  page.time(left, phase === "paused");
  if (phase === "work" && left !== null && left <= 0) close();
}

setInterval(tick, 500);
setInterval(() => pulse(), PULSE_MS);
document.addEventListener("visibilitychange", () => !document.hidden && (sync?.now(), pulse()));
window.addEventListener("online", () => (sync?.now(), pulse()));
window.addEventListener("offline", () => ["work", "paused"].includes(phase) && sync.missed(new Unreachable("offline")));
window.addEventListener("pagehide", () => phase === "work" && sync.flush());
window.addEventListener("beforeunload", (event) => {
  if (leaving || !["work", "paused", "closing"].includes(phase) || !answers.unsent().length) return;
  event.preventDefault();
});
$("[data-retry]").addEventListener("click", () => location.reload());
$("[data-take-back]").addEventListener("click", (event) => takeBack(event.currentTarget));
for (const button of $$("[data-export]")) {
  button.addEventListener("click", () => finish.download({ exam: state?.session.exam, ticket_no: state?.candidate.ticket_no }));
}
$("[data-open-submit]").addEventListener("click", () => work?.submit());
$("[data-open-help]").addEventListener("click", () => $("[data-help]").showModal());
bindKeys({ active: () => phase === "work", work: () => work, help: () => $("[data-help]").showModal() });
boot();

// The waiting room: what the exam is, what to wait for, and the one button that starts the clock.

import { Refused } from "./api.js";
import { countdown } from "./clock.js";
import { $ } from "./page.js";
import { t } from "./words.js";

const ASK_MS = 4000;

/** `onState(state)` when the attempt is no longer waiting: started here, or changed elsewhere. */
export function createWaiting({ api, clock, page, onState, onRefused }) {
  const button = $("[data-start]");
  const saying = $("[data-wait-say]");
  const count = $("[data-wait-count]");
  const trouble = $("[data-wait-error]");
  let state = null;
  let showing = false;
  let starting = false;
  let timers = [];

  function show(fresh) {
    state = fresh;
    $("[data-wait-minutes]").textContent = t("minutes", state.session.minutes);
    draw();
    if (showing) return;
    showing = true;
    page.screen("wait");
    timers = [setInterval(draw, 500), setInterval(ask, ASK_MS)];
  }

  function hide() {
    showing = false;
    for (const timer of timers) clearInterval(timer);
  }

  /** What the server last said, against its own clock. The start itself is judged there. */
  function draw() {
    const left = Date.parse(state.session.starts_at) - (clock.now() ?? 0);
    const late = -left > state.session.late_minutes * 60_000;
    const words = late ? t("too_late") : left > 0 ? t("wait_start") : state.admitted ? t("may_start") : t("wait_admission");
    if (saying.textContent !== words) saying.textContent = words;
    count.hidden = left <= 0;
    count.textContent = left > 0 ? t("starts_in", countdown(left)) : "";
    button.disabled = starting || left > 0 || late || !state.admitted;
  }

  function say(words) {
    trouble.textContent = words;
    trouble.hidden = !words;
  }

  async function ask() {
    if (document.hidden || starting) return;
    try {
      const fresh = await api.state();
      say("");
      if (fresh.state !== "prepared" || !fresh.held) {
        hide();
        return void onState(fresh);
      }
      show(fresh);
    } catch (error) {
      if (error instanceof Refused) onRefused(error);
      else say(t("no_answer"));
    }
  }

  async function start() {
    if (starting) return;
    starting = true;
    button.disabled = true;
    say("");
    try {
      const fresh = await api.start();
      hide();
      onState(fresh);
    } catch (error) {
      if (error instanceof Refused && ["too_early", "not_admitted", "too_late"].includes(error.code)) say(`${error.message}${error.hint}`);
      else if (error instanceof Refused) onRefused(error);
      else say(t("no_answer"));
    } finally {
      starting = false;
      if (showing) draw();
    }
  }

  button.addEventListener("click", start);
  document.addEventListener("visibilitychange", () => showing && !document.hidden && ask());
  return { show };
}

// The parts of the player's page: screens, the save state, the clock, notices, stops.

import { el } from "../kinds/dom.js";
import { clockTime, countdown } from "./clock.js";
import { t } from "./words.js";

export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

const SOON_MS = 10 * 60_000;
const LAST_MS = 60_000;
const WARN_MINUTES = [10, 5];

export function createPage(config, clock) {
  const save = $("[data-save]");
  const saveText = $("[data-save-text]");
  const clockBox = $("[data-clock]");
  const clockText = $("[data-clock-text]");
  let before = "";
  let warned = new Set();

  /** Say something to a screen reader without moving anything. */
  function announce(words) {
    $("[data-news]").textContent = words;
  }

  function screen(name) {
    for (const section of $$("[data-screen]")) section.hidden = section.dataset.screen !== name;
    document.body.dataset.phase = name;
    $("[data-toasts]").replaceChildren();
    const working = name === "work";
    save.hidden = !working;
    clockBox.hidden = !working;
    $("[data-open-submit]").hidden = !working;
    $(`[data-screen="${name}"] h1`)?.focus();
  }

  /** The save state in words, always the truth of `status` (see sync.js). */
  function saved(status) {
    const { state, pending, spoilt, savedAt, kept, busy } = status;
    const time = savedAt ? clockTime(savedAt, config.timeZone) : "";
    let look = state;
    let words;
    if (state === "closed") words = t("closed");
    else if (spoilt.length) [look, words] = ["failed", t("spoilt", spoilt.length)];
    else if (state === "offline" && pending && !kept) [look, words] = ["failed", t("unkept", pending)];
    else if (state === "offline") words = t(busy ? "busy" : "offline", pending);
    else if (state === "held") [look, words] = ["offline", t("held", pending)];
    else if (state === "saving") words = t("saving");
    else words = t("saved", time);
    save.dataset.state = look;
    if (saveText.textContent !== words) saveText.textContent = words;
    if (look !== before) {
      if (look === "offline" || look === "failed") announce(words);
      else if (look === "saved" && (before === "offline" || before === "failed")) announce(t("back_online"));
      if (look !== "saving" || before === "") before = look;
    }
  }

  /** Milliseconds left, or null where there is no deadline; warns in good time. */
  function time(left, paused) {
    if (left === null) return;
    const look = paused ? "paused" : left <= 0 ? "over" : left <= LAST_MS ? "last" : left <= SOON_MS ? "soon" : "normal";
    clockBox.dataset.state = look;
    const words = paused ? t("paused") : left <= 0 ? t("over") : countdown(left);
    if (clockText.textContent !== words) clockText.textContent = words;
    if (paused || left <= 0) return;
    for (const minutes of WARN_MINUTES) {
      if (left <= minutes * 60_000 && left > (minutes - 1) * 60_000 && !warned.has(minutes)) {
        warned.add(minutes);
        toast(t("minutes_left", minutes), "warn");
      }
    }
    if (left <= LAST_MS && !warned.has(0)) {
      warned.add(0);
      toast(t("last_minute"), "warn", 15);
    }
  }

  /** More time was given: warnings may come again. */
  function moreTime(ms) {
    warned = new Set();
    toast(t("more_time", Math.round(ms / 60_000)), "success", 12);
  }

  function toast(text, tone = "info", seconds = 8) {
    document.dispatchEvent(new CustomEvent("app:toast", { detail: { text, tone, seconds } }));
  }

  /** A message that stays until it is closed. */
  function notice(text, { title = "", tone = "accent", onClose = () => {} } = {}) {
    const template = document.getElementById("toast-template").content.firstElementChild.cloneNode(true);
    template.dataset.tone = tone;
    const body = $("[data-toast-text]", template);
    if (title) body.append(el("p", { class: "small soft" }, title));
    body.append(el("p", {}, text));
    $("[data-message-close]", template).addEventListener("click", onClose);
    $("[data-notices]").append(template);
    return template;
  }

  /** Stop everything behind a dialog that only the program closes; "" takes all stops away. */
  function stop(name) {
    for (const dialog of $$("[data-stop]")) {
      if (dialog.dataset.stop !== name && dialog.open) dialog.close();
      if (dialog.dataset.stop === name && !dialog.open) {
        for (const other of $$("dialog[open]")) other.close();
        dialog.showModal();
      }
    }
  }
  for (const dialog of $$("[data-stop]")) {
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    dialog.addEventListener("keydown", (event) => event.key === "Escape" && event.preventDefault());
  }

  function loading(words) {
    $("[data-loading-text]").textContent = words;
  }

  function failed(message, hint, { signIn = false } = {}) {
    $("[data-failed-text]").textContent = message;
    $("[data-failed-hint]").textContent = hint;
    $("[data-sign-in]").hidden = !signIn;
    $("[data-retry]").hidden = signIn;
    screen("failed");
  }

  return { announce, screen, saved, time, moreTime, toast, notice, stop, loading, failed };
}

// Working on the paper: the question in the middle, the palette at the side, moving, flagging, notes.

import { countdown } from "./clock.js";
import { canonicalJson } from "./digest.js";
import { $, $$ } from "./page.js";
import { createPalette } from "./palette.js";
import { keepPage } from "./offline.js";
import { extent, layOut } from "./paper.js";
import { preload } from "./preload.js";
import { createQuestion } from "./question.js";
import { createSubmit } from "./submit.js";
import { t } from "./words.js";

const NARROW = window.matchMedia("(max-width: 63.99rem)");

export function createWork({ config, api, answers, sync, page, store, paper, state, onRefused, onHanded, refresh, timeLeft }) {
  const whole = layOut(paper, state.order);
  const { questions, sections } = whole;
  const root = $('[data-screen="work"]');
  const side = $("[data-side]");
  const opener = $("[data-open-side]");
  const title = $("[data-question-title]");
  const at = `liangcai-at-${config.attempt}`;
  const marks = { struck: {}, seen: {}, flagged: {} };
  let now = null; // the question shown
  let stopped = false;
  let lastStatus = sync.status();

  const palette = createPalette($("[data-palette]"), { paper: whole, stateOf, onGo: (index) => go(index) });
  const question = createQuestion($("[data-item]"), { api, answers, sync, marks, onMarks: keepMarks, onAnswer, onRefused });
  const submit = createSubmit({ config, api, answers, sync, facts, onGo: (index) => go(index), onHanded, onRefused, refresh });

  // ---------------------------------------------------------------- what is known of a question

  const isPractical = (q) => q.kind === "practical";
  const isFlagged = (q) => (isPractical(q) ? Boolean(marks.flagged[q.slot]) : Boolean(answers.current(q.slot).flagged));
  const reach = (q) => {
    const { value, revision } = answers.current(q.slot);
    return isPractical(q) ? (revision > 0 ? "answered" : "") : extent(q, value);
  };

  function stateOf(q) {
    const away = lastStatus.state === "offline" || lastStatus.state === "held" || lastStatus.spoilt.some((entry) => entry.slot === q.slot);
    const flagged = isFlagged(q);
    if (away && answers.isWaiting(q.slot)) return { state: "unsaved", flagged };
    return { state: reach(q) || (marks.seen[q.slot] ? "seen" : "unseen"), flagged };
  }

  function facts() {
    const done = questions.filter((q) => reach(q) === "answered");
    const left = timeLeft();
    return {
      unanswered: questions.filter((q) => reach(q) !== "answered"),
      flagged: questions.filter(isFlagged),
      done: done.length,
      all: questions.length,
      left: left === null ? "" : countdown(left),
    };
  }

  /** What the server holds, for the receipt: answers that came too late do not count. */
  function counts() {
    const held = new Map(answers.acknowledged().map((entry) => [entry.slot, entry]));
    const operations = questions.filter(isPractical).reduce((sum, q) => sum + (held.get(q.slot)?.revision ?? 0), 0);
    return { done: questions.filter((q) => (held.get(q.slot)?.value ?? null) !== null).length, all: questions.length, operations };
  }

  // ---------------------------------------------------------------- showing

  async function go(index, { focus = true } = {}) {
    const next = questions[Math.min(Math.max(index, 0), questions.length - 1)];
    const again = now === next;
    now = next;
    closeSide();
    sessionStorage.setItem(at, String(next.index));
    if (!marks.seen[next.slot]) {
      marks.seen[next.slot] = true;
      keepMarks();
    }
    const section = sections[next.section];
    $("[data-section]").textContent = [sections.length > 1 ? t("part", section.number) : "", section.title, t("section_sum", section.questions.length, section.points)].filter(Boolean).join(" · ");
    title.textContent = t("question", next.number);
    title.setAttribute("aria-label", t("question_of", next.number, questions.length));
    $("[data-question-kind]").textContent = next.label;
    $("[data-question-points]").textContent = t("points", next.points);
    $("[data-previous]").disabled = next.index === 0;
    $("[data-next]").disabled = next.index === questions.length - 1;
    root.dataset.layout = isPractical(next) ? "wide" : "normal";
    paint();
    if (!again || focus) await question.show(next, { disabled: stopped });
    if (focus) {
      title.focus({ preventScroll: true });
      window.scrollTo({ top: 0 });
    }
  }

  function paint() {
    if (!now) return;
    palette.update(now.slot);
    const flagged = isFlagged(now);
    $("[data-flag]").setAttribute("aria-pressed", String(flagged));
    $("[data-flag-text]").textContent = t(flagged ? "unflag" : "flag");
    const { done, all } = facts();
    $("[data-progress]").textContent = `${done} / ${all}`;
    $("[data-side-text]").textContent = `${now.number} / ${all}`;
    opener.setAttribute("aria-label", `${t("question_of", now.number, all)}，${t("progress", done, all)}`);
    const bad = lastStatus.spoilt.find((entry) => entry.slot === now.slot);
    const problem = $("[data-problem]");
    problem.hidden = !bad;
    problem.textContent = bad ? t("spoilt_question", now.number, bad.spoilt) : "";
  }

  // ---------------------------------------------------------------- doing

  function onAnswer(q, value, { typing }) {
    if (stopped) return;
    if (answers.record(q.slot, value, answers.current(q.slot).flagged, { typing })) sync.changed({ typing });
    paint();
  }

  function flag() {
    if (stopped || !now) return;
    if (isPractical(now)) {
      marks.flagged[now.slot] = !marks.flagged[now.slot];
      keepMarks();
    } else {
      const { value, flagged } = answers.current(now.slot);
      if (answers.record(now.slot, value, !flagged)) sync.changed();
    }
    paint();
  }

  function keepMarks() {
    store.keep("marks", marks).catch(() => {});
  }

  function bindNotes() {
    const box = $("[data-notes]");
    let timer = 0;
    store.kept("notes").then((text) => {
      if (text) box.value = text;
      if (text) box.closest("details").open = true;
    }, () => {});
    box.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => store.keep("notes", box.value).catch(() => {}), 400);
    });
  }

  // ---------------------------------------------------------------- the palette as a sheet

  function sheet() {
    return NARROW.matches || root.dataset.layout === "wide";
  }
  function openSide() {
    if (!sheet()) return palette.focus(now.slot);
    side.dataset.open = "yes";
    opener.setAttribute("aria-expanded", "true");
    palette.focus(now.slot);
  }
  function closeSide({ focus = false } = {}) {
    if (!side.dataset.open) return;
    delete side.dataset.open;
    opener.setAttribute("aria-expanded", "false");
    if (focus) opener.focus();
  }

  function bind() {
    $("[data-previous]").addEventListener("click", () => go(now.index - 1));
    $("[data-next]").addEventListener("click", () => go(now.index + 1));
    $("[data-flag]").addEventListener("click", flag);
    opener.addEventListener("click", openSide);
    $("[data-close-side]").addEventListener("click", () => closeSide({ focus: true }));
    side.addEventListener("keydown", (event) => event.key === "Escape" && closeSide({ focus: true }));
    document.addEventListener("pointerdown", (event) => side.dataset.open && !event.target.closest("[data-side], [data-open-side]") && closeSide());
    bindNotes();
  }

  return {
    async open() {
      Object.assign(marks, (await store.kept("marks").catch(() => null)) ?? {});
      bind();
      sync.changed();
      preload(questions).then(() => keepPage(config));
      await go(Number(sessionStorage.getItem(at) ?? 0), { focus: false });
      await question.show(now, { disabled: stopped });
    },
    /** The save state changed. */
    refresh(status) {
      const turned = (lastStatus.state === "offline") !== (status.state === "offline");
      lastStatus = status;
      paint();
      if (turned) question.connection();
    },
    /** The answer on the screen, to compare. */
    shown: () => (now ? canonicalJson(answers.current(now.slot).value) : ""),
    /** Draw the question anew: its answer was changed from outside. */
    redraw: () => now && question.show(now, { disabled: stopped }),
    step: (by) => go(now.index + by),
    choose: (n) => question.choose(n),
    flag,
    toPalette: openSide,
    submit: () => submit.open(),
    counts,
    stop() {
      stopped = true;
      submit.cancel();
      for (const box of $$("input, select, textarea, button", $("[data-item]"))) box.disabled = true;
    },
    again() {
      stopped = false;
      if (now) question.show(now, { disabled: false });
    },
  };
}

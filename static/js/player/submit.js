// Handing in: what is unanswered and flagged, one clear confirmation, everything uploaded first, then the receipt.

import { el } from "../kinds/dom.js";
import { backoffMs, Refused, Unreachable } from "./api.js";
import { answersDigest } from "./digest.js";
import { $ } from "./page.js";
import { t } from "./words.js";

const rest = (ms) => new Promise((wake) => setTimeout(wake, ms));

/**
 * `facts()` → `{unanswered, flagged, done, all, left}`; `onGo(index)` jumps to a question; `onHanded(receipt)` ends;
 * `onRefused(error)` gets refusals that concern the whole attempt; `refresh()` takes the server's answers anew.
 */
export function createSubmit({ config, api, answers, sync, facts, onGo, onHanded, onRefused, refresh }) {
  const dialog = $("[data-submit]");
  const confirm = $("[data-submit-confirm]");
  const note = $("[data-submit-note]");
  let running = 0;
  let compare = true; // the digest is checked until it has differed once: a candidate must never be locked out

  function links(list, questions) {
    list.replaceChildren(
      ...questions.map((question) =>
        el("button", { type: "button", class: "palette__cell", "aria-label": t("question", question.number), on: { click: () => leave(() => onGo(question.index)) } }, String(question.number)),
      ),
    );
    if (!questions.length) list.append(el("span", { class: "muted small" }, t("unanswered_none")));
  }

  function say(words) {
    note.textContent = words;
    note.hidden = !words;
  }

  function open() {
    const { unanswered, flagged, done, all, left } = facts();
    $("[data-submit-sum]").textContent = t("progress", done, all);
    $("[data-submit-unanswered-count]").textContent = String(unanswered.length);
    $("[data-submit-flagged-count]").textContent = String(flagged.length);
    $("[data-submit-left]").textContent = left ? ` ${t("left", left)}` : "";
    links($("[data-submit-unanswered]"), unanswered);
    links($("[data-submit-flagged]"), flagged);
    const { spoilt } = sync.status();
    say(spoilt.length ? t("spoilt", spoilt.length) : "");
    busy(false);
    dialog.showModal();
    $("#submit-title").focus();
  }

  function leave(then = () => {}) {
    running += 1;
    dialog.close();
    then();
  }

  function busy(is) {
    confirm.disabled = is;
    confirm.setAttribute("aria-busy", String(is));
  }

  async function handIn() {
    running += 1;
    const mine = running;
    busy(true);
    say(t("handing_in"));
    for (let failures = 1; mine === running; failures += 1) {
      try {
        if (!(await sync.flush())) {
          const { pending } = sync.status();
          say(t(sync.online ? "waiting_upload" : "waiting_offline", pending));
          await rest(Math.min(500 * failures, 3000));
          continue;
        }
        if (mine !== running) return;
        const digest = compare ? await answersDigest(config.attempt, answers.acknowledged()) : "";
        const receipt = await api.submit(digest ? { digest } : {});
        if (mine === running) running += 1;
        dialog.close();
        return void onHanded(receipt);
      } catch (error) {
        if (error instanceof Refused && error.code === "digest_differs") {
          compare = false;
          await refresh().catch(() => {});
          say(t("digest_again"));
          return busy(false);
        }
        if (error instanceof Refused) {
          leave();
          return void onRefused(error);
        }
        if (!(error instanceof Unreachable)) throw error;
        sync.missed(error);
        say(t("waiting_offline", sync.status().pending));
        await rest(backoffMs(failures, 5000));
      }
    }
  }

  confirm.addEventListener("click", handIn);
  $("[data-submit-cancel]").addEventListener("click", () => leave());
  dialog.addEventListener("cancel", () => {
    running += 1;
  });
  return { open, cancel: () => dialog.open && leave() };
}

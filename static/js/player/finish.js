// The end: the receipt, answers that came too late, and the file that carries answers by hand.

import { backoffMs, Refused, Unreachable } from "./api.js";
import { dateTime } from "./clock.js";
import { answersDigest, receiptCode, seal } from "./digest.js";
import { $, $$ } from "./page.js";
import { t } from "./words.js";

const LATE_BATCH = 100;

export function createFinish({ config, api, answers, clock, page }) {
  /** Answers that never reached the server in time go up as late material; true when none is left here. */
  async function uploadLate() {
    let sent = 0;
    for (let failures = 0; ; ) {
      const entries = answers.unsent().filter((entry) => !entry.spoilt).slice(0, LATE_BATCH);
      if (!entries.length) break;
      try {
        await api.late(entries.map(({ slot, revision, value, flagged, at }) => ({ slot, revision, value, flagged, at })));
        sent += entries.length;
        await answers.release(entries);
        failures = 0;
      } catch (error) {
        if (error instanceof Refused && error.status === 413) return sent;
        if (error instanceof Refused) {
          for (const entry of entries) answers.spoil(entry, error.message);
          break;
        }
        if (!(error instanceof Unreachable)) throw error;
        failures += 1;
        late(sent);
        await new Promise((wake) => setTimeout(wake, backoffMs(failures)));
      }
    }
    return sent;
  }

  function late(sent) {
    const left = answers.unsent().length;
    const words = [sent ? t("late_sent", sent) : "", left ? t("late_left", left) : ""].filter(Boolean).join(" ");
    $("[data-late]").hidden = !words;
    $("[data-late-text]").textContent = words;
    for (const button of $$('[data-screen="finished"] [data-export]')) button.hidden = !left;
  }

  /** Show the receipt. `counts`: `{done, all, operations}` or null; `live`: whether this page did the work. */
  async function show({ receipt, code, finished_at: finishedAt, state }, { counts = null, live = false, timeOver = false } = {}) {
    const mine = await answersDigest(config.attempt, answers.acknowledged());
    $("[data-finished-title]").textContent = t(timeOver ? "time_over_handed" : state === "submitted" ? "handed_in" : "collected");
    $("[data-receipt-code]").textContent = code || receiptCode(receipt);
    $("[data-receipt-hash]").textContent = receipt;
    $("[data-receipt-check]").textContent = live ? t(!mine ? "digest_unknown" : mine === receipt ? "digest_same" : "digest_other") : "";
    $("[data-receipt-time]").textContent = finishedAt ? dateTime(Date.parse(finishedAt), config.timeZone) : "";
    $("[data-receipt-count]").textContent = counts
      ? t("answered_count", counts.done, counts.all) + (counts.operations ? `，${t("operations", counts.operations)}` : "")
      : "";
    page.stop("");
    page.screen("finished");
    late(0);
    late(await uploadLate());
  }

  /** Download what has not reached the server, sealed with this attempt's token (docs/delivery-protocol.md). */
  async function download(facts) {
    const entries = answers.unsent().map(({ slot, revision, value, flagged, at, spoilt }) => ({ slot, revision, value, flagged, at, ...(spoilt ? { refused: spoilt } : {}) }));
    const body = { format: "liangcai-unsent-answers-v1", attempt: config.attempt, ...facts, exported_at: clock.stamp(), entries };
    const whole = await seal(body, api.token);
    const url = URL.createObjectURL(new Blob([JSON.stringify(whole, null, 1)], { type: "application/json" }));
    const link = document.createElement("a");
    link.href = url;
    link.download = t("file_name", facts.ticket_no ?? config.attempt);
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 30_000);
    page.toast(t("exported"), "success");
  }

  return { show, download };
}

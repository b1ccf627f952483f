// A practical task: a workbench module draws the world, every command goes to the server with the next revision.
// A command is sent again with the same revision until its fate is known; what is unknown is asked for, never guessed.

import { el } from "../kinds/dom.js";
import { backoffMs, Refused, Unreachable } from "./api.js";
import { t } from "./words.js";

const NAME = /^[a-z][a-z0-9_]{0,30}$/;
const TRIES = 3;

/** Draw the task into `element`. `onRefused` gets refusals that concern the whole attempt. */
export function mountPractical(element, question, { api, answers, sync, disabled, onRefused }) {
  const notice = el("p", { class: "exam__offline", role: "status", hidden: true });
  const place = el("div", { class: "exam__bench" }, el("p", { class: "soft" }, t("practical_loading")));
  element.replaceChildren(notice, place);
  let bench = null;
  let world = null; // {revision, view}
  let gone = false;
  let turn = Promise.resolve();
  let stuck = false; // the fate of a command is unknown
  let loading = false;

  function say(words) {
    notice.textContent = words;
    notice.hidden = !words;
  }

  async function fetchWorld() {
    const [reply, state] = await Promise.all([api.world(question.slot), stuck ? api.state() : null]);
    sync.reached();
    if (state?.entries) answers.refresh(state.entries);
    world = reply;
    stuck = false;
  }

  async function load() {
    if (loading) return;
    loading = true;
    for (let failures = 0; !gone && (!bench || stuck); failures += 1) {
      try {
        await fetchWorld();
        if (gone) return;
        if (bench) bench.update(world.view);
        else await draw();
      } catch (error) {
        if (error instanceof Refused) return onRefused(error);
        if (error instanceof Unreachable) sync.missed(error);
        else console.error(error);
        say(t(bench ? "practical_offline" : "practical_failed"));
        await new Promise((wake) => setTimeout(wake, backoffMs(failures + 1, 5000)));
      }
    }
    loading = false;
    connection();
  }

  async function draw() {
    const name = String(question.content?.workbench ?? "");
    if (!NAME.test(name)) throw new Error(`no such workbench: ${name}`);
    const module = await import(`../workbenches/${name}.js`);
    if (gone) return;
    const { stem: brief, content } = question;
    place.replaceChildren();
    bench = module.mount(place, { view: world.view, brief, asks: content.asks ?? [], send, readOnly: disabled });
  }

  /** What the workbench calls: resolves to `{view}` or `{refusal}`. Commands follow one another. */
  function send(command) {
    const mine = turn.then(() => perform(command));
    turn = mine.catch(() => {});
    return mine;
  }

  async function perform(command) {
    if (stuck || gone) return offline();
    const revision = world.revision + 1;
    for (let tries = 1; ; tries += 1) {
      try {
        const reply = await api.command({ slot: question.slot, revision, command });
        sync.reached();
        if (reply.refusal) return { refusal: reply.refusal };
        world = { revision: reply.revision, view: { ...world.view, ...reply.view } };
        if (reply.revision === revision) answers.accepted(question.slot, revision, command);
        return { view: world.view };
      } catch (error) {
        if (error instanceof Refused) return refused(error);
        if (tries >= TRIES || !(error instanceof Unreachable)) {
          sync.missed(error);
          stuck = true;
          connection();
          load();
          return offline();
        }
        await new Promise((wake) => setTimeout(wake, 400 * tries));
      }
    }
  }

  async function refused(error) {
    if (error.code === "revision_stale") {
      stuck = true;
      load();
      return { refusal: { code: error.code, message: t("practical_stale"), hint: "", field: "" } };
    }
    if (error.status !== 400 && error.code !== "too_many_commands") onRefused(error);
    return { refusal: { code: error.code, message: error.message, hint: error.hint, field: "" } };
  }

  const offline = () => ({ refusal: { code: "offline", message: t("practical_offline"), hint: "", field: "" } });

  /** Called when the connection comes or goes: without one the task can be read, not worked on. */
  function connection() {
    if (!bench) return;
    const away = !sync.online || stuck;
    place.inert = away;
    place.classList.toggle("is-away", away);
    say(away ? t("practical_offline") : "");
  }

  load();
  return {
    connection,
    focus: () => place.querySelector("button, a, input")?.focus(),
    destroy() {
      gone = true;
      bench?.destroy?.();
    },
  };
}

// The registry of the player: an item's kind names the module that draws it.
//
//   const handle = await renderItem(element, { kind, stem, content, response, order, disabled, name }, onChange);
//   handle.destroy(); handle.focus();
//
// `onChange(response)` is called with the response in wire form at every change, with null when it was cleared.

import { el, t } from "./dom.js";

const MODULES = {
  single_choice: () => import("./single_choice.js"),
  multiple_choice: () => import("./multiple_choice.js"),
  true_false: () => import("./true_false.js"),
  fill_blank: () => import("./fill_blank.js"),
  numeric: () => import("./numeric.js"),
  matching: () => import("./matching.js"),
  ordering: () => import("./ordering.js"),
  short_answer: () => import("./short_answer.js"),
};
const WORKBENCH = /^[a-z][a-z0-9_]{0,30}$/;

/** Whether there is a module for this kind. */
export function knows(kind) {
  return kind === "practical" || Object.hasOwn(MODULES, kind);
}

async function load(item) {
  if (item.kind === "practical") {
    const name = String(item.content?.workbench ?? "");
    if (!WORKBENCH.test(name)) throw new Error(`no such workbench: ${name}`);
    return import(`../workbenches/${name}.js`);
  }
  if (!Object.hasOwn(MODULES, item.kind)) throw new Error(`no such kind: ${item.kind}`);
  return MODULES[item.kind]();
}

/** Draw an item into `element`, emptied first. Resolves to a handle with `destroy` and `focus`. */
export async function renderItem(element, item, onChange = () => {}) {
  const whole = { stem: "", content: {}, response: null, order: null, disabled: false, name: "item", ...item };
  let module;
  try {
    module = await load(whole);
  } catch (error) {
    element.replaceChildren(el("p", { class: "item-missing", role: "alert" }, t("missing")));
    throw error;
  }
  element.replaceChildren();
  element.classList.add("question");
  element.dataset.kind = whole.kind;
  const handle = module.render(element, whole, onChange) ?? {};
  return {
    destroy: handle.destroy ?? (() => element.replaceChildren()),
    focus: handle.focus ?? (() => element.querySelector("input, select, textarea, button")?.focus()),
  };
}

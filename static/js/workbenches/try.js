// The try-out page: the workbench as a candidate has it, with the log kept in this page and replayed by the server.

import { el } from "../kinds/dom.js";

const holder = document.querySelector("[data-workbench-try]");
const data = JSON.parse(document.getElementById(holder.dataset.workbenchTry).textContent);
const token = document.querySelector('meta[name="csrf-token"]')?.content ?? "";
const result = document.querySelector("[data-try-result]");
const { mount } = await import(`./${data.module}.js`);
let log = [];
let handle = start(data.view);

function start(view) {
  holder.replaceChildren();
  return mount(holder, { view, brief: data.brief, asks: data.asks, send });
}

async function post(name, body = {}) {
  const response = await fetch(data.urls[name], {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": token, Accept: "application/json" },
    body: JSON.stringify({ item: data.item, seed: data.seed, log, ...body }),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error?.message ?? response.statusText);
  return answer;
}

async function send(command) {
  const answer = await post("command", { command });
  if (answer.view) log.push(command);
  return answer;
}

function show(grade) {
  const rows = grade.checks.map((check) =>
    el(
      "tr",
      { "data-tone": check.penalty ? (Number(check.fraction) ? "danger" : null) : check.fraction === "1" ? "success" : "warn" },
      el("th", { scope: "row" }, check.label),
      el("td", { class: "num" }, check.penalty ? check.points : `${check.points} / ${check.max_points}`),
      el("td", {}, check.requirements.join("、")),
      el("td", { class: "wide" }, check.evidence, check.details.length ? el("details", {}, el("summary", {}, "明细"), el("ul", {}, ...check.details.map((line) => el("li", {}, line)))) : null),
    ),
  );
  result.replaceChildren(
    el("p", {}, el("strong", {}, `得分 ${grade.points} / ${grade.max_points}`), `，共 ${log.length} 步操作`),
    el(
      "div",
      { class: "table-wrap" },
      el(
        "table",
        { class: "table" },
        el("caption", { class: "sr-only" }, "检查结果"),
        el("thead", {}, el("tr", {}, ...["检查", "得分", "职业技能要求", "依据"].map((text) => el("th", { scope: "col" }, text)))),
        el("tbody", {}, ...rows),
      ),
    ),
  );
}

async function guarded(act) {
  try {
    await act();
  } catch (error) {
    result.replaceChildren(el("p", { role: "alert" }, error.message));
  }
}

document.querySelector("[data-try-grade]").addEventListener("click", () => guarded(async () => show((await post("grade")).grade)));
document.querySelector("[data-try-reset]").addEventListener("click", () => {
  log = [];
  result.replaceChildren();
  handle = start(data.view);
});
document.querySelector("[data-try-reference]").addEventListener("click", () =>
  guarded(async () => {
    const answer = await post("reference");
    log = answer.log;
    handle.destroy();
    handle = start({ ...data.view, ...answer.view });
    show((await post("grade")).grade);
  }),
);

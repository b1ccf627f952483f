// The item editor: rows that are added, moved and removed by button or keyboard; a draft that saves itself; a preview
// through the same modules that candidates get; what is still missing, with a way to the field.

import { drawPlayer } from "./item-preview.js";

const EN = document.documentElement.lang.startsWith("en");
const SAY = EN
  ? { saving: "Saving", saved: (at) => `Saved ${at}`, offline: "Offline: not saved yet, keeps trying", failed: "Not saved" }
  : { saving: "正在保存", saved: (at) => `已保存 ${at}`, offline: "离线：还没有保存，会继续尝试", failed: "没有保存" };
const LETTERS = "ABCDEFGHIJ";

class Editor {
  constructor(form) {
    this.form = form;
    this.state = form.querySelector("[data-save-state]");
    this.todo = form.querySelector("[data-todo]");
    this.holder = form.querySelector("[data-item-player]");
    this.checked = form.hasAttribute("data-checked");
    this.timer = null;
    this.busy = false;
    this.dirty = false;
    this.stopped = false;
    this.waiting = null;
    this.drawn = "";
    this.fresh = 0;
    if (this.holder) this.draw(JSON.parse(document.getElementById(this.holder.dataset.itemPlayer).textContent));
    for (const box of form.querySelectorAll("[data-rows-box]")) this.number(box);
    for (const area of form.querySelectorAll("[data-grow]")) grow(area);
    form.addEventListener("input", (event) => this.typed(event));
    form.addEventListener("change", (event) => this.changed(event));
    form.addEventListener("click", (event) => this.clicked(event));
    form.addEventListener("keydown", (event) => this.pressed(event));
    form.addEventListener("submit", (event) => {
      if (this.busy) {
        // The draft being saved gets a new stamp; sending the old one along would be refused.
        event.preventDefault();
        this.waiting = event.submitter;
        return;
      }
      this.stopped = true;
      clearTimeout(this.timer);
    });
    addEventListener("beforeunload", (event) => {
      if (this.dirty && !this.stopped) event.preventDefault();
    });
    addEventListener("online", () => this.dirty && this.save());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden" && this.dirty) this.save();
    });
    form.querySelector('[aria-invalid="true"]')?.focus();
  }

  // --- typing and saving ---

  typed(event) {
    if (event.target.matches("[data-picker-filter]")) return this.filter(event.target.value);
    if (event.target.matches("[data-grow]")) grow(event.target);
    if (event.target.matches("[data-row-number]")) this.exact(event.target.closest("[data-row]"));
    this.touch();
  }

  changed(event) {
    if (event.target.matches("[data-mode]")) {
      const row = event.target.closest("[data-row]");
      row.querySelector("[data-mode-text]").hidden = event.target.value === "number";
      row.querySelector("[data-mode-number]").hidden = event.target.value !== "number";
    }
    if (!event.target.matches("[data-picker-filter]")) this.touch();
  }

  touch(wait = 1200) {
    this.dirty = true;
    clearTimeout(this.timer);
    if (!this.stopped) this.timer = setTimeout(() => this.save(), wait);
  }

  async save() {
    if (this.busy || this.stopped) return;
    this.busy = true;
    this.dirty = false;
    this.tell("saving", SAY.saving);
    try {
      const answer = await fetch(this.form.dataset.draftUrl, {
        method: "POST",
        body: new FormData(this.form),
        headers: { Accept: "application/json", "X-Requested-With": "fetch" },
        credentials: "same-origin",
      });
      const body = await answer.json();
      if (!answer.ok) throw Object.assign(new Error(body.error?.message ?? SAY.failed), { final: answer.status < 500 });
      this.form.elements.stamp.value = body.stamp;
      this.tell("saved", SAY.saved(body.saved));
      this.missing(body.problems, body.findings);
      this.draw(body.player);
    } catch (error) {
      this.dirty = true;
      if (error.final) {
        this.stopped = true;
        this.tell("failed", error.message);
      } else {
        this.tell("offline", SAY.offline);
        this.timer = setTimeout(() => this.save(), 5000);
      }
    } finally {
      this.busy = false;
      if (this.waiting) {
        const button = this.waiting;
        this.waiting = null;
        this.form.requestSubmit(button);
      } else if (this.dirty && !this.stopped && this.state.dataset.state === "saved") this.touch(600);
    }
  }

  tell(state, text) {
    this.state.dataset.state = state;
    this.state.textContent = text;
  }

  draw(player) {
    if (!this.holder) return; // a practical task is tried in its workbench
    const now = JSON.stringify(player);
    if (now === this.drawn) return;
    this.drawn = now;
    drawPlayer(this.holder, player).catch((error) => console.error(error));
  }

  // --- what is missing ---

  missing(problems, findings) {
    this.todo.replaceChildren(
      ...problems.map((problem) => line(problem.message, problem.mend, problem.place)),
      ...findings.map((finding) => line(finding.message, finding.mend, "")),
    );
    this.form.querySelector("[data-todo-done]").hidden =
      problems.length > 0 || findings.some((finding) => finding.severity === "failure");
    const places = new Map(problems.map((problem) => [problem.place, problem]));
    for (const error of this.form.querySelectorAll("[data-error-for]")) {
      const problem = places.get(error.dataset.errorFor);
      if (this.checked && problem && error.dataset.errorFor) {
        error.textContent = problem.mend ? `${problem.message}。${problem.mend}。` : problem.message;
        error.hidden = false;
      } else {
        error.hidden = true;
      }
    }
    for (const field of this.form.querySelectorAll("[data-place]")) {
      if (this.checked && places.has(field.dataset.place)) field.setAttribute("aria-invalid", "true");
      else field.removeAttribute("aria-invalid");
    }
  }

  go(place) {
    const fields = [...this.form.querySelectorAll("[data-place]")];
    const exact = fields.find((field) => field.dataset.place === place);
    const near = fields.find((field) => field.dataset.place && (place.startsWith(field.dataset.place) || field.dataset.place.startsWith(place)));
    const target = exact ?? near ?? this.form.querySelector("#h-part");
    target.scrollIntoView({ block: "center" });
    target.focus({ preventScroll: true });
  }

  // --- rows ---

  clicked(event) {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.go !== undefined) this.go(button.dataset.go);
    const row = button.closest("[data-row]");
    if (button.hasAttribute("data-row-add")) this.add(button);
    else if (row && button.hasAttribute("data-row-up")) this.move(row, -1, button);
    else if (row && button.hasAttribute("data-row-down")) this.move(row, 1, button);
    else if (row && button.hasAttribute("data-row-remove")) this.remove(row);
  }

  pressed(event) {
    const row = event.target.closest("[data-row]");
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!row || !by || !event.altKey) return;
    event.preventDefault();
    this.move(row, by, event.target);
  }

  add(button) {
    const holder = button.parentElement;
    let box = holder.previousElementSibling;
    while (box && !box.matches("[data-rows-box]")) box = box.previousElementSibling;
    let template = holder.previousElementSibling;
    while (template && !template.matches("template")) template = template.previousElementSibling;
    if (!box || !template || box.children.length >= Number(box.dataset.most)) return;
    const row = template.content.firstElementChild.cloneNode(true);
    this.fresh += 1;
    for (const field of row.querySelectorAll('[value="__row__"]')) field.value = `n${this.fresh}`;
    box.append(row);
    this.number(box);
    if (box.hasAttribute("data-numbers")) {
      const used = [...box.querySelectorAll("[data-row-number]")].map((field) => Number(field.value) || 0);
      row.querySelector("[data-row-number]").value = String(Math.max(0, ...used) + 1);
      this.exact(row);
    }
    row.querySelector("textarea, input:not([type=hidden], [type=radio], [type=checkbox]), select").focus();
    this.touch();
  }

  remove(row) {
    const box = row.parentElement;
    if (box.children.length <= Number(box.dataset.least)) {
      for (const field of row.querySelectorAll("textarea, input[type=text], input:not([type])")) field.value = "";
    } else {
      const next = row.nextElementSibling ?? row.previousElementSibling;
      row.remove();
      next?.querySelector("textarea, input:not([type=hidden])")?.focus();
    }
    this.number(box);
    this.touch();
  }

  move(row, by, focus) {
    const other = by < 0 ? row.previousElementSibling : row.nextElementSibling;
    if (!other) return;
    other[by < 0 ? "before" : "after"](row);
    this.number(row.parentElement);
    focus.focus();
    this.touch();
  }

  number(box) {
    const rows = [...box.children];
    rows.forEach((row, index) => {
      const name = box.hasAttribute("data-letters") ? LETTERS[index] : String(index + 1);
      const letter = row.querySelector("[data-row-letter]");
      if (letter) letter.textContent = name;
      for (const field of row.querySelectorAll("[data-label]")) field.setAttribute("aria-label", `${field.dataset.label} ${name}`);
      const text = row.querySelector('[name="option_text"]');
      if (text) text.dataset.place = `content.options[${index}].text`;
      const error = row.querySelector('[data-error-for^="content.options["], [data-error-for=""]');
      if (error && text) error.dataset.errorFor = text.dataset.place;
      row.querySelector("[data-row-up]").disabled = index === 0;
      row.querySelector("[data-row-down]").disabled = index === rows.length - 1;
    });
    let add = box.nextElementSibling;
    while (add && !add.querySelector?.("[data-row-add]")) add = add.nextElementSibling;
    const button = add?.querySelector("[data-row-add]");
    if (button) button.disabled = rows.length >= Number(box.dataset.most);
  }

  exact(row) {
    const box = row?.querySelector("[data-row-exact]");
    if (box) box.value = row.querySelector("[data-row-number]").value;
  }

  // --- the requirement picker ---

  filter(text) {
    const sought = text.trim().toLowerCase().split(/\s+/).filter(Boolean);
    for (const branch of this.form.querySelectorAll("[data-picker-branch]")) {
      let shown = 0;
      for (const row of branch.querySelectorAll(".picker__row")) {
        row.hidden = !sought.every((word) => row.dataset.text.toLowerCase().includes(word));
        shown += row.hidden ? 0 : 1;
      }
      branch.parentElement.hidden = shown === 0;
      branch.open = sought.length > 0 ? shown > 0 : Boolean(branch.querySelector(":checked"));
    }
  }
}

function grow(area) {
  area.rows = Math.max(Number(area.dataset.least ?? area.getAttribute("rows")) || 1, 1);
  area.dataset.least ??= String(area.rows);
  while (area.scrollHeight > area.clientHeight + 2 && area.rows < 14) area.rows += 1;
}

function line(message, mend, place) {
  const item = document.createElement("li");
  const text = document.createElement(place ? "button" : "span");
  text.textContent = message;
  if (place) {
    text.type = "button";
    text.className = "todo__go";
    text.dataset.go = place;
  }
  const small = document.createElement("span");
  small.className = "muted";
  small.textContent = mend ?? "";
  item.append(text, small);
  return item;
}

for (const form of document.querySelectorAll("[data-item-editor]")) {
  new Editor(form);
  for (const branch of form.querySelectorAll("[data-picker-branch]")) branch.open = Boolean(branch.querySelector(":checked"));

}

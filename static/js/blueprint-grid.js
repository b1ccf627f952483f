// [data-grid]: the blueprint's grid. Type, tab, totals follow; arrows and Enter move; undo takes back the last change.
//
// The server counts: after each change the whole form is posted to data-check-url and what comes back is shown.

const FIELDS = ["node", "kind", "cognitive", "hardest", "easiest", "count", "points"];
const WAIT = 220;
const MOST_STEPS = 100;

class Grid {
  constructor(form) {
    this.form = form;
    this.template = form.querySelector("[data-row-template]");
    this.bodies = [...form.querySelectorAll("[data-rows-of]")];
    this.undoButton = form.querySelector("[data-undo]");
    this.steps = [];
    this.dirty = false;
    this.timer = 0;
    this.asked = 0;
    for (const body of this.bodies) this.keepBlank(body);
    for (const button of form.querySelectorAll("[data-add], [data-remove], [data-undo]")) button.hidden = false;
    this.last = this.read();
    this.bind();
  }

  bind() {
    const { form } = this;
    form.addEventListener("input", () => this.later());
    form.addEventListener("change", (event) => {
      this.changed();
      const row = event.target.closest("[data-row]");
      if (row) this.keepBlank(row.parentElement);
    });
    form.addEventListener("click", (event) => {
      const remove = event.target.closest("[data-remove]");
      const add = event.target.closest("[data-add]");
      if (remove) this.remove(remove.closest("[data-row]"));
      if (add) this.focusNew(this.bodies.find((body) => body.dataset.rowsOf === add.dataset.add));
      if (event.target.closest("[data-undo]")) this.undo();
    });
    form.addEventListener("keydown", (event) => this.key(event));
    form.addEventListener("submit", () => { this.dirty = false; });
    window.addEventListener("beforeunload", (event) => {
      if (this.dirty) event.preventDefault();
    });
  }

  // ------------------------------------------------------------ rows

  rows(body) {
    return [...body.querySelectorAll("[data-row]")];
  }

  cell(row, name) {
    return row.querySelector(`[data-col="${name}"]`);
  }

  isBlank(row) {
    return ["node", "count", "points"].every((name) => this.cell(row, name).value.trim() === "");
  }

  make(body, values = {}) {
    const row = this.template.content.firstElementChild.cloneNode(true);
    row.querySelector("[data-row-section]").value = body.dataset.rowsOf;
    row.querySelector("[data-remove]").hidden = false;
    for (const name of FIELDS) this.cell(row, name).value = values[name] ?? "";
    body.append(row);
    return row;
  }

  /** One empty row at the end, always. */
  keepBlank(body) {
    const rows = this.rows(body);
    if (!rows.length || !this.isBlank(rows.at(-1))) this.make(body);
  }

  focusNew(body) {
    this.keepBlank(body);
    const row = this.rows(body).at(-1);
    this.cell(row, "node").focus();
    row.scrollIntoView({ block: "nearest" });
  }

  remove(row) {
    const body = row.parentElement;
    const next = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    this.keepBlank(body);
    this.changed();
    if (next?.isConnected) this.cell(next, "node").focus();
  }

  // ------------------------------------------------------------ moving

  key(event) {
    if ((event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "z" && this.steps.length) {
      this.changed();
      event.preventDefault();
      this.undo();
      return;
    }
    const cell = event.target.closest("[data-col]");
    if (!cell || event.altKey || event.ctrlKey || event.metaKey) return;
    const typed = cell.matches("input");
    const step = { ArrowDown: 1, ArrowUp: -1, Enter: event.shiftKey ? -1 : 1 }[event.key];
    if (!step || (!typed && event.key !== "Enter")) return;
    if (event.isComposing || (cell.list && event.key !== "Enter" && cell.value && document.activeElement !== cell)) return;
    event.preventDefault();
    const body = cell.closest("[data-rows-of]");
    this.keepBlank(body);
    const all = this.bodies.flatMap((one) => this.rows(one));
    const row = all[all.indexOf(cell.closest("[data-row]")) + step];
    if (!row) return;
    const target = this.cell(row, cell.dataset.col);
    target.focus();
    if (target.select) target.select();
  }

  // ------------------------------------------------------------ undo

  read() {
    return JSON.stringify(this.bodies.map((body) => this.rows(body)
      .filter((row) => !this.isBlank(row))
      .map((row) => Object.fromEntries(FIELDS.map((name) => [name, this.cell(row, name).value])))));
  }

  changed() {
    const now = this.read();
    if (now !== this.last) {
      this.steps.push(this.last);
      if (this.steps.length > MOST_STEPS) this.steps.shift();
      this.last = now;
      this.undoButton.disabled = false;
    }
    this.dirty = true;
    this.later();
  }

  undo() {
    const before = this.steps.pop();
    if (before === undefined) return;
    JSON.parse(before).forEach((rows, index) => {
      const body = this.bodies[index];
      body.replaceChildren();
      for (const values of rows) this.make(body, values);
      this.keepBlank(body);
    });
    this.last = before;
    this.undoButton.disabled = this.steps.length === 0;
    this.later();
  }

  // ------------------------------------------------------------ the check

  later() {
    this.dirty = true;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.check(), WAIT);
  }

  async check() {
    const number = ++this.asked;
    const data = new FormData(this.form);
    data.set("forms", this.form.dataset.forms);
    try {
      const answer = await fetch(this.form.dataset.checkUrl, {
        method: "POST",
        body: data,
        headers: { "X-CSRFToken": document.querySelector('meta[name="csrf-token"]').content },
      });
      if (answer.ok && number === this.asked) this.show(await answer.json());
    } catch (error) {
      console.error(error); // offline: the figures stay as they were until the next change
    }
  }

  show(check) {
    const { wordStock, wordItems, wordPoints } = this.form.dataset;
    const answers = [...check.rows];
    for (const body of this.bodies) {
      let count = 0;
      for (const row of this.rows(body)) {
        const answer = this.isBlank(row) ? null : answers.shift();
        this.showRow(row, answer, wordStock);
        if (answer) count += Number(this.cell(row, "count").value) || 0;
      }
      const foot = body.parentElement.tFoot;
      const points = this.rows(body).reduce((sum, row) => sum + (Number(row.querySelector("[data-sum]").textContent) || 0), 0);
      foot.querySelector("[data-section-count]").textContent = count;
      foot.querySelector("[data-section-points]").textContent = Math.round(points * 100) / 100;
    }
    this.form.querySelector("[data-all-count]").textContent = check.count;
    this.form.querySelector("[data-all-points]").textContent = check.points;
    const note = this.form.querySelector("[data-all-note]");
    const short = check.short ? `${check.short} ${this.form.dataset.wordShort}` : "";
    note.textContent = check.problems[0] ?? short;
    note.dataset.tone = note.textContent ? "danger" : "";
    for (const table of document.querySelectorAll("[data-tally]")) {
      const rows = (check[table.dataset.tally] ?? []).map((tally) => {
        const row = document.createElement("tr");
        const head = document.createElement("th");
        head.scope = "row";
        head.textContent = tally.label;
        row.append(head);
        for (const text of [`${tally.count} ${wordItems}`, `${tally.points} ${wordPoints}`]) {
          const cell = document.createElement("td");
          cell.className = "num";
          cell.textContent = text;
          row.append(cell);
        }
        return row;
      });
      table.tBodies[0].replaceChildren(...rows);
    }
  }

  showRow(row, answer, word) {
    const stock = row.querySelector("[data-stock]");
    row.dataset.tone = answer?.tone ?? "";
    row.querySelector("[data-name]").textContent = answer?.name ?? "";
    row.querySelector("[data-sum]").textContent = answer?.points ?? "";
    row.querySelector("[data-why]").textContent = answer?.reasons.join("；") ?? "";
    stock.textContent = answer?.name ? `${word} ${answer.available}` : "";
    if (answer?.link) stock.href = answer.link;
    else stock.removeAttribute("href");
    const bad = answer?.tone === "danger";
    if (bad) this.cell(row, "node").setAttribute("aria-invalid", "true");
    else this.cell(row, "node").removeAttribute("aria-invalid");
  }
}

for (const form of document.querySelectorAll("[data-grid]")) new Grid(form);

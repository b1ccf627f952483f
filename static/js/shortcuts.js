// Keys: any [data-key="n"] is pressed by its key; "/" goes to [data-search]; j and k walk the rows of a table
// with data-rows; "?" lists them. Keys never fire while typing.

const dialog = document.getElementById("shortcuts-dialog");
const openers = document.querySelectorAll("[data-shortcuts]");

function typing(target) {
  return target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
}

function entry(list, keys, words) {
  const term = document.createElement("dt");
  for (const key of keys) {
    const cap = document.createElement("kbd");
    cap.textContent = key;
    term.append(cap, " ");
  }
  const text = document.createElement("dd");
  text.textContent = words;
  list.append(term, text);
}

function help() {
  const list = dialog.querySelector("[data-shortcuts-list]");
  list.replaceChildren();
  for (const element of document.querySelectorAll("[data-key]")) {
    entry(list, [element.dataset.key], element.dataset.keyLabel || element.textContent.trim());
  }
  if (document.querySelector("[data-search]")) entry(list, ["/"], list.dataset.labelSearch);
  if (document.querySelector("table[data-rows]")) entry(list, ["j", "k"], list.dataset.labelRows);
  entry(list, ["?"], list.dataset.labelHelp);
  dialog.showModal();
}

function walk(step) {
  const rows = [...document.querySelectorAll("table[data-rows] tbody tr")];
  const links = rows.map((row) => row.querySelector("a[href], button")).filter(Boolean);
  if (!links.length) return;
  const at = links.findIndex((link) => link.closest("tr").contains(document.activeElement));
  const next = links[Math.min(Math.max(at + step, 0), links.length - 1)];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || event.isComposing) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.key === "?") return void (event.preventDefault(), help());
  if (event.key === "/") {
    const search = document.querySelector("[data-search]");
    if (search) {
      event.preventDefault();
      search.focus();
    }
    return;
  }
  if ((event.key === "j" || event.key === "k") && document.querySelector("table[data-rows]")) {
    event.preventDefault();
    walk(event.key === "j" ? 1 : -1);
    return;
  }
  const target = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (target) {
    event.preventDefault();
    target.click();
  }
});

for (const opener of openers) {
  opener.hidden = false;
  opener.addEventListener("click", help);
}

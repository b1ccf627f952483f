// <table data-select id="…">: a head box ticks all, shift ticks a range; [data-bulk="table id"] shows with the count.

function boxes(table) {
  return [...table.querySelectorAll("tbody .tick input[type=checkbox]:not(:disabled)")];
}

function refresh(table) {
  const all = boxes(table);
  const ticked = all.filter((box) => box.checked);
  for (const box of all) box.closest("tr").classList.toggle("is-selected", box.checked);
  const head = table.querySelector("[data-select-all]");
  if (head) {
    head.checked = all.length > 0 && ticked.length === all.length;
    head.indeterminate = ticked.length > 0 && ticked.length < all.length;
  }
  for (const bar of document.querySelectorAll(`[data-bulk="${table.id}"]`)) {
    bar.hidden = ticked.length === 0;
    for (const count of bar.querySelectorAll("[data-bulk-count]")) count.textContent = String(ticked.length);
  }
}

let last = null;

document.addEventListener("click", (event) => {
  const box = event.target.closest("table[data-select] .tick input[type=checkbox]");
  if (!box) return;
  const table = box.closest("table");
  const all = boxes(table);
  if (box.matches("[data-select-all]")) {
    for (const other of all) other.checked = box.checked;
  } else {
    const from = all.indexOf(last);
    const to = all.indexOf(box);
    if (event.shiftKey && from >= 0) {
      for (const other of all.slice(Math.min(from, to), Math.max(from, to) + 1)) other.checked = box.checked;
    }
    last = box;
  }
  refresh(table);
});

function refreshAll() {
  for (const table of document.querySelectorAll("table[data-select]")) refresh(table);
}

document.addEventListener("htmx:afterSwap", refreshAll);
document.addEventListener("click", (event) => {
  const clear = event.target.closest("[data-bulk-clear]");
  if (!clear) return;
  const table = document.getElementById(clear.closest("[data-bulk]").dataset.bulk);
  for (const box of boxes(table)) box.checked = false;
  refresh(table);
});
refreshAll();

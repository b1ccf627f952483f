// The tree of a standard: open all, close all, find by code or words, and open what an address points at.
const trees = document.querySelectorAll("[data-tree]");
const none = document.querySelector("[data-tree-none]");

for (const button of document.querySelectorAll("[data-tree-open]")) {
  button.addEventListener("click", () => {
    const open = button.dataset.treeOpen === "1";
    for (const tree of trees) for (const branch of tree.querySelectorAll("details")) branch.open = open;
  });
}

const search = document.querySelector("[data-tree-search]");
search?.addEventListener("input", () => {
  const wanted = search.value.trim().toLowerCase();
  let found = 0;
  for (const tree of trees) {
    const nodes = [...tree.querySelectorAll(".tree__node")];
    for (const node of nodes) node.hidden = Boolean(wanted);
    for (const node of nodes) {
      const words = node.querySelector(".tree__row").textContent.toLowerCase();
      if (wanted && !words.includes(wanted)) continue;
      found += 1;
      show(node);
      for (const below of node.querySelectorAll(".tree__node")) below.hidden = false;
    }
  }
  none.hidden = found > 0;
});

function show(node) {
  for (let each = node; each; each = each.parentElement?.closest(".tree__node")) {
    each.hidden = false;
    if (each !== node) each.querySelector("details").open = true;
  }
}

function openTarget() {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  if (!target) return;
  for (let each = target.parentElement?.closest("details"); each; each = each.parentElement?.closest("details")) {
    each.open = true;
  }
  if (target.classList.contains("std-edit")) target.querySelector("details").open = true;
  target.scrollIntoView({ block: "center" });
}
window.addEventListener("hashchange", openTarget);
openTarget();

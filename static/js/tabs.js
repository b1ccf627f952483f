// role="tablist": arrow keys move, the chosen panel shows; the choice is kept in the address' fragment.

function choose(tab, focus = true) {
  const list = tab.closest('[role="tablist"]');
  for (const other of list.querySelectorAll('[role="tab"]')) {
    const on = other === tab;
    other.setAttribute("aria-selected", String(on));
    other.tabIndex = on ? 0 : -1;
    const panel = document.getElementById(other.getAttribute("aria-controls"));
    if (panel) panel.hidden = !on;
  }
  if (focus) tab.focus();
  if (list.dataset.fragment !== undefined) history.replaceState(null, "", `#${tab.getAttribute("aria-controls")}`);
}

for (const list of document.querySelectorAll('[role="tablist"]')) {
  const tabs = [...list.querySelectorAll('[role="tab"]')];
  const named = tabs.find((tab) => `#${tab.getAttribute("aria-controls")}` === location.hash);
  const first = named || tabs.find((tab) => tab.getAttribute("aria-selected") === "true") || tabs[0];
  if (first) choose(first, false);
}

document.addEventListener("click", (event) => {
  const tab = event.target.closest('[role="tablist"] [role="tab"]');
  if (tab) choose(tab);
});

document.addEventListener("keydown", (event) => {
  const tab = event.target.closest?.('[role="tablist"] [role="tab"]');
  if (!tab) return;
  const tabs = [...tab.closest('[role="tablist"]').querySelectorAll('[role="tab"]')];
  const at = tabs.indexOf(tab);
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  choose(tabs[(to + tabs.length) % tabs.length]);
});

// Drop-down menus (<details data-menu>) and the side navigation on narrow screens.

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (menu !== except) menu.open = false;
  }
}

document.addEventListener("click", (event) => {
  closeMenus(event.target.closest("details[data-menu]"));

  const toggle = event.target.closest("[data-menu-toggle]");
  if (toggle) {
    const open = document.documentElement.toggleAttribute("data-menu-open");
    toggle.setAttribute("aria-expanded", String(open));
    if (open) document.querySelector("#side a")?.focus();
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const open = document.querySelector("details[data-menu][open]");
    if (open) {
      open.open = false;
      open.querySelector("summary").focus();
      return;
    }
    if (document.documentElement.hasAttribute("data-menu-open")) {
      document.documentElement.removeAttribute("data-menu-open");
      const toggle = document.querySelector("[data-menu-toggle]");
      toggle?.setAttribute("aria-expanded", "false");
      toggle?.focus();
    }
    return;
  }
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const menu = event.target.closest?.("details[data-menu][open]");
  if (!menu) return;
  const items = [...menu.querySelectorAll(".menu__item")];
  if (!items.length) return;
  event.preventDefault();
  const step = event.key === "ArrowDown" ? 1 : -1;
  const at = items.indexOf(document.activeElement);
  items[(at + step + items.length) % items.length].focus();
});

document.addEventListener("focusout", (event) => {
  const menu = event.target.closest?.("details[data-menu][open]");
  if (menu && event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
});

// Theme and text size change at once; the server keeps them in a cookie. Language needs a new page.

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-preferences]");
  const button = event.submitter;
  if (!form || !button || button.name === "language") return;
  event.preventDefault();
  const root = document.documentElement;
  const plain = button.value === "auto" || button.value === "normal";
  if (plain) root.removeAttribute(`data-${button.name}`);
  else root.setAttribute(`data-${button.name}`, button.value);
  for (const other of form.querySelectorAll(`button[name="${button.name}"]`)) {
    other.setAttribute("aria-pressed", String(other === button));
  }
  const body = new FormData(form);
  body.set(button.name, button.value);
  fetch(form.action, { method: "POST", body, keepalive: true, redirect: "manual" }).catch(() => {});
});

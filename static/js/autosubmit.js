// <form method="get" data-autosubmit>: filters apply as they change; empty ones stay out of the address.

function go(form) {
  for (const input of form.elements) {
    if (input.name && !input.value && input.type !== "submit") input.disabled = true;
  }
  form.submit();
}

let timer = null;

document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (form?.matches("form[data-autosubmit]")) go(form);
});

document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (!form?.matches("form[data-autosubmit]") || event.target.type !== "search" || event.isComposing) return;
  clearTimeout(timer);
  timer = setTimeout(() => go(form), 600);
});

document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-autosubmit]")) return;
  event.preventDefault();
  go(event.target);
});

// Coming back by the browser's button shows the form as it was, with its empty fields usable again.
addEventListener("pageshow", () => {
  for (const input of document.querySelectorAll("form[data-autosubmit] :disabled")) input.disabled = false;
});

for (const button of document.querySelectorAll("form[data-autosubmit] [data-noscript-submit]")) button.hidden = true;

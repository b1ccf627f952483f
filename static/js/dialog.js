// Dialogs: data-dialog-open="id" opens, data-dialog-close closes. data-confirm="…" on a form or a submit
// button asks first (data-confirm-title, data-confirm-action, data-confirm-tone="danger").

const confirmed = new WeakSet();

function ask(source) {
  const dialog = document.getElementById("confirm-dialog");
  const yes = dialog.querySelector("[data-confirm-yes]");
  const title = dialog.querySelector("#confirm-title");
  yes.dataset.words ??= yes.textContent;
  title.dataset.words ??= title.textContent;
  dialog.querySelector("[data-confirm-text]").textContent = source.dataset.confirm;
  title.textContent = source.dataset.confirmTitle || title.dataset.words;
  yes.textContent = source.dataset.confirmAction || yes.dataset.words;
  yes.classList.toggle("btn--danger", source.dataset.confirmTone === "danger");
  yes.classList.toggle("btn--primary", source.dataset.confirmTone !== "danger");
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    const source = event.submitter?.dataset.confirm ? event.submitter : form.dataset.confirm ? form : null;
    if (!source || confirmed.has(form)) {
      confirmed.delete(form);
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    const submitter = event.submitter;
    ask(source).then((yes) => {
      if (!yes) return;
      confirmed.add(form);
      form.requestSubmit(submitter);
    });
  },
  true,
);

// htmx asks through the same dialog.
document.addEventListener("htmx:confirm", (event) => {
  const source = event.target.closest("[data-confirm]");
  if (!source || event.target.tagName === "FORM") return;
  event.preventDefault();
  ask(source).then((yes) => yes && event.detail.issueRequest(true));
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog-open]");
  if (opener) {
    document.getElementById(opener.dataset.dialogOpen)?.showModal();
    return;
  }
  const closer = event.target.closest("[data-dialog-close]");
  if (closer) {
    closer.closest("dialog")?.close();
    return;
  }
  if (event.target instanceof HTMLDialogElement && event.target.dataset.light !== undefined) event.target.close();
});

document.querySelector("[data-focus]")?.focus();

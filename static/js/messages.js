// Messages can be closed; other scripts show one with
// document.dispatchEvent(new CustomEvent("app:toast", { detail: { text, tone } })).

for (const button of document.querySelectorAll("[data-message-close][hidden]")) button.hidden = false;

document.addEventListener("click", (event) => {
  const close = event.target.closest("[data-message-close]");
  if (close) close.closest(".message").remove();
});

document.addEventListener("app:toast", (event) => {
  const { text, tone = "info", seconds = 6 } = event.detail;
  const toast = document.getElementById("toast-template").content.firstElementChild.cloneNode(true);
  toast.dataset.tone = tone;
  toast.querySelector("[data-toast-text]").textContent = text;
  document.querySelector("[data-toasts]").append(toast);
  if (tone !== "danger" && tone !== "error") setTimeout(() => toast.remove(), seconds * 1000);
});

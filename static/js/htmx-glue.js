// htmx with our rules: CSRF header, no polling of a hidden page, refusals shown as a toast.

document.addEventListener("htmx:configRequest", (event) => {
  const token = document.querySelector('meta[name="csrf-token"]');
  if (token) event.detail.headers["X-CSRFToken"] = token.content;
});

document.addEventListener("htmx:beforeRequest", (event) => {
  const polled = event.detail.elt.getAttribute("hx-trigger")?.includes("every ");
  if (polled && document.hidden) event.preventDefault();
});

function say(text, tone = "danger") {
  document.dispatchEvent(new CustomEvent("app:toast", { detail: { text, tone } }));
}

document.addEventListener("htmx:responseError", (event) => {
  const reply = event.detail.xhr;
  let text = `${reply.status} ${reply.statusText}`;
  try {
    const { error } = JSON.parse(reply.responseText);
    text = error.hint ? `${error.message} ${error.hint}` : error.message;
  } catch {
    const page = new DOMParser().parseFromString(reply.responseText, "text/html");
    text = page.querySelector("[data-refusal]")?.textContent.trim() || text;
  }
  say(text);
});

document.addEventListener("htmx:sendError", () => say(document.documentElement.lang.startsWith("en") ? "The network is down; nothing was changed." : "网络不通，操作未生效，请稍后再试。"));

// The candidate's home: countdowns by the server's clock, and a page that renews itself when a step changes.

const EVERY_MS = 10_000;
const news = document.querySelector("[data-places-news]");
let origin = clockOf(document);

function clockOf(page) {
  const time = Date.parse(page.querySelector("[data-places]")?.dataset.serverTime);
  return { server: time, mine: performance.now() };
}

function now() {
  return origin.server + (performance.now() - origin.mine);
}

function span(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const days = Math.floor(seconds / 86_400);
  const pad = (n) => String(n).padStart(2, "0");
  const clock = `${pad(Math.floor((seconds % 86_400) / 3600))}:${pad(Math.floor((seconds % 3600) / 60))}:${pad(seconds % 60)}`;
  if (!days) return clock;
  return document.documentElement.lang.startsWith("en") ? `${days} d ${clock}` : `${days} 天 ${clock}`;
}

function tick() {
  let due = false;
  for (const place of document.querySelectorAll("[data-countdown]")) {
    const left = Date.parse(place.dataset.countdown) - now();
    place.textContent = span(left);
    due ||= left <= 0 && !place.dataset.due;
    if (left <= 0) place.dataset.due = "yes";
  }
  if (due) renew();
}

async function renew() {
  if (document.hidden) return;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(8000) });
    if (answer.redirected) return void location.reload();
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-places]");
    const held = document.querySelector("[data-places]");
    if (!fresh || !held) return;
    origin = clockOf(page);
    const steps = (list) => [...list.querySelectorAll("[data-step]")].map((place) => place.dataset.step).join();
    const links = (list) => [...list.querySelectorAll("a[href]")].map((link) => link.href).join();
    if (steps(fresh) !== steps(held) || links(fresh) !== links(held)) {
      const focused = held.contains(document.activeElement);
      held.replaceWith(document.adoptNode(fresh));
      news.textContent = fresh.querySelector(".place__say")?.textContent ?? "";
      if (focused) document.querySelector(".place__next .btn")?.focus();
    } else {
      const times = [...fresh.querySelectorAll("[data-countdown]")];
      held.querySelectorAll("[data-countdown]").forEach((place, n) => {
        if (place.dataset.countdown !== times[n]?.dataset.countdown) delete place.dataset.due;
        if (times[n]) place.dataset.countdown = times[n].dataset.countdown;
      });
    }
    tick();
  } catch {
    // no connection: the countdown goes on, the next turn asks again
  }
}

tick();
setInterval(tick, 1000);
setInterval(renew, EVERY_MS);
document.addEventListener("visibilitychange", () => !document.hidden && renew());

// [data-paper="id"]: draws every [data-paper-item] below it as the candidate sees it, read only.

import { renderItem } from "./kinds/index.js";

async function draw(holder, item) {
  const stem = holder.innerHTML; // sanitised on the server; put back if the item can't be drawn
  try {
    await renderItem(holder, { ...item, disabled: true, name: `slot-${item.id}` });
  } catch (error) {
    holder.innerHTML = stem;
    console.error(error);
  }
}

for (const paper of document.querySelectorAll("[data-paper]")) {
  const data = document.getElementById(paper.dataset.paper);
  if (!data) continue;
  const items = new Map();
  for (const item of JSON.parse(data.textContent)) if (item) items.set(String(item.id), item);
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      seen.unobserve(entry.target);
      draw(entry.target, items.get(entry.target.dataset.paperItem));
    }
  }, { rootMargin: "1200px" });
  for (const holder of paper.querySelectorAll("[data-paper-item]")) seen.observe(holder);
  window.addEventListener("beforeprint", () => {
    for (const holder of paper.querySelectorAll("[data-paper-item]:not(.question)")) {
      draw(holder, items.get(holder.dataset.paperItem));
    }
  });
}

// [data-paper="id"]: draws every [data-paper-item] below it as the candidate sees it, read only.

import { renderItem } from "./kinds/index.js";

async function draw(holder, item) {
  const stem = [...holder.childNodes].map((node) => node.cloneNode(true)); // stays if the item can't be drawn
  try {
    await renderItem(holder, { ...item, disabled: true, name: `slot-${item.id}` });
  } catch (error) {
    holder.replaceChildren(...stem);
    console.error(error);
  }
}

for (const paper of document.querySelectorAll("[data-paper]")) {
  const data = document.getElementById(paper.dataset.paper);
  if (!data) continue;
  const items = new Map();
  for (const item of JSON.parse(data.textContent)) if (item) items.set(String(item.id), item);
  for (const holder of paper.querySelectorAll("[data-paper-item]")) {
    const item = items.get(holder.dataset.paperItem);
    if (item) draw(holder, item);
  }
}

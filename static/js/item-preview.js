// [data-item-player="id"]: draws the item whose data stand in the script element of that id, to try and not to keep.

import { renderItem } from "./kinds/index.js";

export async function drawPlayer(holder, player) {
  if (!player || player.content === null) return null;
  return renderItem(holder, player);
}

for (const holder of document.querySelectorAll("[data-item-player]")) {
  if (holder.closest("[data-item-editor]")) continue;
  const data = document.getElementById(holder.dataset.itemPlayer);
  if (data) drawPlayer(holder, JSON.parse(data.textContent)).catch((error) => console.error(error));
}

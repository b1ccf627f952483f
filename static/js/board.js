// The invigilator's board: "select all", and choices that survive the renewal of the seats.
const chosen = new Set();

const boxes = () => [...document.querySelectorAll('#seats input[name="ids"]')];
const remember = () => {
  for (const box of boxes()) {
    if (box.checked) chosen.add(box.value);
    else chosen.delete(box.value);
  }
};

document.addEventListener("change", (event) => {
  const all = event.target.closest("[data-check-all]");
  if (all) for (const box of boxes()) box.checked = all.checked;
  if (all || event.target.name === "ids") remember();
});

document.body.addEventListener("htmx:afterSwap", () => {
  for (const box of boxes()) box.checked = chosen.has(box.value);
});

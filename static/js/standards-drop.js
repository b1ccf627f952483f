// Drag and drop onto the file field of the import form; the field itself stays the keyboard's way.
for (const zone of document.querySelectorAll("[data-drop]")) {
  const input = zone.querySelector('input[type="file"]');
  const chosen = zone.querySelector("[data-drop-chosen]");
  let depth = 0;

  const show = () => {
    const file = input.files[0];
    chosen.textContent = file ? `${file.name}（${size(file.size)}）` : "";
    zone.toggleAttribute("data-filled", Boolean(file));
  };
  const over = (on) => zone.toggleAttribute("data-over", on);

  zone.addEventListener("dragenter", (event) => {
    event.preventDefault();
    depth += 1;
    over(true);
  });
  zone.addEventListener("dragover", (event) => event.preventDefault());
  zone.addEventListener("dragleave", () => {
    depth -= 1;
    if (depth <= 0) over(false);
  });
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    depth = 0;
    over(false);
    if (event.dataTransfer.files.length) {
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });
  input.addEventListener("change", show);
  show();
}

for (const form of document.querySelectorAll("[data-busy-form]")) {
  form.addEventListener("submit", () => {
    const button = form.querySelector("[data-busy-label]");
    button.disabled = true;
    button.textContent = button.dataset.busyLabel;
  });
}

function size(bytes) {
  return bytes < 1024 * 1024 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1048576).toFixed(1)} MB`;
}

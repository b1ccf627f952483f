// <button data-copy="#id" data-copied="已复制">: copies the text (or value) of the element.

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.querySelector(button.dataset.copy);
  const text = source.value ?? source.textContent.trim();
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const range = document.createRange();
    range.selectNodeContents(source);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    return;
  }
  const words = button.lastChild;
  const before = words.textContent;
  words.textContent = button.dataset.copied || "✓";
  setTimeout(() => {
    words.textContent = before;
  }, 1800);
});

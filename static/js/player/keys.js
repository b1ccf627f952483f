// The keyboard: moving, choosing, flagging. Never while typing, never behind a dialog.

const TYPING = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";

/** `work()` gives the open work or null: `{step, choose, flag, toPalette}`. */
export function bindKeys({ active, work, help }) {
  document.addEventListener("keydown", (event) => {
    if (!active() || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
    if (event.target.closest?.(TYPING) || document.querySelector("dialog[open]")) return;
    if (event.target.closest?.(".exam__bench, details.menu")) return;
    const done = press(event);
    if (done) event.preventDefault();
  });

  function press(event) {
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (key === "?") return help(), true;
    if (key === "ArrowLeft" || key === "k") return work().step(-1), true;
    if (key === "ArrowRight" || key === "j") return work().step(1), true;
    if (key === "f") return work().flag(), true;
    if (key === "g") return work().toPalette(), true;
    if (/^[1-9]$/.test(key)) return work().choose(Number(key) - 1);
    if (/^[a-e]$/.test(key)) return work().choose(key.charCodeAt(0) - 97);
    return false;
  }
}

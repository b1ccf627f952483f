// When the candidate leaves the page and comes back, by the page's own word. Told to the server with the pulse.

/** `onLeave` is called at once, so that leaving can be told before the page is frozen. */
export function watchAttention(clock, onLeave = () => {}) {
  let away = false;
  let left = [];
  let back = [];

  function go() {
    if (away) return;
    away = true;
    left.push(clock.stamp());
    onLeave();
  }
  function come() {
    if (!away || document.hidden) return;
    away = false;
    back.push(clock.stamp());
  }
  document.addEventListener("visibilitychange", () => (document.hidden ? go() : come()));
  window.addEventListener("blur", go);
  window.addEventListener("focus", come);
  window.addEventListener("pageshow", come);

  return {
    /** What has not been told yet; call `told` with it once the server has it. */
    news: () => ({ left: left.slice(0, 50), back: back.slice(0, 50) }),
    /** What happened before the work began is nobody's business. */
    forget() {
      left = [];
      back = [];
    },
    told(news) {
      left = left.slice(news.left.length);
      back = back.slice(news.back.length);
    },
  };
}

// Marking by keyboard: digits choose a level of the current criterion and move on, Enter saves.
// Works on <form data-marking>; without this script the form is an ordinary form.

const form = document.querySelector("form[data-marking]");

if (form) {
  const criteria = [...form.querySelectorAll("[data-criterion]")];
  const sum = form.querySelector("[data-sum]");
  const maximum = JSON.parse(document.getElementById("marking-data").textContent).maximum;
  let current = 0;

  const plain = (value) => String(Number(value.toFixed(2)));

  const chosen = (criterion) =>
    criterion.querySelector("input:checked") ?? criterion.querySelector("input[type=number]");

  const total = () => {
    const values = criteria.map((criterion) => chosen(criterion)?.value ?? "");
    const complete = values.every((value) => value !== "");
    const points = values.reduce((all, value) => all + Number(value || 0), 0);
    sum.textContent = `${complete ? plain(points) : "—"} / ${plain(Number(maximum))}`;
    sum.dataset.complete = String(complete);
  };

  const focus = (index) => {
    current = Math.max(0, Math.min(index, criteria.length - 1));
    criteria.forEach((criterion, place) => criterion.toggleAttribute("data-current", place === current));
  };

  const isTyping = (target) => target.matches("textarea, input[type=number], input[type=search], select");

  form.addEventListener("change", total);
  form.addEventListener("input", total);
  form.addEventListener("focusin", (event) => {
    const index = criteria.indexOf(event.target.closest("[data-criterion]"));
    if (index >= 0) focus(index);
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (/^[0-9]$/.test(event.key)) {
      const input = criteria[current]?.querySelector(`input[data-digit="${event.key}"]`);
      if (!input || input.disabled || input.closest("fieldset:disabled")) return;
      event.preventDefault();
      input.checked = true;
      input.dispatchEvent(new Event("change", { bubbles: true }));
      const open = criteria.findIndex((criterion, place) => place > current && !chosen(criterion)?.value);
      if (open >= 0) focus(open);
      else if (current + 1 < criteria.length) focus(current + 1);
    } else if (event.key === "Enter" && !event.target.closest("a, button, summary")) {
      event.preventDefault();
      form.requestSubmit(form.querySelector("[data-submit]"));
    }
  });

  const first = criteria.findIndex((criterion) => !chosen(criterion)?.value);
  focus(first < 0 ? 0 : first);
  total();
}

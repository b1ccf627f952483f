// The import report: after a decision the focus goes on to the next open finding.
document.body.addEventListener("htmx:afterSwap", (event) => {
  const row = document.getElementById(event.detail.target.id);
  if (!row?.classList.contains("std-finding")) return;
  if (row.dataset.state === "open") {
    row.querySelector("button")?.focus();
    return;
  }
  const rows = [...document.querySelectorAll(".std-finding")];
  const next = rows.slice(rows.indexOf(row) + 1).find((each) => each.dataset.state === "open");
  (next ?? row).querySelector(".std-decide button")?.focus();
});

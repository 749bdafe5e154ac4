// Tables sort by the column whose heading is pressed; numbers by what stands in data-v, names as the language has them.
(() => {
  const valueOf = (cell) => (cell.dataset.v === undefined ? cell.textContent.trim() : cell.dataset.v === "" ? NaN : Number(cell.dataset.v));
  const language = document.documentElement.lang;
  const compare = (a, b) =>
    typeof a === "number" && typeof b === "number"
      ? Number.isNaN(a) - Number.isNaN(b) || a - b
      : String(a).localeCompare(String(b), language, { numeric: true });
  for (const table of document.querySelectorAll("table.sorts")) {
    const heads = [...table.tHead.rows[0].cells], body = table.tBodies[0];
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      head.setAttribute("aria-sort", "none");
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        heads.forEach((other) => other.setAttribute("aria-sort", "none"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const rows = [...body.rows].sort((a, b) => {
          const [x, y] = [a, b].map((row) => valueOf(row.cells[column]));
          if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) - Number.isNaN(y);
          return down ? compare(y, x) : compare(x, y);
        });
        body.append(...rows);
      });
    });
  }
  for (const link of document.querySelectorAll("a[data-of]")) link.href = document.getElementById(link.dataset.of).src;
})();

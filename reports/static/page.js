// The page is whole without this: it adds sorting and finding, and opens what is closed for print.
(() => {
  "use strict";
  const order = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

  const valueOf = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.value ?? cell.textContent.trim();
  };

  for (const table of document.querySelectorAll("table[data-sortable]")) {
    const body = table.tBodies[0];
    const heads = [...table.tHead.rows[0].cells];
    for (const head of heads.filter((h) => h.dataset.by)) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sorter";
      button.setAttribute("aria-label", "Sort by " + head.textContent.trim());
      head.append(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        heads.forEach((h) => h.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const number = head.dataset.by === "number";
        const keyed = [...body.rows].map((row) => [valueOf(row, head.cellIndex), row]);
        keyed.sort(([a], [b]) => (number ? Number(a) - Number(b) : order.compare(a, b)));
        if (down) keyed.reverse();
        body.append(...keyed.map(([, row]) => row));
      });
    }
  }

  for (const finder of document.querySelectorAll("[data-finds]")) {
    const body = document.getElementById(finder.dataset.finds).tBodies[0];
    const rows = [...body.rows].map((row) => [row, row.textContent.toLowerCase()]);
    const words = finder.querySelector("input");
    const choices = [...finder.querySelectorAll("select")];
    const said = finder.querySelector("output");
    const find = () => {
      const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const [row, text] of rows) {
        const fits = wanted.every((w) => text.includes(w)) &&
          choices.every((c) => !c.value || row.dataset[c.name] === c.value);
        row.hidden = !fits;
        if (fits) shown += 1;
      }
      said.textContent = "Showing " + shown + " of " + rows.length;
    };
    finder.hidden = false;
    finder.addEventListener("input", find);
    find();
  }

  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")];
    opened.forEach((d) => { d.open = true; });
  });
  addEventListener("afterprint", () => opened.forEach((d) => { d.open = false; }));
})();

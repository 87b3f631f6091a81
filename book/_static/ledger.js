// The ledger page: filter and sort its rows. The address keeps the filters, so that a view can be
// linked; without this script the whole table shows.

const table = document.getElementById("all-claims");

if (table) {
  const form = document.querySelector(".ledger-filters");
  const rows = [...table.tBodies[0].rows];
  const words = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
  const fields = ["chapter", "verdict", "basis"];

  const filter = () => {
    const wanted = new FormData(form);
    const text = wanted.get("text").trim().toLowerCase();
    let shown = 0;
    for (const row of rows) {
      const fits = fields.every((name) => !wanted.get(name) || row.dataset[name] === wanted.get(name));
      row.hidden = !(fits && words.get(row).includes(text));
      shown += !row.hidden;
    }
    form.querySelector("output").textContent = `${shown} of ${rows.length} rows`;
    const query = new URLSearchParams([...wanted].filter(([, value]) => value));
    const search = query.size ? `?${query}` : location.pathname;
    history.replaceState(null, "", search + location.hash);
  };

  const keyOf = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.sort === undefined ? cell.textContent : Number.parseFloat(cell.dataset.sort);
  };

  const sort = (header, column) => {
    const down = header.getAttribute("aria-sort") === "ascending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", down ? "descending" : "ascending");
    const compare = (a, b) => {
      const [x, y] = [keyOf(a, column), keyOf(b, column)];
      if (typeof x === "string") return x.localeCompare(y, "en", { numeric: true });
      return (Number.isNaN(x) ? Infinity : x) - (Number.isNaN(y) ? Infinity : y);
    };
    rows.sort((a, b) => (down ? compare(b, a) : compare(a, b)));
    table.tBodies[0].append(...rows);
  };

  [...table.tHead.rows[0].cells].forEach((header, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = header.textContent;
    button.addEventListener("click", () => sort(header, column));
    header.replaceChildren(button);
  });

  // A link to a row must find it, whatever the filters say, and show its details.
  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const row = target?.closest("#all-claims tbody tr");
    if (!row) return;
    row.hidden = false;
    row.querySelector("details").open = true;
    row.scrollIntoView();
  };

  for (const [name, value] of new URLSearchParams(location.search)) {
    if (form.elements[name]) form.elements[name].value = value;
  }
  form.hidden = false;
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", reveal);
  filter();
  reveal();
}

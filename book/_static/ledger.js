// The ledger page: filter and sort its claims. The address keeps the filters, so that a view can be
// linked; without this script all claims show.

const all = document.getElementById("ledger-claims");

if (all) {
  const FEW = 20; // matching claims that open at once
  const form = document.querySelector(".ledger-filters");
  const claims = [...all.querySelectorAll(":scope > details")].map((part) => ({
    part,
    words: part.querySelector("summary").textContent.toLowerCase(),
    rows: [...part.querySelectorAll("tbody tr")].map((row) => [row, row.textContent.toLowerCase()]),
  }));
  const total = claims.reduce((sum, claim) => sum + claim.rows.length, 0);

  const filter = () => {
    const wanted = new FormData(form);
    const text = wanted.get("text").trim().toLowerCase();
    const fits = (row, words) =>
      ["verdict", "basis"].every((name) => !wanted.get(name) || row.dataset[name] === wanted.get(name))
      && words.includes(text);
    let shown = 0;
    const found = [];
    for (const { part, words, rows } of claims) {
      const here = !wanted.get("chapter") || part.dataset.chapter === wanted.get("chapter");
      let matching = 0;
      for (const [row, own] of rows) {
        row.hidden = !(here && fits(row, `${words} ${own}`));
        matching += !row.hidden;
      }
      part.hidden = matching === 0;
      shown += matching;
      if (matching) found.push(part);
    }
    const narrow = text || wanted.get("verdict") || wanted.get("basis");
    for (const { part } of claims) part.open = Boolean(narrow) && found.length <= FEW && !part.hidden;
    form.querySelector("output").textContent =
      `${shown} of ${total} rows, ${found.length} of ${claims.length} claims`;
    const query = new URLSearchParams([...wanted].filter(([, value]) => value));
    const search = query.size ? `?${query}` : location.pathname;
    history.replaceState(null, "", search + location.hash);
  };

  const sort = () => {
    const name = form.elements.order.value;
    const parts = claims.map((claim) => claim.part);
    if (name) parts.sort((a, b) => b.dataset[name] - a.dataset[name]);
    all.append(...parts);
  };

  // A link to a claim or a row must find it, whatever the filters say, and show its details.
  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const claim = target?.closest(".ledger-claim");
    if (!claim) return;
    const row = target.closest("tr");
    claim.hidden = false;
    claim.open = true;
    if (row) {
      row.hidden = false;
      row.querySelector("details").open = true;
    } else {
      for (const each of claim.querySelectorAll("tr[hidden]")) each.hidden = false;
    }
    target.scrollIntoView();
  };

  for (const [name, value] of new URLSearchParams(location.search)) {
    if (form.elements[name]) form.elements[name].value = value;
  }
  form.hidden = false;
  form.addEventListener("input", (event) => (event.target.name === "order" ? sort() : filter()));
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", reveal);
  sort();
  filter();
  reveal();
}

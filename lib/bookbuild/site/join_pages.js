// Joins pages of the site into the one that is open: the story, then an appendix; ids made unique.
// In the story evidence is the line that it opens from, and leads to its rows in the appendix.
async ([story, appendix, base]) => {
  const prefix = (name) => name.replace(/[^A-Za-z0-9]/g, "-");
  const known = new Set([...story, ...appendix]);
  const holder = document.querySelector("main article.bd-article");

  const made = (tag, properties, ...content) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...content);
    return element;
  };

  const read = async (name) => {
    const address = new URL("/" + name, location.href);
    const text = await (await fetch(address)).text();
    const page = new DOMParser().parseFromString(text, "text/html");
    const content = page.querySelector("main article.bd-article").childNodes;
    const article = made("section", { className: "printed-page", id: prefix(name) }, ...content);

    for (const element of article.querySelectorAll("[id]")) {
      element.id = `${prefix(name)}--${element.id}`;
    }
    for (const element of article.querySelectorAll("[src]")) {
      element.src = new URL(element.getAttribute("src"), address).href;
    }
    for (const image of article.querySelectorAll("img")) image.loading = "eager";
    for (const element of article.querySelectorAll("script")) element.remove();
    for (const link of article.querySelectorAll("a[href]")) {
      const target = new URL(link.getAttribute("href"), address);
      if (target.origin !== location.origin) continue;
      const path = target.pathname.slice(1);
      const anchor = target.hash ? `--${target.hash.slice(1)}` : "";
      if (known.has(path)) link.setAttribute("href", `#${prefix(path)}${anchor}`);
      else if (base) link.setAttribute("href", base.replace(/\/?$/, "/") + path + target.hash);
      else link.removeAttribute("href");
    }
    for (const clip of article.querySelectorAll("[clip-path]")) {
      const id = clip.getAttribute("clip-path").slice(5, -1);
      clip.setAttribute("clip-path", `url(#${prefix(name)}--${id})`);
    }
    return article;
  };

  // What links lead to stays: the ids of what is left out stand beside the line.
  const close = (details) => {
    const line = made("a", {}, ...details.querySelector("summary").childNodes);
    const rows = details.querySelector("a[href*='ledger-html--']");
    if (rows) line.href = rows.getAttribute("href");
    const anchors = [...details.querySelectorAll("[id]")].map(({ id }) => made("span", { id }));
    details.replaceWith(made("p", { className: "printed-line" }, line, ...anchors));
  };

  // The second level of a chapter moves to the appendix; a line for each of its sections stays.
  const cut = (article) => {
    const closed = [...article.querySelectorAll("details.more")];
    if (!closed.length) return [];
    const title = article.querySelector("h1").firstChild.textContent;
    const moved = made("section", { className: "printed-page", id: `${article.id}--more` });
    moved.append(made("h2", {}, `More: ${title}`));
    for (const details of closed) {
      const section = details.parentElement;
      const name = details.querySelector("summary > *").firstChild.textContent;
      const line = made("a", { href: `#${section.id}` }, name);
      section.replaceWith(made("p", { className: "printed-line" }, line));
      details.querySelector("summary").replaceWith(details.querySelector("summary > *"));
      details.replaceWith(...details.childNodes);
      moved.append(section);
    }
    return [moved];
  };

  const told = await Promise.all(story.map(read));
  const further = await Promise.all(appendix.map(read));
  for (const article of told) article.querySelectorAll("details.evidence").forEach(close);
  const after = [...told.flatMap(cut), ...further];
  const first = made("section", { className: "printed-page" });
  first.append(made("h1", {}, "Appendix: the evidence"));
  for (const part of after) {
    const title = part.querySelector("h1, h2").firstChild.textContent;
    first.append(made("p", { className: "printed-line" }, made("a", { href: `#${part.id}` }, title)));
  }
  holder.replaceChildren(...told, first, ...after);

  await MathJax.startup.promise;
  MathJax.typesetClear();
  await MathJax.typesetPromise([holder]);
  await Promise.all([...document.images].map((image) => image.decode().catch(() => null)));
  for (const link of holder.querySelectorAll("a[href^='#']")) {
    const id = decodeURIComponent(link.getAttribute("href").slice(1));
    if (!document.getElementById(id)) throw new Error(`a printed link leads nowhere: #${id}`);
  }
}

// Joins pages of the site into the one that is open: one article per page, ids made unique.
async ([names, base]) => {
  const prefix = (name) => name.replace(/[^A-Za-z0-9]/g, "-");
  const known = new Set(names);
  const holder = document.querySelector("main article.bd-article");
  const articles = [];

  for (const name of names) {
    const address = new URL("/" + name, location.href);
    const text = await (await fetch(address)).text();
    const page = new DOMParser().parseFromString(text, "text/html");
    const article = document.createElement("section");
    article.className = "printed-page";
    article.id = prefix(name);
    article.append(...page.querySelector("main article.bd-article").childNodes);

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
    articles.push(article);
  }

  holder.replaceChildren(...articles);
  await MathJax.startup.promise;
  MathJax.typesetClear();
  await MathJax.typesetPromise([holder]);
  await Promise.all([...document.images].map((image) => image.decode().catch(() => null)));
  for (const link of holder.querySelectorAll("a[href^='#']")) {
    const id = decodeURIComponent(link.getAttribute("href").slice(1));
    if (!document.getElementById(id)) throw new Error(`a printed link leads nowhere: #${id}`);
  }
}

// Interactive figures: the slider swaps paths and numbers that lie inline in the page.

for (const figure of document.querySelectorAll("figure.interactive")) {
  const data = JSON.parse(figure.querySelector("script[type='application/json']").textContent);
  const slider = figure.querySelector("input[type='range']");
  const value = figure.querySelector("output");
  const curves = figure.querySelectorAll("path[data-moves]");
  const readouts = figure.querySelectorAll(".interactive-readouts dd");

  const show = () => {
    const frame = slider.valueAsNumber;
    value.textContent = data.values[frame];
    slider.setAttribute("aria-valuetext", data.values[frame]);
    data.paths[frame].forEach((path, i) => curves[i].setAttribute("d", path));
    (data.readouts[frame] ?? []).forEach((text, i) => { readouts[i].textContent = text; });
  };

  slider.addEventListener("input", show);
  slider.hidden = false;
  show();
}

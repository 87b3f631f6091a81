// Interactive figures: slider, switches and play button swap paths and numbers that lie inline in
// the page. A notebook holds this script with each figure.

{
  const PAUSE = 400; // milliseconds that a frame stays

  for (const figure of document.querySelectorAll("figure.interactive:not([data-ready])")) {
    figure.dataset.ready = "";
    const data = JSON.parse(figure.querySelector("script[type='application/json']").textContent);
    const slider = figure.querySelector("input[type='range']");
    const value = figure.querySelector("output");
    const play = figure.querySelector(".interactive-play");
    const switches = [...figure.querySelectorAll(".interactive-switches select")];
    const curves = figure.querySelectorAll("path[data-moves]");
    const readouts = figure.querySelectorAll(".interactive-readouts dd");
    const last = Number(slider.max);
    let timer = 0;

    const show = () => {
      const position = slider.valueAsNumber;
      const chosen = switches.reduce((n, one) => n * one.options.length + one.selectedIndex, 0);
      const frame = chosen * (last + 1) + position;
      value.textContent = data.values[position];
      slider.setAttribute("aria-valuetext", data.values[position]);
      data.paths[frame].forEach((path, i) => curves[i].setAttribute("d", path));
      (data.readouts[frame] ?? []).forEach((text, i) => { readouts[i].textContent = text; });
    };

    const stop = () => {
      clearInterval(timer);
      timer = 0;
      play.textContent = "Play";
    };

    const step = () => {
      slider.valueAsNumber += 1;
      show();
      if (slider.valueAsNumber === last) stop();
    };

    const start = () => {
      if (slider.valueAsNumber === last) slider.value = 0;
      show();
      play.textContent = "Pause";
      timer = setInterval(step, PAUSE);
    };

    play.addEventListener("click", () => (timer ? stop() : start()));
    slider.addEventListener("input", () => { stop(); show(); });
    for (const one of switches) {
      one.addEventListener("input", show);
      one.parentElement.hidden = false;
    }
    slider.hidden = false;
    play.hidden = false;
    show();
  }
}

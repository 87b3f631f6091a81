// A formula wider than the page scrolls inside its own box; the box must be reachable by keyboard.

const reachEquations = () => {
  for (const box of document.querySelectorAll("mjx-container[display='true']")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
};

addEventListener("load", async () => {
  await window.MathJax?.startup?.promise;
  reachEquations();
  addEventListener("resize", reachEquations);
});

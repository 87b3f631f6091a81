// A formula or figure wider than the page scrolls inside its own box: the keyboard must reach it.

const boxes = "mjx-container[display='true'], .cell_output figure, .interactive details";

const reach = () => {
  for (const box of document.querySelectorAll(boxes)) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
};

addEventListener("load", async () => {
  await window.MathJax?.startup?.promise;
  reach();
  addEventListener("resize", reach);
});

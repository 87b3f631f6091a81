// A number in prose opens its card when the mouse rests on it; a link into what is closed opens it.

const WAIT = 250;

for (const button of document.querySelectorAll("button[popovertarget]")) {
  const card = document.getElementById(button.getAttribute("popovertarget"));
  let timer = 0;
  let rests = false; // the card shows because the mouse rests here; a click then keeps it
  const later = (event, act) => {
    clearTimeout(timer);
    if (event.pointerType === "mouse") timer = setTimeout(act, WAIT);
  };
  const show = () => {
    if (card.matches(":popover-open")) return;
    card.showPopover({ source: button });
    rests = true;
  };
  const hide = () => rests && card.hidePopover();
  for (const part of [button, card]) {
    part.addEventListener("pointerenter", (event) => later(event, show));
    part.addEventListener("pointerleave", (event) => later(event, hide));
  }
  button.addEventListener("click", (event) => {
    clearTimeout(timer);
    if (rests) event.preventDefault();
    rests = false;
  });
  card.addEventListener("toggle", (event) => {
    if (event.newState === "closed") rests = false;
  });
}

const open = () => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let part = target?.querySelector(":scope > details.more") ?? target; part; ) {
    part = part.closest("details:not([open])");
    if (part) part.open = true;
  }
  target?.scrollIntoView();
};

addEventListener("hashchange", open);
if (location.hash) open();

// Shows a report in a frame that has no origin and no network: what is in the report can reach nothing of the bank.
"use strict";

addEventListener("message", (event) => {
  if (event.source !== parent) return;
  if (event.data.print) {
    print();
    return;
  }
  const read = new DOMParser().parseFromString(event.data.html, "text/html");
  document.replaceChild(document.adoptNode(read.documentElement), document.documentElement);
});

addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
  if (!link) return;
  event.preventDefault();
  const inside = link.getAttribute("href").startsWith("#") ? link.getAttribute("href").slice(1) : "";
  const aim = inside && document.getElementById(decodeURIComponent(inside));
  if (aim) aim.scrollIntoView();
});

parent.postMessage("ready", "*");

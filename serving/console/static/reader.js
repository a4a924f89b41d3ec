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
  const address = link.getAttribute("href");
  if (address.startsWith("#")) document.getElementById(decodeURIComponent(address.slice(1)))?.scrollIntoView();
  else parent.postMessage({ address }, "*");
});

parent.postMessage("ready", "*");

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
  if (document.getElementById(event.data.language)) location.hash = event.data.language; // of a report in both languages
});

addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
  const address = link?.getAttribute("href") ?? "#";
  if (address.startsWith("#")) return; // within the report, which may show by it what it hides
  event.preventDefault();
  parent.postMessage({ address }, "*");
});

parent.postMessage("ready", "*");

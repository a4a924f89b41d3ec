// As reader.js, for reports that draw themselves: their scripts run, in a frame without an origin and without a network.
"use strict";

function told(event) {
  if (event.source !== parent) return;
  if (event.data.print) {
    print();
    return;
  }
  document.open(); // which forgets who listens
  document.write(event.data.html);
  document.close();
  addEventListener("message", told);
}

addEventListener("message", told);
parent.postMessage("ready", "*");

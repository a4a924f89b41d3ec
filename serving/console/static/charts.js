// Charts by Chart.js, fetched when the first is drawn; each has its numbers in a table beside it.

import { h } from "./dom.js";

let library = null;
const drawn = new Set();

function chartjs() {
  library ??= new Promise((ready, failed) => {
    document.head.append(h("script", { src: "/page/vendor/chart.js", onload: () => ready(globalThis.Chart), onerror: failed }));
  });
  return library;
}

export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

export function chart(label, make, height) {
  const canvas = h("canvas", { role: "img", "aria-label": label });
  const place = h("div", { class: "chart" }, canvas);
  if (height) place.style.height = `${height}px`;
  const draw = async () => {
    const Chart = await chartjs();
    if (!place.isConnected) return drawn.delete(draw);
    Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
    Chart.defaults.color = colour("soft");
    Chart.defaults.borderColor = colour("rule");
    Chart.getChart(canvas)?.destroy();
    new Chart(canvas, make());
    canvas.dataset.drawn = "true";
  };
  drawn.add(draw);
  requestAnimationFrame(draw);
  return place;
}

export function redraw() {
  drawn.forEach((draw) => draw());
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);

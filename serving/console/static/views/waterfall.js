// From what the model expects of anybody to this customer, reason by reason.

import { chart, colour } from "../charts.js";
import { h, table } from "../dom.js";
import { say, t, words } from "../words.js";
import { headline } from "./decision.js";

const WIDTH = 30;
const probability = (logOdds) => 1 / (1 + Math.exp(-logOdds));

export function waterfall(found) {
  const steps = [{ label: t("starts"), from: found.base, to: found.base, words: t("starts") }];
  const add = (label, text, contribution) => {
    const from = steps.at(-1).to;
    steps.push({ label, words: text, from, to: from + contribution, contribution });
  };
  found.reasons.forEach((reason) => add(headline(reason), words(reason.words), reason.contribution));
  add(t("others"), t("others"), found.others);
  steps.push({ label: t("ends"), from: found.log_odds, to: found.log_odds, words: t("ends") });
  const label = t("chart_why", { n: found.reasons.length, from: say.percent(probability(found.base)), to: say.percent(probability(found.log_odds)) });
  const shown = steps.map((step, place) => ({ ...step, at: place }));
  return [
    found.same ? null : h("p", { class: "notice" }, t("not_same")),
    chart(label, () => settings(shown), height(shown)),
    h("details", {}, h("summary", {}, t("as_table")), numbers(shown)),
  ];
}

function settings(steps) {
  const floor = Math.min(...steps.flatMap((step) => [step.from, step.to])) - 0.25;
  const ends = (step) => step.contribution === undefined;
  const kinds = steps.map((step) => (ends(step) ? colour("bar") : colour(step.contribution > 0 ? "raise" : "lower")));
  return {
    type: "bar",
    data: { labels: steps.map((step) => lines(step.label)), datasets: [{ data: steps.map((step) => (ends(step) ? [floor, step.to] : [step.from, step.to])), backgroundColor: kinds, borderSkipped: false, borderRadius: 2, barPercentage: 0.78, categoryPercentage: 0.9 }] },
    options: {
      indexAxis: "y",
      animation: false,
      maintainAspectRatio: false,
      layout: { padding: { right: 48 } },
      scales: { x: { min: floor, grid: { drawTicks: false }, ticks: { callback: (logOdds) => say.percent(probability(logOdds)), maxTicksLimit: 7 }, title: { display: true, text: t("default_probability") } }, y: { grid: { display: false }, ticks: { autoSkip: false, font: { size: 11.5 } } } },
      plugins: { legend: { display: false }, tooltip: { callbacks: { title: ([one]) => steps[one.dataIndex].words, label: (one) => told(steps[one.dataIndex]) } } },
    },
    plugins: [{ id: "told", afterDatasetsDraw: (drawn) => write(drawn, steps) }],
  };
}

function height(steps) {
  const most = Math.max(...steps.map((step) => lines(step.label).length));
  return steps.length * Math.max(32, 14 * most + 8) + 60;
}

function told(step) {
  return step.contribution === undefined ? say.percent(probability(step.to)) : say.signed(step.contribution);
}

function write(drawn, steps) {
  const { ctx } = drawn;
  ctx.save();
  ctx.fillStyle = colour("ink");
  ctx.font = `600 11.5px ${getComputedStyle(document.body).fontFamily}`;
  ctx.textBaseline = "middle";
  drawn.getDatasetMeta(0).data.forEach((bar, place) => {
    const right = Math.max(bar.x, bar.base);
    ctx.fillText(told(steps[place]), right + 6, bar.y);
  });
  ctx.restore();
}

function lines(text) {
  const wide = matchMedia("(max-width: 760px)").matches ? WIDTH * 0.72 : WIDTH;
  const parts = /[\u4e00-\u9fff]/.test(text) ? [...text] : text.split(/(?<= )/);
  const size = (part) => [...part].reduce((sum, letter) => sum + (/[\u4e00-\u9fff]/.test(letter) ? 2 : 1), 0);
  const made = [""];
  for (const part of parts) {
    if (size(made.at(-1)) + size(part) > wide && made.at(-1)) made.push("");
    made[made.length - 1] += part;
  }
  return made.map((line) => line.trim());
}

function numbers(steps) {
  const named = [t("reason"), t("adds"), t("so_far")].map((name, place) => ({ name, kind: place ? "r" : "" }));
  const rows = steps.map((step) => [step.words, step.contribution === undefined ? "–" : say.signed(step.contribution), say.percent(probability(step.to), 2)]);
  return table(t("why"), named, rows, { id: "why" });
}

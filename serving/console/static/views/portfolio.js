// The portfolio: figures, tiers, stages, actions, capacity, alarms.

import { ask } from "../asking.js";
import { chart, colour } from "../charts.js";
import { card, h, scrolled, share, table } from "../dom.js";
import { action, ruled, say, t, value } from "../words.js";

const TIERS = ["low", "medium", "elevated", "high"];

export async function show({ found }) {
  const told = await ask("/console/portfolio", {});
  const { portfolio } = told;
  found(told.waiting);
  const says = portfolio.newest ? t("portfolio_says", { at: say.exact(portfolio.newest) }) : t("no_decisions");
  const head = h("div", { class: "head" }, h("div", {}, h("h1", { tabindex: "-1" }, t("portfolio")), h("p", { class: "lead" }, says)));
  if (!portfolio.newest) return [head, h("div", { class: "grid" }, wide(service(told.checks)))];
  const left = h("div", { class: "w8 stack" }, tiers(portfolio), stages(portfolio), actions(portfolio));
  const right = h("div", { class: "w4 stack" }, alarms(told.watched), capacity(told.capacity), blocked(portfolio), service(told.checks));
  return [head, figures(told), h("div", { class: "grid" }, left, right)];
}

function wide(element) {
  element.classList.add("w6");
  return element;
}

function figures({ portfolio, waiting }) {
  const { whole } = portfolio;
  const figure = (name, number, sub) => h("div", {}, h("dt", {}, name), h("dd", {}, number, h("span", { class: "sub" }, sub)));
  return h("dl", { class: "figures" },
    figure(t("with_decision"), say.count(whole.customers), t("of_due", { due: say.count(portfolio.due), overdue: say.count(portfolio.overdue) })),
    figure(t("mean_probability"), say.percent(whole.default_probability, 2), t("reminded_says", { n: say.count(whole.reminded) })),
    figure(t("amount_open"), say.whole(whole.amount_open), t("of_instalments")),
    figure(t("at_risk"), say.whole(whole.amount_at_risk), t("at_risk_says")),
    figure(t("expected_value"), say.whole(whole.expected_value), t("value_says")),
    figure(t("to_review"), say.count(waiting), h("a", { href: "#/review" }, t("open_review"))));
}

function filtered(side, name, text) {
  return h("a", { href: `#/customers?${new URLSearchParams({ [side]: name })}` }, text);
}

function columns(first) {
  return [first, t("count"), t("default_probability"), t("amount_open"), t("at_risk"), t("expected_value"), t("reminded")].map((name, place) => ({ name, kind: place ? "r" : "" }));
}

function parts(side, shown, all, total) {
  const most = Math.max(...all.map((part) => part.customers), 1);
  const rows = all.map((part) => [filtered(side, part.name, shown(part.name)), h("div", { class: "meter" }, say.count(part.customers), share(part.customers / most, TIERS.includes(part.name) ? part.name : "")), say.percent(part.default_probability, 2), say.money(part.amount_open), say.money(part.amount_at_risk), say.money(part.expected_value), say.count(part.reminded)]);
  if (total) rows.push([t("all"), say.count(total.customers), say.percent(total.default_probability, 2), say.money(total.amount_open), say.money(total.amount_at_risk), say.money(total.expected_value), say.count(total.reminded)]);
  return rows;
}

function tiers({ sides, whole }) {
  return card(t("by_tier"), null, table(t("by_tier"), columns(t("tier")), parts("tier", value, sides.tier, whole), { id: "tiers" }));
}

function actions({ sides }) {
  const by = (side, name, shown) => table(name, columns(name), parts(side, shown, sides[side]));
  return card(t("by_action"), null, by("action", t("action"), action), h("details", {}, h("summary", {}, t("by_stance")), by("stance", t("stance"), value)), h("details", {}, h("summary", {}, t("by_programme")), by("programme", t("programme"), value)));
}

function stages({ sides, grid }) {
  const stageNames = sides.stage.map((part) => part.name);
  const tierNames = sides.tier.map((part) => part.name);
  const cell = (tier, stage) => grid.find((one) => one.tier === tier && one.stage === stage)?.customers ?? 0;
  const most = Math.max(...grid.map((one) => one.customers), 1);
  const shade = (n) => (n ? `h${Math.max(1, Math.ceil((4 * Math.sqrt(n)) / Math.sqrt(most)))}` : "");
  const link = (tier, stage, n) => (n ? h("a", { href: `#/customers?${new URLSearchParams({ tier, stage })}` }, say.count(n)) : "0");
  const head = h("tr", {}, h("th", { scope: "col" }, t("tier")), stageNames.map((stage) => h("th", { scope: "col" }, value(stage))));
  const rows = tierNames.map((tier) => h("tr", {}, h("th", { scope: "row" }, h("span", { class: `pill ${tier}` }, value(tier))), stageNames.map((stage) => h("td", { class: shade(cell(tier, stage)) }, link(tier, stage, cell(tier, stage))))));
  const heat = scrolled(t("by_stage"), h("table", { class: "heat", id: "stages" }, h("caption", { class: "unseen" }, t("by_stage")), h("thead", {}, head), h("tbody", {}, rows)));
  const picture = chart(t("chart_stage"), () => ({
    type: "bar",
    data: { labels: stageNames.map(value), datasets: tierNames.map((tier) => ({ label: value(tier), data: stageNames.map((stage) => cell(tier, stage)), backgroundColor: colour(tier), maxBarThickness: 56 })) },
    options: { animation: false, maintainAspectRatio: false, scales: { x: { stacked: true, grid: { display: false } }, y: { stacked: true, ticks: { callback: (n) => say.count(n), precision: 0 } } }, plugins: { legend: { position: "top", align: "start", labels: { boxWidth: 12, boxHeight: 12 } } } },
  }));
  return card(t("by_stage"), t("stage_says"), picture, heat);
}

function capacity(uses) {
  const rows = uses.map((use) => {
    const amount = use.name === "budget" ? say.money : say.count;
    const bar = use.limit === null ? null : share(use.used / use.limit, use.used > use.limit ? "over" : "");
    return [value(use.name) === "budgeting" || use.name === "budget" ? t("budget") : value(use.name), h("div", { class: "meter" }, amount(use.used), bar), use.limit === null ? t("no_limit") : amount(use.limit), use.price === null ? "–" : say.money(use.price)];
  });
  const named = [t("channel"), t("used"), t("limit"), t("price")].map((name, place) => ({ name, kind: place ? "r" : "" }));
  return card(t("capacity"), t("capacity_says"), table(t("capacity"), named, rows, { id: "capacity" }));
}

function alarms(watched) {
  if (!watched) return card(t("alarms"), null, h("p", { class: "none" }, t("no_watch")));
  const { volume } = watched;
  const window = t("alarms_window", { since: say.day(watched.since), until: say.day(watched.until) });
  const counted = t("window_decisions", { decisions: say.count(volume.decisions), customers: say.count(volume.customers), value: say.money(volume.expected_value) });
  const raised = watched.alarms.raised.map((one) => h("li", {}, h("span", { class: `tag ${one.level === "alarm" ? "bad" : "watch"}` }, t(one.level)), h("b", {}, `${one.rule.replaceAll("_", " ")}: ${[one.about, ...one.also].join(", ")}`), h("p", {}, one.evidence), h("p", { class: "note" }, `${t("to_do")}: ${one.to_do}`)));
  return card(t("alarms"), `${window}. ${counted}.`, raised.length ? h("ul", { class: "alarms" }, raised) : h("p", { class: "none" }, t("no_alarms")));
}

function blocked({ blocked: counts }) {
  const rows = Object.entries(counts).slice(0, 12).map(([rule, n]) => [filtered("blocked_by", rule, ruled(rule)), say.count(n)]);
  const named = [{ name: t("rule") }, { name: t("count"), kind: "r" }];
  return card(t("blocked_by"), t("blocked_says"), rows.length ? table(t("blocked_by"), named, rows, { id: "blocked" }) : h("p", { class: "none" }, t("nothing_blocked")));
}

function service(checks) {
  const lines = checks.map((check) => h("li", {}, h("b", {}, t(`check_${check.name}`)), h("span", { class: `tag ${check.ok ? "good" : check.needed ? "bad" : "watch"}` }, t(check.ok ? "ok" : "not_ok")), h("span", {}, check.why)));
  return card(t("service"), null, h("ul", { class: "checks" }, lines));
}

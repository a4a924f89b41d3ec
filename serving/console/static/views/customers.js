// Customers: found by number and by what was decided.

import { ask } from "../asking.js";
import { h, say as tell, table } from "../dom.js";
import { action, ruled, say, t, value } from "../words.js";

const PAGE = 50;
const SIDES = { tier: ["low", "medium", "elevated", "high"], stage: ["not yet", "T-7", "T-3", "T0", "overdue", "overdue 8", "overdue 30"], stance: ["reliable", "careless", "struggling", "unsure_how", "new_to_credit", "chronic", "strategic"] };

let last = "";

export async function show({ query }) {
  const asked = Object.fromEntries(["tier", "stage", "stance", "programme", "action", "blocked_by"].map((name) => [name, query.get(name)]).filter(([, wanted]) => wanted));
  const list = h("div", { class: "card", "aria-live": "polite" });
  const lead = h("p", { class: "lead" });
  const fill = async (first = 0) => {
    const found = await ask("/console/customers", { ...asked, search: last, first, most: PAGE });
    lead.textContent = t("customers_says", { n: say.count(found.total) });
    list.replaceChildren(...lines(found, first, fill));
  };
  await fill();
  const head = h("div", { class: "head" }, h("div", {}, h("h1", { tabindex: "-1" }, t("customers")), lead));
  return [head, h("div", { class: "stack" }, form(asked, fill), list)];
}

function form(asked, fill) {
  const field = h("input", { id: "search", type: "search", value: last, autocomplete: "off", spellcheck: "false" });
  const selects = Object.entries(SIDES).map(([side, names]) => h("div", { class: "field" }, h("label", { for: `by-${side}` }, t(side)), h("select", { id: `by-${side}`, onchange: (event) => change(side, event.target.value, asked) }, h("option", { value: "" }, t("all")), names.map((name) => h("option", { value: name, selected: asked[side] === name }, value(name))))));
  const others = ["programme", "action", "blocked_by"].filter((side) => asked[side]).map((side) => h("button", { type: "button", onclick: () => change(side, "", asked) }, `${side === "blocked_by" ? t("blocked_filter") : t(side)}: ${side === "action" ? action(asked[side]) : side === "blocked_by" ? ruled(asked[side]) : value(asked[side])} `, h("span", { "aria-hidden": "true" }, "×"), h("span", { class: "unseen" }, t("clear"))));
  const submit = (event) => {
    event.preventDefault();
    last = field.value.trim();
    again(fill);
  };
  return h("form", { class: "card search", role: "search", onsubmit: submit }, h("div", { class: "field" }, h("label", { for: "search" }, t("search")), field), selects, others, h("button", { class: "main" }, t("find")));
}

const again = (fill, first) => fill(first).catch((error) => tell(error.message));

function change(side, name, asked) {
  const wanted = { ...asked, [side]: name };
  const left = Object.entries(wanted).filter(([, one]) => one);
  location.hash = `#/customers?${new URLSearchParams(left)}`;
}

function lines(found, first, fill) {
  if (!found.total) return [h("p", { class: "none" }, t(found.undecided ? "undecided" : "no_customer"))];
  const named = [t("customer"), t("tier"), t("default_probability"), t("stance"), t("stage"), t("days"), t("amount_open"), t("at_risk"), t("action"), t("decided_at")];
  const kinds = ["", "", "r", "", "", "r", "r", "r", "", "d"];
  const rows = found.lines.map((line) => {
    const cells = [h("a", { href: `#/customer/${encodeURIComponent(line.customer_id)}` }, line.customer_id), h("span", { class: `pill ${line.tier}` }, value(line.tier)), say.percent(line.default_probability, 2), value(line.stance), line.stage ? value(line.stage) : "–", line.days_past_due ?? "–", say.money(line.amount_open), say.money(line.amount_at_risk), [action(line.action), line.requires_human || line.escalation ? [" ", h("span", { class: "tag watch" }, line.escalation ? value(line.escalation) : t("review"))] : null], say.moment(line.at)];
    return Object.assign(cells, { class: "go" });
  });
  const lastShown = Math.min(first + PAGE, found.total);
  const pager = h("div", { class: "pager" }, h("span", { class: "note" }, t("shown", { first: say.count(first + 1), last: say.count(lastShown), total: say.count(found.total) })), h("span", { class: "row" }, h("button", { disabled: first === 0, onclick: () => again(fill, first - PAGE) }, t("earlier")), h("button", { disabled: lastShown === found.total, onclick: () => again(fill, lastShown) }, t("later"))));
  return [table(t("customers"), named.map((name, place) => ({ name, kind: kinds[place] })), rows, { id: "found" }), pager];
}

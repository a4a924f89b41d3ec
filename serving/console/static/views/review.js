// What only a person may decide: approve or decline with a reason, with the evidence beside it.

import { ask } from "../asking.js";
import { card, h, say as tell, table } from "../dom.js";
import { action, say, t, value, words } from "../words.js";
import { blockedTable, dueWords } from "./decision.js";
import { packButton } from "./reader.js";

const narrow = matchMedia("(max-width: 999px)");

export async function show({ rest, found }) {
  const decided = rest[0] === "decided";
  const told = await ask("/console/review", { decided });
  if (!decided) found(told.total);
  const tab = (name, here, path) => h("a", { class: "button", href: path, "aria-current": here ? "page" : null }, name);
  const tabs = h("nav", { class: "row", "aria-label": t("review") }, tab(t("waiting"), !decided, "#/review"), tab(t("decided"), decided, "#/review/decided"));
  const head = h("div", { class: "head" }, h("div", {}, h("h1", { tabindex: "-1" }, t("review")), h("p", { class: "lead" }, t("review_says"))), tabs);
  return [head, decided ? done(told.decided) : open(told, found)];
}

function done(reviews) {
  if (!reviews.length) return h("div", { class: "card" }, h("p", { class: "none" }, t("nothing_decided")));
  const named = [t("customer"), t("step"), t("verdict"), t("verdict_reason"), t("by"), t("when")].map((name) => ({ name }));
  const rows = reviews.map((one) => [h("a", { href: `#/customer/${encodeURIComponent(one.customer_id)}/${encodeURIComponent(one.decision_id)}` }, one.customer_id), value(one.step), h("span", { class: `tag ${one.verdict === "approved" ? "good" : "bad"}` }, t(one.verdict)), one.reason, h("code", {}, one.by), say.moment(one.at)]);
  return h("div", { class: "card" }, table(t("decided"), named, rows, { class: "prose", id: "decided" }));
}

function open({ items, total }, found) {
  if (!items.length) return h("div", { class: "card" }, h("p", { class: "none" }, t("nothing_waits")));
  const place = h("div", { class: "stack", id: "item" });
  const list = h("ul", { class: "items", id: "items" });
  const buttons = items.map((item) => {
    const { line } = item;
    const due = line.days_past_due === null ? t("nothing_due") : dueWords(line);
    return h("button", { onclick: () => choose(item).then(() => narrow.matches && place.scrollIntoView()) }, h("b", {}, `${value(item.step)} · ${line.customer_id}`), h("span", {}, say.money(line.amount_open)), h("span", { class: "note" }, `${due} · ${value(line.stance)} · ${say.percent(line.default_probability)}`));
  });
  const choose = async (item) => {
    buttons.forEach((button, at) => button.setAttribute("aria-current", String(items[at] === item)));
    place.replaceChildren(h("p", { class: "wait" }, t("loading")));
    try {
      const { decision } = await ask("/console/customer", { customer_id: item.line.customer_id, decision_id: item.line.decision_id });
      place.replaceChildren(...detail(item, decision, after));
    } catch (error) {
      place.replaceChildren(h("p", { class: "notice bad" }, error.message));
    }
  };
  const after = async (item) => {
    const at = items.indexOf(item);
    items.splice(at, 1);
    buttons.splice(at, 1)[0].closest("li").remove();
    found((await ask("/console/review", { most: 1 })).total);
    if (items.length) {
      await choose(items[Math.min(at, items.length - 1)]);
      buttons[Math.min(at, items.length - 1)].focus();
    } else place.replaceChildren(h("p", { class: "none" }, t("nothing_waits")));
  };
  list.append(...buttons.map((button) => h("li", {}, button)));
  choose(items[0]);
  const some = total > items.length ? h("p", { class: "note" }, t("of_waiting", { shown: items.length, total: say.count(total) })) : null;
  return h("div", { class: "two" }, h("section", { class: "card list", "aria-label": t("waiting") }, some, list), place);
}

function detail(item, decision, after) {
  const { line } = item;
  const isStep = item.step !== "reminder";
  const why = isStep ? words(decision.escalation?.words) : words(decision.explanation?.action);
  const title = isStep ? value(item.step) : action(decision.recommendation.action);
  const facts = [[t("default_probability"), h("span", {}, say.percent(line.default_probability), " ", h("span", { class: `pill ${line.tier}` }, value(line.tier)))], [t("stance"), value(line.stance)], [t("days"), line.days_past_due ?? "–"], [t("amount_open"), say.money(line.amount_open)], isStep ? [t("cost"), say.money(decision.escalation?.cost)] : null, decision.causes.length ? [t("causes"), decision.causes.map(value).join(", ")] : null].filter(Boolean);
  const earlier = item.earlier ? h("p", { class: "note" }, t("earlier_verdict", { verdict: t(item.earlier.verdict), at: say.moment(item.earlier.at), reason: item.earlier.reason })) : null;
  const links = h("div", { class: "row" }, packButton(line.decision_id), h("a", { class: "button", href: `#/customer/${encodeURIComponent(line.customer_id)}/${encodeURIComponent(line.decision_id)}` }, t("open_customer")));
  const signals = h("ul", { class: "signals" }, decision.evidence.map((one) => h("li", {}, h("span", { class: "tag" }, value(one.side)), h("span", {}, words(one.words)))));
  return [
    card(`${title} · ${line.customer_id}`, null, h("div", { class: "stack" }, h("p", { class: "notice" }, why), earlier, h("dl", { class: "facts" }, facts.map(([name, text]) => [h("dt", {}, name), h("dd", {}, text)])), links)),
    verdict(item, after),
    card(t("stance_card"), null, signals),
    decision.blocked.length ? card(t("blocked"), t("blocked_here"), blockedTable(decision.blocked)) : "",
  ].filter(Boolean);
}

function verdict(item, after) {
  const reason = h("textarea", { id: "reason", required: true, minlength: 3, maxlength: 2000 });
  const wrong = h("p", { class: "notice bad", role: "alert", hidden: true });
  const give = (word) => async () => {
    wrong.hidden = true;
    if (reason.value.trim().length < 3) {
      Object.assign(wrong, { textContent: t("reason_needed"), hidden: false });
      return reason.focus();
    }
    try {
      await ask("/console/verdict", { decision_id: item.line.decision_id, step: item.step, verdict: word, reason: reason.value.trim() });
      tell(t("verdict_kept", { step: value(item.step), verdict: t(word) }));
      await after(item);
    } catch (error) {
      Object.assign(wrong, { textContent: error.message, hidden: false });
    }
  };
  const buttons = h("div", { class: "row" }, h("button", { class: "main", onclick: give("approved") }, t("approve")), h("button", { class: "bad", onclick: give("declined") }, t("decline")));
  return card(t("your_verdict"), null, h("div", { class: "stack" }, h("div", { class: "field" }, h("label", { for: "reason" }, t("verdict_reason")), reason), wrong, buttons));
}

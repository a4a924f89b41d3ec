// One customer: why this probability, what to do, what was blocked and by which rule, and what went before.

import { ask } from "../asking.js";
import { card, h, say as tell, table } from "../dom.js";
import { action, say, t, value, words } from "../words.js";
import { blockedTable, dueWords, messageOf, versionsOf } from "./decision.js";
import { packButton } from "./reader.js";
import { waterfall } from "./waterfall.js";

const SHOWN = 8;

export async function show({ rest }) {
  const [customer, chosen] = rest;
  const told = await ask("/console/customer", { customer_id: customer, ...(chosen ? { decision_id: chosen } : {}) });
  const { decision } = told;
  const why = later(() => ask("/console/explained", { decision_id: told.decision_id }));
  const left = h("div", { class: "w8 stack" }, whyCard(why, decision), recommended(decision), message(why, decision), blocked(decision), alternatives(decision), weeks(told), contacts(told));
  const right = h("div", { class: "w4 stack" }, escalation(decision), stance(decision), plan(decision), explanation(decision), past(told), outcomes(told), replay(told), versions(told));
  return [head(told), h("div", { class: "grid" }, left, right)];
}

function later(asked) {
  const promise = asked();
  promise.catch(() => {});
  return promise;
}

function filled(place, promise, make) {
  promise.then((found) => place.replaceChildren(...[make(found)].flat(Infinity).filter(Boolean)), (error) => place.replaceChildren(h("p", { class: "notice" }, error.message)));
  return place;
}

function head({ customer_id: customer, decision, as_of: at, zone }) {
  const due = decision.instalment;
  const line = [due ? `${value(due.stage)} · ${dueWords(due)} · ${t("due_on", { date: say.day(due.due_date) })}` : t("nothing_due"), decision.programme === "standard" ? null : value(decision.programme), t("as_of", { at: say.zoned(at, zone) })].filter(Boolean);
  return h("div", { class: "head" }, h("div", {}, h("p", { class: "note" }, h("a", { href: "#/customers" }, t("customers"))), h("h1", { tabindex: "-1" }, customer), h("p", { class: "lead" }, line.join(" · "))), h("div", { class: "who" }, h("span", { class: "chance" }, say.percent(decision.default_probability)), h("div", {}, h("div", {}, h("span", { class: `pill ${decision.tier}` }, value(decision.tier))), h("div", { class: "note" }, t("default_probability"))), due ? h("div", {}, h("b", {}, say.money(due.amount_open)), h("div", { class: "note" }, t("amount_open"))) : null));
}

function whyCard(why, decision) {
  return card(t("why"), t("why_says"), filled(h("div", {}, h("p", { class: "wait" }, t("loading"))), why, (found) => waterfall(found, decision)));
}

function recommended({ recommendation: chosen }) {
  const effect = chosen.expected_effect;
  const facts = [
    [t("expected_effect"), `${say.points(effect.effect)} (${say.points(effect.low)} … ${say.points(effect.high)})`, t("effect_says")],
    [t("expected_value"), say.money(chosen.expected_value)],
    chosen.send_at ? [t("send_at"), `${say.day(chosen.send_at.earliest)} ${say.hour(chosen.send_at.earliest)}–${say.hour(chosen.send_at.latest)}${chosen.daypart ? ` (${value(chosen.daypart)})` : ""}`, t("customers_clock")] : null,
    [t("propensity"), say.percent(chosen.propensity)],
  ].filter(Boolean);
  const nothing = chosen.channel ? null : h("p", { class: "note" }, t("not_reminded"));
  return card(t("recommended"), null, h("p", { class: "row" }, h("span", { class: "chosen", id: "chosen" }, action(chosen.action)), chosen.requires_human ? h("span", { class: "tag watch" }, t("needs_person")) : null), nothing, h("dl", { class: "facts" }, facts.map(([name, figure, says]) => [h("dt", {}, name), h("dd", {}, figure, says ? h("span", { class: "note" }, ` ${says}`) : null)])));
}

function message(why, { recommendation: chosen }) {
  if (!chosen.content) return card(t("message"), null, h("p", { class: "none" }, t("no_message")));
  const place = h("div", { id: "message" }, messageOf(chosen.content));
  const buttons = ["en", "zh"].map((language) => h("button", { type: "button", "aria-pressed": String(language === chosen.content.language), onclick: () => pick(language) }, t(language === "en" ? "english" : "chinese")));
  const pick = async (language) => {
    buttons.forEach((button, at) => button.setAttribute("aria-pressed", String((at ? "zh" : "en") === language)));
    if (language === chosen.content.language) return place.replaceChildren(messageOf(chosen.content));
    try {
      place.replaceChildren(messageOf((await why).messages[language]));
    } catch (error) {
      place.replaceChildren(h("p", { class: "notice" }, error.message));
    }
  };
  const own = t(chosen.content.language === "en" ? "english" : "chinese");
  return card(t("message"), t("message_says", { language: own }), h("div", { class: "stack" }, h("div", {}, h("span", { class: "choice", role: "group", "aria-label": t("language") }, buttons)), place));
}

function blocked(decision) {
  return card(t("blocked"), t("blocked_here"), decision.blocked.length ? blockedTable(decision.blocked) : h("p", { class: "none" }, t("nothing_blocked")));
}

function alternatives({ alternatives: others, recommendation }) {
  const named = [t("action"), t("expected_effect"), t("expected_value"), t("capacity_price")].map((name, place) => ({ name, kind: place ? "r" : "" }));
  const rows = [recommendation, ...others.filter((one) => one.action !== recommendation.action)].map((one, place) => {
    const effect = one.expected_effect;
    return [[action(one.action), place === 0 ? [" ", h("span", { class: "tag good" }, t("recommended"))] : null], `${say.points(effect.effect)} (${say.points(effect.low)} … ${say.points(effect.high)})`, say.money(one.expected_value), say.money(one.capacity_price)];
  });
  return card(t("alternatives"), t("alternatives_says"), table(t("alternatives"), named, rows));
}

function weeks(told) {
  const found = later(() => ask("/console/weeks", { decision_id: told.decision_id }));
  const step = ({ at, decision }) => {
    const chosen = decision.recommendation;
    const due = decision.instalment;
    const body = chosen.message ? h("details", {}, h("summary", {}, t("message")), h("p", { class: "bubble" }, chosen.message)) : null;
    return h("li", {}, h("div", { class: "row" }, h("span", { class: "when" }, say.day(at)), h("span", { class: "note" }, due ? `${value(due.stage)} · ${dueWords(due)}` : t("nothing_due"))), h("div", {}, action(chosen.action), decision.escalation ? [" ", h("span", { class: "tag watch" }, value(decision.escalation.action))] : null), body);
  };
  return card(t("weeks"), t("weeks_says"), filled(h("div", {}, h("p", { class: "wait" }, t("loading"))), found, ({ steps }) => h("ol", { class: "weeks", id: "weeks" }, steps.map(step))));
}

function contacts({ contacts: told, zone }) {
  const rows = told.filter((row) => row.channel !== "none");
  if (!rows.length) return card(t("contacts"), null, h("p", { class: "none" }, t("no_contacts")));
  const named = [t("sent"), t("how"), t("fate"), t("reply")].map((name) => ({ name }));
  const lines = rows.map((row) => [say.zoned(row.sent_at, zone), action([row.channel, row.intensity, row.offer].filter(Boolean).join("_")), fate(row), row.reply_text ? h("q", {}, row.reply_text) : "–"]);
  const more = lines.slice(SHOWN);
  const earlier = more.length ? h("details", {}, h("summary", {}, t("more_contacts", { n: more.length })), table(t("more_contacts", { n: more.length }), named, more, { class: "prose" })) : null;
  return card(t("contacts"), t("contacts_says"), table(t("contacts"), named, lines.slice(0, SHOWN), { class: "prose", id: "contacts" }), earlier);
}

function fate(row) {
  const told = [row.delivered === false ? "undelivered" : row.delivered ? "delivered" : null, row.read ? "read" : null, row.conversation ? "spoken" : null, row.replied ? "replied" : null].filter(Boolean);
  return told.length ? told.map((name) => t(name)).join(", ") : t("unknown");
}

function escalation(decision) {
  const asked = decision.escalation;
  if (!asked) return null;
  return card(value(asked.action), null, h("div", { class: "stack" }, h("p", { class: "notice" }, words(asked.words)), h("div", { class: "row" }, h("a", { class: "button", href: "#/review" }, t("review")), packButton(decision.decision_id))));
}

function stance(decision) {
  const signals = decision.evidence.map((one) => h("li", {}, h("span", { class: "tag" }, value(one.side)), h("span", {}, words(one.words))));
  const causes = decision.causes.length ? h("p", {}, `${t("causes")}: `, decision.causes.map((cause) => [h("span", { class: "tag watch" }, value(cause)), " "])) : null;
  return card(t("stance_card"), null, h("div", { class: "stack" }, h("p", { class: "chosen" }, value(decision.stance)), causes, h("ul", { class: "signals", id: "evidence" }, signals)));
}

function plan({ plan: offered }) {
  if (!offered) return null;
  const texts = offered.customer ? [[t("for_customer"), words(offered.customer)], [t("for_bank"), words(offered.bank)]] : [[t("for_bank"), words(offered.bank)]];
  return card(t("plan"), offered.fits ? null : t("plan_none"), h("dl", { class: "facts" }, texts.map(([name, text]) => [h("dt", {}, name), h("dd", {}, text)])));
}

function explanation({ explanation: told }) {
  if (!told) return null;
  return card(t("explanation"), null, h("div", { class: "stack" }, ["risk", "action", "customer", "person"].map((name) => h("div", {}, h("h3", {}, t(`ex_${name}`)), h("p", { class: "note" }, words(told[name]))))));
}

function past({ customer_id: customer, decision_id: shown, past: decisions, zone }) {
  const named = [t("decided_at"), t("default_probability"), t("action")].map((name, place) => ({ name, kind: place === 1 ? "r" : "" }));
  const rows = decisions.map((one) => {
    const at = say.zoned(one.as_of ?? one.written_at, zone);
    const link = one.decision_id === shown ? h("span", {}, at, " ", h("span", { class: "tag" }, t("shown_now"))) : h("a", { href: `#/customer/${encodeURIComponent(customer)}/${encodeURIComponent(one.decision_id)}` }, at);
    return [link, say.percent(one.default_probability), action(one.action)];
  });
  return card(t("past"), null, table(t("past"), named, rows));
}

function outcomes({ outcomes: told, reviews }) {
  if (!told.length && !reviews.length) return null;
  const facts = told.map((one) => [say.moment(one.at), [one.delivered ? t("delivered") : null, one.read ? t("read") : null, one.conversation ? t("spoken") : null, one.reply ? t("replied") : null, one.promise ? t("promise") : null, one.paid ? t("paid", { amount: say.money(one.paid) }) : null].filter(Boolean).join(", ") || t("unknown")]);
  const verdicts = reviews.map((one) => [say.moment(one.at), `${value(one.step)}: ${t(one.verdict)} – ${one.reason}`]);
  return card(t("outcomes"), null, h("dl", { class: "facts" }, [...verdicts, ...facts].map(([at, text]) => [h("dt", {}, at), h("dd", {}, text)])));
}

function replay({ decision_id: decision }) {
  const place = h("div", { class: "stack", "aria-live": "polite", id: "replayed" });
  const again = async (event) => {
    const button = event.currentTarget;
    button.disabled = true;
    try {
      const found = await ask("/replay", { decision_id: decision });
      const named = [t("place"), t("then"), t("now")].map((name) => ({ name }));
      const rows = found.differences.map((one) => [h("code", {}, one.path), one.then ?? "–", one.now ?? "–"]);
      place.replaceChildren(h("p", { class: `notice ${found.same ? "good" : "bad"}` }, found.same ? t("replay_same") : t("replay_other", { n: found.differences.length })), ...(rows.length ? [table(t("replay"), named, rows)] : []));
    } catch (error) {
      place.replaceChildren(h("p", { class: "notice bad" }, error.message));
      tell(t("failed"));
    }
    button.disabled = false;
  };
  return card(t("replay"), t("replay_says"), h("div", { class: "stack" }, h("div", {}, h("button", { onclick: again }, t("replay_do"))), place));
}

function versions(told) {
  return card(t("versions"), null, versionsOf(told));
}

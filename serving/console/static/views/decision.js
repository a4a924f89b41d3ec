// Parts of a decision that several views show.

import { h, table } from "../dom.js";
import { action, ruled, say, state, t } from "../words.js";

const OWN = ["ladder", "offer", "stance", "programme", "nothing_due", "no_evidence", "plan_first", "plan_kept", "firm_with"];

export function dueWords(due) {
  const days = due.days_past_due;
  const near = { "-1": "due_tomorrow", 0: "due_today", 1: "overdue_day" }[days];
  if (near) return t(near);
  return days > 0 ? t("overdue_days", { n: say.count(days) }) : t("due_in", { n: say.count(-days) });
}

export function messageOf(content) {
  if (!content) return h("p", { class: "none" }, t("no_message"));
  const isLong = content.channel === "email" || content.channel === "call";
  const language = content.language === "zh" ? "zh-CN" : "en";
  const notes = [content.length ? t("sms_length", { encoding: content.length.encoding, units: content.length.units, segments: content.length.segments }) : null, `${t("templates")}: ${content.templates.join(", ")}`].filter(Boolean);
  return h("div", { class: "stack" }, h("div", { class: `bubble ${isLong ? "long" : ""}`, lang: language, tabindex: isLong ? "0" : null }, content.title ? h("b", {}, content.title) : null, content.body), h("p", { class: "note" }, notes.join(" · ")));
}

export function blockedTable(blocked) {
  const named = [t("action"), t("rule"), t("citation"), t("until")].map((name) => ({ name }));
  const ours = (one) => OWN.includes(one.rule_id);
  const rows = [...blocked].sort((one, other) => ours(one) - ours(other)).map((one) => [action(one.action), h("span", {}, ruled(one.rule_id), h("br"), h("code", { class: "note" }, one.rule_id)), h("cite", {}, one.citation), one.until ? say.clock(one.until) : t("while_so")]);
  return table(t("blocked"), named, rows, { class: "prose", id: "blocked" });
}

export function versionsOf({ decision_id: decision, decision: { versions } }) {
  const facts = [["decision_id", decision], ["model", versions.model], ["policy", versions.policy], ["rules", versions.rules], ["settings", versions.settings?.slice(0, 16)]].filter(([, text]) => text);
  return h("dl", { class: "facts" }, facts.map(([name, text]) => [h("dt", {}, t(name)), h("dd", {}, h("code", {}, text))]));
}

export function headline(reason) {
  const text = reason.words[state.language];
  return text.split(state.language === "zh" ? "（" : " (")[0].replace(/[.。]$/, "");
}

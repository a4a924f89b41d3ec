// The reports of the service's folder, each opened in a frame without an origin.

import { ask } from "../asking.js";
import { card, h, saved, say as tell, table } from "../dom.js";
import { say, t } from "../words.js";
import { read } from "./reader.js";

const KINDS = ["weekly", "monitor", "drift", "review", "policy", "evidence", "other"];

let all = [];

export async function show() {
  const { folder, reports } = await ask("/console/reports", {});
  all = reports;
  const head = h("div", { class: "head" }, h("div", {}, h("h1", { tabindex: "-1" }, t("reports")), h("p", { class: "lead" }, t("reports_says"))));
  if (!reports.length) return [head, h("div", { class: "card" }, h("p", { class: "none" }, t(folder ? "no_reports" : "no_folder")))];
  const groups = KINDS.map((kind) => [kind, reports.filter((one) => one.kind === kind)]).filter(([, own]) => own.length);
  return [head, h("div", { class: "stack" }, groups.map(([kind, own]) => card(t(`kind_${kind}`), null, listed(kind, own))))];
}

const titled = (one) => one.title || t(`kind_${one.kind}`);

function listed(kind, own) {
  const named = [t("reports"), t("when"), ""].map((name) => ({ name }));
  const rows = own.map((one) => {
    const title = titled(one);
    const twin = one.twin ? h("button", { onclick: (event) => keep(event, one) }, t("numbers")) : null;
    return [h("span", {}, title, h("br"), h("code", { class: "note" }, one.name)), say.moment(one.at), h("div", { class: "row end" }, twin, h("button", { class: "main", onclick: (event) => open(event, one), "aria-label": `${t("open")}: ${title}` }, t("open")))];
  });
  return table(t(`kind_${kind}`), named.map((one, place) => (place === 2 ? { name: h("span", { class: "unseen" }, t("open")) } : one)), rows, { class: "even" });
}

async function busy(event, work) {
  const button = event.currentTarget;
  button.disabled = true;
  try {
    await work();
  } catch (error) {
    tell(error.message);
  }
  button.disabled = false;
}

const open = (event, one) => busy(event, () => shown(one));

async function shown(one) {
  const file = await ask("/console/report", { name: one.name });
  read(titled(one), file.text, file.runs, [[one.name.split("/").at(-1), file.text, "text/html", t("save_page")]], (address) => {
    const name = new URL(address, `folder:/${one.name}`).pathname.slice(1);
    const beside = all.find((other) => other.name === decodeURI(name));
    if (beside) shown(beside).catch((error) => tell(error.message));
    return beside !== undefined;
  });
}

const keep = (event, one) => busy(event, async () => {
  const file = await ask("/console/report", { name: one.twin });
  saved(one.twin.split("/").at(-1), file.text, "application/json");
});

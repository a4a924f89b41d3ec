// The page: who is signed in, which view is shown, in which language and colours.

import { ask, Refused, token } from "./asking.js";
import { redraw } from "./charts.js";
import { h } from "./dom.js";
import { t } from "./words.js";

const VIEWS = {
  portfolio: () => import("./views/portfolio.js"),
  customers: () => import("./views/customers.js"),
  customer: () => import("./views/customer.js"),
  review: () => import("./views/review.js"),
  reports: () => import("./views/reports.js"),
};
const SHOWN = ["portfolio", "customers", "review", "reports"];
const THEMES = ["system", "light", "dark"];

const main = document.getElementById("main");
const top = document.getElementById("top");
let signedIn = false;
let waiting = 0;
let turn = 0;

function where() {
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
  const [view, ...rest] = path.split("/").map(decodeURIComponent);
  return { view: VIEWS[view] ? view : "portfolio", rest, query: new URLSearchParams(query ?? "") };
}

async function show(moved = false) {
  const mine = ++turn;
  frame();
  if (!signedIn) return sign();
  const { view, rest, query } = where();
  document.title = `${t(view)} – Duewise`;
  try {
    const made = await (await VIEWS[view]()).show({ rest, query, found: (n) => ((waiting = n), frame()) });
    if (mine !== turn) return;
    main.replaceChildren(...made);
  } catch (error) {
    if (mine !== turn || !signedIn) return;
    main.replaceChildren(trouble(error));
  }
  if (moved === true) main.querySelector("h1")?.focus({ preventScroll: true });
}

function trouble(error) {
  const reference = error instanceof Refused && error.reference ? ` (${t("reference")} ${error.reference})` : "";
  const again = h("button", { onclick: () => show(true) }, t("again"));
  const message = error instanceof Refused ? error.message : t("no_service");
  return h("div", { class: "stack" }, h("h1", { tabindex: "-1" }, t("failed")), h("p", { class: "notice bad", role: "alert" }, message + reference), h("p", {}, again));
}

function frame() {
  document.querySelector(".skip").textContent = t("skip");
  if (!signedIn) return top.replaceChildren();
  const { view } = where();
  const links = SHOWN.map((name) => {
    const current = name === view || (name === "customers" && view === "customer");
    const badge = name === "review" && waiting ? [" ", h("span", { class: "count" }, waiting > 999 ? "999+" : waiting)] : [];
    return h("li", {}, h("a", { href: `#/${name}`, "aria-current": current ? "page" : null }, t(name), badge));
  });
  const brand = h("a", { class: "brand", href: "#/portfolio" }, h("img", { src: "/page/icon.svg", alt: "", width: 26, height: 26 }), "Duewise");
  const out = token.get() ? h("button", { class: "plain", onclick: leave }, t("sign_out")) : null;
  top.replaceChildren(h("div", { class: "bar" }, brand, h("nav", { "aria-label": t("sections") }, h("ul", {}, links)), h("div", { class: "tools" }, tools(), out)));
}

function tools() {
  const other = document.documentElement.lang === "en" ? "zh-CN" : "en";
  const speak = () => {
    document.documentElement.lang = other;
    localStorage.setItem("duewise-language", other);
    show();
  };
  const theme = document.documentElement.dataset.theme ?? "system";
  const paint = () => {
    const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
    if (next === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = next;
    localStorage.setItem("duewise-theme", next);
    frame();
    redraw();
  };
  const sign = { system: "◐", light: "☀", dark: "☾" }[theme];
  return [
    h("button", { class: "plain", lang: other, onclick: speak }, other === "en" ? "English" : "中文"),
    h("button", { class: "plain", onclick: paint, "aria-label": t(`theme_${theme}`), title: t(`theme_${theme}`) }, h("span", { "aria-hidden": "true" }, sign)),
  ];
}

function sign(why = "") {
  document.title = `${t("sign_in")} – Duewise`;
  const field = h("input", { id: "token", type: "password", autocomplete: "off", spellcheck: "false", required: true, "aria-describedby": "sign-says" });
  const wrong = h("p", { class: "notice bad", role: "alert", hidden: !why }, why);
  const enter = async (event) => {
    event.preventDefault();
    token.set(field.value.trim());
    const refusal = await tried();
    if (!refusal) return show(true);
    token.forget();
    wrong.textContent = refusal;
    wrong.hidden = false;
    field.select();
  };
  const form = h("form", { onsubmit: enter }, h("div", { class: "field" }, h("label", { for: "token" }, t("token")), field), wrong, h("button", { class: "main" }, t("sign_in")));
  const brand = h("p", { class: "brand" }, h("img", { src: "/page/icon.svg", alt: "", width: 38, height: 38 }), "Duewise");
  main.replaceChildren(h("div", { class: "sign" }, brand, h("h1", { tabindex: "-1" }, t("sign_in")), h("p", { class: "lead" }, t("sign_lead")), h("section", { class: "card", "aria-label": t("sign_in") }, form), h("p", { class: "note", id: "sign-says" }, t("sign_says")), h("div", { class: "row" }, tools())));
  field.focus();
}

async function tried() {
  try {
    await ask("/about");
    signedIn = true;
    return null;
  } catch (error) {
    signedIn = false;
    if (!(error instanceof Refused)) return t("no_service");
    return { 401: t("bad_token"), 403: error.code === "insufficient_scope" ? t("no_scope") : error.message }[error.status] ?? error.message;
  }
}

function leave() {
  token.forget();
  signedIn = false;
  turn++;
  frame();
  sign();
}

document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault(); // what stands after # is the view
  main.focus();
});
addEventListener("hashchange", () => {
  scrollTo(0, 0);
  show(true);
});
addEventListener("signed-out", () => {
  if (!signedIn) return;
  leave();
  sign(t("bad_token"));
});

const refusal = await tried();
if (refusal && token.get()) {
  token.forget();
  frame();
  sign(refusal);
} else show();

// Shows packs and reports in a frame without an origin, in a dialog over the page.

import { ask } from "../asking.js";
import { h, saved, say as tell } from "../dom.js";
import { state, t } from "../words.js";

export function read(title, html, runs, files, follow = () => {}) {
  const frame = h("iframe", { src: runs ? "/page/player.html" : "/page/reader.html", title, referrerpolicy: "no-referrer" });
  const close = () => dialog.close();
  const buttons = [...files.map(([name, text, kind, label]) => h("button", { onclick: () => saved(name, text, kind) }, label)), h("button", { onclick: () => frame.contentWindow.postMessage({ print: true }, "*") }, t("print")), h("button", { class: "main", onclick: close }, t("close"))];
  const heading = h("h2", { id: "reading" }, title);
  const dialog = h("dialog", { "aria-labelledby": "reading" }, h("div", { class: "over" }, heading, h("div", { class: "row" }, buttons)), frame);
  let shown = false;
  const told = ({ source, data }) => {
    if (source !== frame.contentWindow) return;
    if (data === "ready" && !shown) {
      shown = true;
      frame.contentWindow.postMessage({ html, language: state.language }, "*");
      frame.dataset.shown = "true";
    } else if (typeof data?.address === "string" && follow(data.address)) close();
  };
  addEventListener("message", told);
  dialog.addEventListener("close", () => {
    removeEventListener("message", told);
    dialog.remove();
  });
  document.body.append(dialog);
  dialog.showModal();
}

export function packButton(decision) {
  const open = async (event) => {
    const button = event.currentTarget;
    button.disabled = true;
    try {
      const pack = await ask("/console/evidence", { decision_id: decision, language: state.language });
      read(t("pack"), pack.page, false, [["evidence.html", pack.page, "text/html", t("save_page")], ["evidence.json", pack.twin, "application/json", t("numbers")]]);
    } catch (error) {
      tell(error.message);
    }
    button.disabled = false;
  };
  return h("button", { onclick: open }, t("open_pack"));
}

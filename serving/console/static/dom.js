// Elements made in code; text only ever goes in as text.

const SVG = "http://www.w3.org/2000/svg";

export function h(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export function card(title, says, ...children) {
  const id = `card-${++card.made}`;
  const heading = h("h2", { id }, title);
  return h("section", { class: "card", "aria-labelledby": id }, h("header", {}, heading), says && h("p", { class: "says" }, says), children);
}
card.made = 0;

export function table(caption, columns, rows, attributes = {}) {
  const head = h("tr", {}, columns.map((column) => h("th", { scope: "col", class: column.kind }, column.name)));
  const body = rows.map((cells) => h("tr", { class: cells.class }, cells.map((cell, place) => (place === 0 ? h("th", { scope: "row", class: columns[0].kind }, cell) : h("td", { class: columns[place].kind }, cell)))));
  const said = h("caption", { class: "unseen" }, caption);
  return scrolled(caption, h("table", attributes, said, h("thead", {}, head), h("tbody", {}, body)));
}

const watched = new ResizeObserver((seen) => {
  for (const { target } of seen) {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});

export function scrolled(label, content) {
  const place = h("div", { class: "wide", role: "group", "aria-label": label }, content);
  watched.observe(place);
  return place;
}

export function share(part, kind = "") {
  const width = Math.max(0, Math.min(1, Number.isFinite(part) ? part : 0)) * 100;
  return svg("svg", { class: `share ${kind}`, viewBox: "0 0 100 6", preserveAspectRatio: "none", "aria-hidden": "true" }, svg("rect", { class: "track", width: 100, height: 6, rx: 1 }), svg("rect", { class: `filled ${kind}`, width: width.toFixed(2), height: 6, rx: 1 }));
}

export function say(text) {
  const place = document.getElementById("told");
  place.textContent = text;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => (place.textContent = ""), 6000);
}

export function saved(name, text, kind) {
  const link = h("a", { href: URL.createObjectURL(new Blob([text], { type: kind })), download: name });
  link.click();
  URL.revokeObjectURL(link.href);
}

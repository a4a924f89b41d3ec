// Before anything is drawn: the colours and the language that were chosen, so that nothing flickers.
"use strict";

{
  const root = document.documentElement;
  const theme = localStorage.getItem("duewise-theme");
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  const chosen = localStorage.getItem("duewise-language");
  root.lang = (chosen || navigator.language).startsWith("zh") ? "zh-CN" : "en";
}

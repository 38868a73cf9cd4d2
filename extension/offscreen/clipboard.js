// Chromium's background has no document, and only a document may touch the clipboard. This one is opened for a single
// question of the background and closed again; it listens to nobody else and keeps nothing.
"use strict";

const area = /** @type {HTMLTextAreaElement} */ (document.querySelector("textarea"));

chrome.runtime.onMessage.addListener((message, sender, respond) => {
  if (sender.id !== chrome.runtime.id || sender.tab || !/\/background\/main\.js$/.test(sender.url ?? "/background/main.js")) return;
  if (message.type === "offscreen:write" && typeof message.text === "string") respond(write(message.text));
  else if (message.type === "offscreen:read") respond(read());
});

/** @param {string} text @returns {boolean} */
function write(text) {
  // A copy event of our own: the browser's own copying puts no empty text on the clipboard.
  /** @param {ClipboardEvent} event */
  const put = (event) => {
    event.preventDefault();
    event.clipboardData?.setData("text/plain", text);
  };
  document.addEventListener("copy", put, { once: true });
  area.value = ".";
  area.select();
  return document.execCommand("copy");
}

/** @returns {string} */
function read() {
  area.value = "";
  area.focus();
  document.execCommand("paste");
  const text = area.value;
  area.value = "";
  return text;
}

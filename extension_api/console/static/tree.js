// Folders that open in their place: the rows of a folder are taken from its own page when it is first opened. Without
// this script, or where a page does not answer, each folder is a link to that page.
"use strict";

async function rowsOf(address) {
  const answer = await fetch(address);
  if (!answer.ok || answer.redirected) throw new Error("no rows");
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const rows = page.querySelector("[data-tree]") ?? document.createElement("ul");
  if (!rows.children.length) rows.append(line("Nothing in this folder."));
  if (page.querySelector("[data-more]")) rows.append(line("", Object.assign(document.createElement("a"), { href: address, textContent: "More in this folder" })));
  rows.removeAttribute("id");
  rows.className = "inner";
  return document.adoptNode(rows);
}

function line(text, link) {
  const row = document.createElement("li");
  row.className = "note";
  row.append(link ?? text);
  return row;
}

function prepare(rows) {
  for (const row of rows.querySelectorAll(":scope > .folder-row")) {
    const link = row.querySelector("a");
    const button = document.createElement("button");
    const name = link.querySelector(".record-title").textContent;
    button.type = "button";
    button.className = "opener";
    button.setAttribute("aria-expanded", "false");
    button.setAttribute("aria-label", `Show what is in ${name}`);
    button.addEventListener("click", () => toggle(row, link, button));
    row.prepend(button);
  }
}

async function toggle(row, link, button) {
  const open = button.getAttribute("aria-expanded") === "true";
  let inner = row.querySelector(":scope > .inner");
  if (!open && !inner) {
    button.disabled = true;
    try {
      inner = await rowsOf(link.href);
    } catch {
      location.assign(link.href);
      return;
    }
    prepare(inner);
    row.append(inner);
    button.disabled = false;
    button.focus();
  }
  button.setAttribute("aria-expanded", String(!open));
  inner.hidden = open;
}

for (const rows of document.querySelectorAll("[data-tree]")) prepare(rows);

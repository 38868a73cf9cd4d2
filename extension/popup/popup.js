// The popup: shows what the background says about the page in front, and turns clicks into one question each. It keeps
// no secret and no record beyond what is drawn; what is drawn is made of text nodes.

import { CHANGED, Problem, ask } from "../shared/ask.js";
import { browser } from "../shared/browser.js";
import { localise, problemText, text } from "../shared/texts.js";
import { showDetail } from "./detail.js";
import { drawDialog } from "./dialog.js";
import { showEditor } from "./editor.js";
import { part } from "./parts.js";
import { drawPicked } from "./pointing.js";
import { cardItem, recordItem } from "./record.js";
import { drawSaving } from "./saving.js";
import { drawGate, drawOffer, drawState, drawWhy } from "./standing.js";

/** How long a person sees that it worked before the popup gets out of the way, in milliseconds. */
const FAREWELL = 500;
/** A search waits this long for the next letter, in milliseconds. */
const TYPING = 150;

/** @typedef {import("./parts.js").View} View */

/** @type {number | null} the tab this popup is about */
let tab = null;
/** @type {View | null} */
let shown = null;
/** Opened in a tab of its own: it then stays open. */
let standsAlone = false;
/** What the list of records shows, to see whether it has changed. */
let drawn = "";
/** While an act of the person runs, nothing is drawn over it. */
let acting = false;
/** The newest search; an older one's late answer is dropped. */
let searching = 0;

/** @type {import("./parts.js").Stage} */
const stage = {
  tab: () => tab ?? -1,
  view: () => /** @type {View} */ (shown),
  say,
  show,
  look,
  run,
  choose,
};

/**
 * The page in front of the person. When the popup itself was opened as a tab (as on a phone) it is the page they came from.
 * @returns {Promise<number | null>}
 */
async function subject() {
  standsAlone = (await browser.tabs.getCurrent()) !== undefined;
  document.body.classList.toggle("page", standsAlone);
  if (!standsAlone) return (await browser.tabs.query({ active: true, currentWindow: true }))[0]?.id ?? null;
  const others = (await browser.tabs.query({ currentWindow: true })).filter((one) => /^https?:/.test(one.url ?? ""));
  others.sort((a, b) => (b.lastAccessed ?? 0) - (a.lastAccessed ?? 0));
  return others[0]?.id ?? null;
}

/** @param {View} view */
function draw(view) {
  shown = view;
  const { account, page, site } = view;
  const signedIn = account.account !== null;
  part("host").firstElementChild?.replaceChildren(page.host);
  part("host").hidden = page.host === "";
  drawGate(view, tab);
  part("warning").hidden = !page.warning;
  part("warning").textContent = page.warning ? text("formTurned") : "";
  drawDialog(stage, () => !standsAlone && window.close());
  drawSaving(stage);
  drawPicked(stage);
  drawMatches(view);
  part("refresh").hidden = part("search").hidden = part("tools").hidden = !signedIn;
  part("site").hidden = site === null;
  const rule = /** @type {HTMLSelectElement} */ (part("site-rule"));
  rule.value = site?.rule ?? "";
  rule.disabled = site?.managed ?? true;
  drawState(view);
  drawWhy(view, tab);
  drawOffer(view);
  drawFocus();
  document.querySelector("main")?.removeAttribute("aria-busy");
}

/**
 * The records; left alone while they are the same, because the refresh that follows the opening would otherwise take a
 * button away between the press of the mouse and its release.
 * @param {View} view
 */
function drawMatches({ matches, under, page }) {
  const same = JSON.stringify([matches, under, page.id]);
  if (same === drawn) return;
  drawn = same;
  const focused = /** @type {HTMLElement | null} */ (document.activeElement)?.dataset?.record;
  const more = (/** @type {string} */ record) => showDetail(stage, record);
  part("matches").replaceChildren(
    ...matches.map((match) => recordItem(match, { under: under === match.record, host: page.host, choose, more })),
  );
  if (focused) /** @type {HTMLElement | null} */ (document.querySelector(`#matches [data-record="${CSS.escape(focused)}"]`))?.focus();
}

/** Puts the keyboard where the next step is, unless the person has put it somewhere. */
function drawFocus() {
  if (document.activeElement !== document.body) return;
  const record = /** @type {HTMLElement | null} */ (document.querySelector("#dialog [data-record], #matches button"));
  const button = ["gate-button", "saving-save", "link", "copy", "search"].map((id) => document.getElementById(id)).find((one) => one && !one.closest("[hidden]"));
  (record ?? button)?.focus();
}

/** @param {import("./parts.js").Screen} screen */
function show(screen) {
  for (const name of ["first", "detail", "editor"]) part(name).hidden = name !== screen;
  part("back").hidden = screen === "first";
  if (screen === "first") (shown?.matches.length ? /** @type {HTMLElement} */ (document.querySelector("#matches button")) : part("search")).focus();
  else if (screen === "detail") part("back").focus();
}

/**
 * @param {string} record @param {boolean} confirmed @param {boolean} link whether to store the answer as a link
 */
async function choose(record, confirmed, link) {
  if (tab === null || !shown) return;
  const page = shown.page.id;
  await run(async () => {
    const outcome = await (link ? ask("popup:link", { tab, page, record }) : ask("popup:fill", { tab, page, record, confirmed }));
    return tell(outcome);
  });
}

/** Says what came of a fill, and closes when it is done. @param {import("../background/filling.js").Outcome} done */
async function tell({ outcome, filled = [], refused = [] }) {
  const done = outcome === "filled" || outcome === "chosen";
  const good = done || outcome === "asked";
  const why = refused[0]?.why.replace(/-/g, "_");
  say(outcome === "filled" ? text(filled.length > 1 ? (filled.includes("code") ? "filledAll" : "filledBoth") : `filled_${filled[0]}`) : outcome === "refused" ? text(`refused_${why}`) : text(`outcome_${outcome.replace(/-/g, "_")}`), good);
  if (outcome === "chosen") await look();
  if (done && !standsAlone && !(outcome === "chosen" && shown?.offer)) setTimeout(() => window.close(), outcome === "chosen" ? FAREWELL * 4 : FAREWELL);
  else await look();
  return null;
}

/** Runs one act of the person and says what came of it. @param {() => Promise<string | null>} work */
async function run(work) {
  const controls = [.../** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll("main button"))].filter((one) => !one.disabled);
  for (const one of controls) one.disabled = true;
  acting = true;
  try {
    const words = await work();
    if (words !== null) say(words, true);
    return true;
  } catch (error) {
    await failed(error);
    return false;
  } finally {
    acting = false;
    for (const one of controls) one.disabled = false;
  }
}

/** @param {unknown} error */
async function failed(error) {
  say(error instanceof Problem ? problemText(error.problem) : text("problem_internal"), false);
  if (error instanceof Problem && error.problem.code === "signed-out") await look();
}

/** @param {string} words @param {boolean} good */
function say(words, good) {
  part("result").textContent = words;
  part("result").classList.toggle("bad", !good);
}

async function look() {
  if (tab !== null) draw(await ask("popup:look", { tab }));
}

/** @param {boolean} asked by the person, and not by opening the popup */
async function refresh(asked) {
  if (tab === null) return;
  part("refresh").classList.add("busy");
  try {
    const { view, problem } = await ask("popup:refresh", { tab });
    if (!acting) draw(view);
    const quiet = problem === null || problem.code.startsWith("away");
    if (asked || !quiet) say(problem ? problemText(problem) : text("refreshed"), !problem);
  } catch (error) {
    await failed(error);
  } finally {
    part("refresh").classList.remove("busy");
  }
}

/** Looks through all records while the person types. */
async function search() {
  const words = /** @type {HTMLInputElement} */ (part("search")).value.trim();
  const turn = ++searching;
  if (words !== "") await new Promise((resolve) => setTimeout(resolve, TYPING));
  if (turn !== searching) return;
  for (const id of ["matches", "why", "offer"]) part(id).classList.toggle("aside", words !== "");
  part("results").hidden = words === "";
  if (words === "") return;
  try {
    const { records, more } = await ask("popup:search", { text: words });
    if (turn !== searching) return;
    const items = records.map((/** @type {import("../background/vault.js").Card} */ card) => cardItem(card, (record) => showDetail(stage, record)));
    part("results").replaceChildren(...items);
    say(records.length === 0 ? text("searchNothing") : more ? text("searchMore", String(records.length)) : "", records.length > 0);
  } catch (error) {
    await failed(error);
  }
}

/** The background says that something came or went; a content script, which bears a tab, says nothing here. @param {any} message @param {chrome.runtime.MessageSender} sender */
function told(message, sender) {
  if (sender.id === browser.runtime.id && !sender.tab && message?.type === CHANGED && message.tab === tab && !acting) look().catch(failed);
}

/** Arrow keys walk the records. @param {KeyboardEvent} event */
function walk(event) {
  const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  if (step === 0 || /** @type {HTMLElement} */ (event.target).localName === "select") return;
  const records = [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-record]"))].filter((one) => one.checkVisibility());
  if (records.length === 0) return;
  event.preventDefault();
  const at = records.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  records[(at + step + records.length) % records.length].focus();
}

async function start() {
  localise();
  document.addEventListener("keydown", walk);
  browser.runtime.onMessage.addListener(told);
  part("settings").addEventListener("click", () => browser.runtime.openOptionsPage());
  part("refresh").addEventListener("click", () => refresh(true));
  part("back").addEventListener("click", () => show("first"));
  part("new").addEventListener("click", () => run(async () => (await showEditor(stage), null)));
  part("search").addEventListener("input", search);
  part("site-rule").addEventListener("change", () =>
    run(async () => {
      const { site } = stage.view();
      if (site) await ask("popup:site", { site: site.name, rule: /** @type {HTMLSelectElement} */ (part("site-rule")).value });
      await look();
      return text("ruleKept");
    }),
  );
  part("link").addEventListener("click", () => shown?.offer && choose(shown.offer.record, true, true));
  part("copy").addEventListener("click", () =>
    run(async () => {
      await navigator.clipboard.writeText(shown?.page.origin ?? "");
      return text("copied");
    }),
  );
  tab = await subject();
  if (tab === null) return;
  await look();
  if (shown?.account.account) await refresh(false);
  setInterval(() => drawState(shown), 5_000);
}

start().catch(failed);

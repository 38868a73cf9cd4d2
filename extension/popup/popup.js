// The popup: shows what the background says about the page in front, and turns clicks into one question each. It keeps
// no secret and no record beyond what is drawn; what is drawn is made of text nodes.

import { Problem, ask } from "../shared/ask.js";
import { browser } from "../shared/browser.js";
import { ago, localise, phrase, problemText, strong, text } from "../shared/texts.js";
import { recordItem } from "./record.js";

/** How long a person sees that it worked before the popup gets out of the way, in milliseconds. */
const FAREWELL = 500;

/** @typedef {import("../background/view.js").PopupView} View */

/** @template {HTMLElement} [T=HTMLElement] @param {string} id @returns {T} */
const part = (id) => /** @type {T} */ (document.getElementById(id));

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
/** Which drawing of the "why" is the newest; an older one's late answer is dropped. */
let explaining = 0;

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
  const { account, page } = view;
  const signedIn = account.account !== null;
  part("host").firstElementChild?.replaceChildren(page.host);
  part("host").hidden = page.host === "";
  drawGate(view);
  part("warning").hidden = !page.warning;
  part("warning").textContent = page.warning ? text("formTurned") : "";
  drawMatches(view);
  part("refresh").hidden = !signedIn;
  drawState();
  drawWhy(view);
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
  part("matches").replaceChildren(
    ...matches.map((match) => recordItem(match, { under: under === match.record, host: page.host, choose })),
  );
  if (focused) /** @type {HTMLElement | null} */ (document.querySelector(`[data-record="${CSS.escape(focused)}"]`))?.focus();
}

/** Puts the keyboard where the next step is, unless the person has put it somewhere. */
function drawFocus() {
  if (document.activeElement !== document.body) return;
  const record = /** @type {HTMLElement | null} */ (document.querySelector("#matches button"));
  const button = ["gate-button", "link", "copy"].map(part).find((one) => !one.hidden && !one.closest("[hidden]"));
  (record ?? button)?.focus();
}

/** What stands in the way before there can be records. @param {View} view */
function drawGate({ account, page }) {
  const gate = account.server === null ? "setUp" : account.account === null ? (account.ended ? "ended" : "signedOut") : page.state === "no-script" ? "reload" : null;
  part("gate").hidden = gate === null;
  if (gate === null) return;
  part("gate-title").textContent = text(`${gate}Title`);
  part("gate-text").textContent = text(`${gate}Text`, account.server ? new URL(account.server).host : "");
  part("gate-button").textContent = text(`${gate}Button`);
  part("gate-button").onclick = async () => {
    if (gate === "reload" && tab !== null) await browser.tabs.reload(tab);
    else await browser.runtime.openOptionsPage();
    window.close();
  };
}

function drawState() {
  const state = part("state");
  const { account, table } = shown ?? { account: null, table: null };
  state.classList.toggle("away", table?.away === true);
  if (!account?.account) {
    state.textContent = account?.server ? new URL(account.server).host : "";
    return;
  }
  const age = document.createElement("span");
  if (table && table.checkedAt > 0) age.textContent = text(table.away ? "stateAway" : "state", String(table.revision), ago(Date.now() - table.checkedAt));
  else if (table?.away) age.textContent = text("stateAwayNever");
  state.replaceChildren(phrase("signedInAs", strong(account.account.name)), age);
}

/** Nothing matches: why, in words. @param {View} view */
async function drawWhy({ account, table, page, matches, under, offer }) {
  const why = part("why");
  const turn = ++explaining;
  const silent = !account.account || page.state === "no-script" || (offer === null && matches.length > 0);
  why.hidden = silent;
  if (silent) return;
  const first = document.createElement("p");
  const second = document.createElement("p");
  if (page.state === "no-page") first.append(text("whyNoPage"));
  else if (!table || table.checkedAt === 0) first.append(text("whyNoTable"));
  else if (table.records === 0) first.append(text("whyNoRecords"));
  else if (offer) first.append(phrase("whyNotThis", strong(offer.title), strong(page.host)));
  else first.append(phrase("whyNoMatch", strong(page.host)));
  if (page.state === "ready" && page.kinds.length === 0 && matches.length === 0 && !offer) second.append(text("whyNoFields"));
  why.replaceChildren(first);
  if (second.hasChildNodes()) why.append(second);
  if (!offer || under === null || tab === null) return;
  const words = await ask("popup:explain", { tab, record: under }).catch(() => null);
  if (!words || turn !== explaining) return;
  second.textContent = words;
  why.append(second);
}

/** @param {View} view */
function drawOffer({ offer }) {
  part("offer").hidden = offer === null;
  if (offer === null) return;
  const here = [strong(offer.from), strong(offer.title), strong(offer.host)];
  part("offer-text").replaceChildren(phrase(offer.mayEdit ? "offer" : "offerAsk", ...here));
  part("link").hidden = !offer.mayEdit;
}

/**
 * @param {string} record @param {boolean} confirmed @param {boolean} link whether to store the answer as a link
 */
async function choose(record, confirmed, link) {
  if (tab === null || !shown) return;
  const page = shown.page.id;
  await act(async () => (link ? ask("popup:link", { tab, page, record }) : ask("popup:fill", { tab, page, record, confirmed })));
}

/** Runs one act of the person and says what came of it. @param {() => Promise<import("../background/filling.js").Outcome>} work */
async function act(work) {
  const buttons = /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll("main button"));
  for (const button of buttons) button.disabled = true;
  acting = true;
  try {
    const { outcome, filled = [], refused = [] } = await work();
    const done = outcome === "filled" || outcome === "chosen";
    const why = refused[0]?.why.replace(/-/g, "_");
    say(outcome === "filled" ? text(filled.length > 1 ? "filledBoth" : `filled_${filled[0]}`) : outcome === "refused" ? text(`refused_${why}`) : text(`outcome_${outcome.replace(/-/g, "_")}`), done);
    if (done && !standsAlone) setTimeout(() => window.close(), outcome === "chosen" ? FAREWELL * 4 : FAREWELL);
    else await look();
  } catch (error) {
    await failed(error);
  } finally {
    acting = false;
    for (const button of buttons) button.disabled = false;
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
    if (asked || (problem && problem.code !== "away")) say(problem ? problemText(problem) : text("refreshed"), !problem);
  } catch (error) {
    await failed(error);
  } finally {
    part("refresh").classList.remove("busy");
  }
}

/** Arrow keys walk the records. @param {KeyboardEvent} event */
function walk(event) {
  const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  const records = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-record]")]);
  if (step === 0 || records.length === 0) return;
  event.preventDefault();
  const at = records.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  records[(at + step + records.length) % records.length].focus();
}

async function start() {
  localise();
  document.addEventListener("keydown", walk);
  part("settings").addEventListener("click", () => browser.runtime.openOptionsPage());
  part("refresh").addEventListener("click", () => refresh(true));
  part("link").addEventListener("click", () => shown?.offer && choose(shown.offer.record, true, true));
  part("copy").addEventListener("click", async () => {
    await navigator.clipboard.writeText(shown?.page.origin ?? "");
    say(text("copied"), true);
  });
  tab = await subject();
  if (tab === null) return;
  await look();
  if (shown?.account.account) await refresh(false);
  setInterval(drawState, 5_000);
}

start().catch(failed);

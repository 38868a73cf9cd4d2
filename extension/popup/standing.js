// How things stand, in words: what is in the way, why nothing matches, what could be linked, and how old the table is.

import { ask } from "../shared/ask.js";
import { browser } from "../shared/browser.js";
import { ago, phrase, strong, text } from "../shared/texts.js";
import { element, part } from "./parts.js";

/** @typedef {import("./parts.js").View} View */

/** Which drawing of the "why" is the newest; an older one's late answer is dropped. */
let explaining = 0;

/** What stands in the way before there can be records. @param {View} view @param {number | null} tab */
export function drawGate({ account, page }, tab) {
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

/** @param {View | null} view */
export function drawState(view) {
  const state = part("state");
  const { account, table } = view ?? { account: null, table: null };
  state.classList.toggle("away", table?.away === true);
  if (!account?.account) {
    state.textContent = account?.server ? new URL(account.server).host : "";
    return;
  }
  const age = element("span");
  if (table && table.checkedAt > 0) age.textContent = text(table.away ? "stateAway" : "state", String(table.revision), ago(Date.now() - table.checkedAt));
  else if (table?.away) age.textContent = text("stateAwayNever");
  const next = Math.ceil(((table?.nextAt ?? 0) - Date.now()) / 1000);
  state.replaceChildren(phrase("signedInAs", strong(account.account.name)), age);
  if (table?.away && next > 0) state.append(element("span", "", text("stateNext", String(next))));
}

/** Nothing matches: why, in words. @param {View} view @param {number | null} tab */
export async function drawWhy({ account, table, page, matches, under, offer, site }, tab) {
  const why = part("why");
  const turn = ++explaining;
  const silent = !account.account || page.state === "no-script" || (offer === null && matches.length > 0);
  why.hidden = silent;
  if (silent) return;
  const first = element("p");
  const second = element("p");
  if (page.state === "no-page") first.append(text("whyNoPage"));
  else if (site?.rule === "never") first.append(phrase("whyNever", strong(site.name)));
  else if (!table || table.checkedAt === 0) first.append(text("whyNoTable"));
  else if (table.records === 0) first.append(text("whyNoRecords"));
  else if (offer) first.append(phrase("whyNotThis", strong(offer.title), strong(offer.host)));
  else first.append(phrase("whyNoMatch", strong(page.host)));
  if (page.state === "ready" && page.kinds.length === 0 && matches.length === 0 && !offer) second.append(text("whyNoFields"));
  why.replaceChildren(first);
  if (second.hasChildNodes()) why.append(second);
  if (!offer || offer.host !== page.host || under === null || tab === null) return;
  const words = await ask("popup:explain", { tab, record: under }).catch(() => null);
  if (!words || turn !== explaining) return;
  second.textContent = words;
  why.append(second);
}

/** @param {View} view */
export function drawOffer({ offer }) {
  part("offer").hidden = offer === null;
  if (offer === null) return;
  const here = [strong(offer.from), strong(offer.title), strong(offer.host)];
  const words = { link: "offer", request: "offerRequest", asked: "offerAsked", "pass-on": "offerAsk", nothing: "offerNothing" };
  part("offer-text").replaceChildren(phrase(words[offer.does], ...here));
  const said = offer.pending ? [text("offerPending")] : offer.warnings.map((code) => text(`warning_${code.replace(/-/g, "_")}`));
  part("offer-warnings").replaceChildren(...said.map((one) => element("li", "", one)));
  part("offer-warnings").hidden = said.length === 0;
  const link = /** @type {HTMLButtonElement} */ (part("link"));
  link.hidden = offer.does !== "link" && offer.does !== "request";
  link.textContent = text(offer.does === "request" ? "offerAskOwners" : "offerLink");
  link.disabled = offer.pending;
}

// Texts as the word lists are written, and whether a text says a word of a list. Pure, and quick for any text: what comes
// from a page is cut short and no expression here goes back over it.

import { words } from "./words.js";

/** No text is read further. */
const LONGEST = 400;

/** Han, kana, Hangul and Thai put no spaces between words. */
const UNSPACED = /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Hang}\p{sc=Thai}]/u;

/** The lists as expressions, made when first needed. @type {Partial<Record<import("./words.js").Words, RegExp>>} */
const patterns = {};

/** @param {import("./words.js").Words} name */
export function pattern(name) {
  const parts = words[name].replace(/(?<=\p{L})\*/gu, "\\p{L}*").split(/\|(?![^(]*\))/);
  const loose = parts.filter((part) => UNSPACED.test(part));
  const strict = parts.filter((part) => !UNSPACED.test(part)).join("|");
  return (patterns[name] ??= new RegExp([`(?<!\\p{L})(?:${strict})(?!\\p{L})`, ...loose].join("|"), name === "social" ? "gu" : "u"));
}

/** @param {import("./words.js").Words} name @param {string} text */
export const says = (name, text) => (patterns[name] ?? pattern(name)).test(text);

/** Text as the word lists are written: camelCase and separators opened, no accents, lower case. @param {string} text */
export const plain = (text) =>
  text
    .slice(0, LONGEST)
    .replace(/(\p{Ll})(\p{Lu})/gu, "$1 $2")
    .toLowerCase()
    .normalize("NFD")
    .replace(/(?<=[\p{sc=Latn}\p{sc=Grek}])\p{M}+/gu, "")
    .normalize("NFC")
    .replace(/[ıłøđ]/g, (letter) => "ilod"["ıłøđ".indexOf(letter)])
    .replace(/[_\-.:[\]/'’+]+/g, " ");


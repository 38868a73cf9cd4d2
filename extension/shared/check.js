// The check sum of a match table (matcher/wire.py): against accidents on the way, not against people.
// All of a table is read at each load, so bytes are taken by fours: half the bytes of a word in each 16-bit half.

/** Stands between the lines of a table's links, and in no line. */
export const BETWEEN_LINES = "\x7f";

const MODULUS = 65521;
const PIECE = 16_384; // characters encoded at a time
const RUN = 256; // words summed before the remainder is taken: their bytes' sums stay within 16 bits
const bytes = new Uint8Array(3 * PIECE + 4);
const words = new Int32Array(bytes.buffer);
const encoder = new TextEncoder();

/**
 * Adler-32 (RFC 1950) of all that a table holds, in UTF-8: its head as JSON, a line feed, its links.
 * @param {{revision: number, suffix_list: string | null, affiliations: any[], hosts: string[], cuts: string[], links: string}} body
 * @returns {number}
 */
export function checkSum(body) {
  const head = JSON.stringify([body.revision, body.suffix_list, body.affiliations, body.hosts, body.cuts]);
  const sum = { low: 1, high: 0 };
  for (const text of [head, "\n", body.links]) {
    for (let at = 0; at < text.length; ) {
      const { read, written } = encoder.encodeInto(pieceAt(text, at), bytes);
      addUp(sum, written);
      at += read;
    }
  }
  return sum.high * 65536 + sum.low;
}

/**
 * A piece that does not end between the two halves of a character.
 * @param {string} text
 * @param {number} at
 */
function pieceAt(text, at) {
  const end = at + PIECE;
  const half = end < text.length && (text.charCodeAt(end - 1) & 0xfc00) === 0xd800;
  return text.slice(at, half ? end - 1 : end);
}

/**
 * Add the encoded bytes. Words are read in the machine's order, the lowest byte first on all that run browsers.
 * @param {{low: number, high: number}} sum
 * @param {number} count of bytes
 */
function addUp(sum, count) {
  let { low, high } = sum;
  const whole = count >>> 2;
  for (let run = 0; run < whole; run += RUN) {
    const end = Math.min(run + RUN, whole);
    const before = low;
    let ahead = 0; // the sums of `low` before each word
    let first = 0; // first and second bytes
    let even = 0; // first bytes in the lower half, third in the upper
    for (let at = run; at < end; at += 1) {
      const word = words[at];
      const ofFirst = word & 0xff00ff;
      const pairs = ofFirst + ((word >>> 8) & 0xff00ff);
      const pair = pairs & 0xffff;
      ahead = (ahead + low) | 0;
      low = (low + pair + (pairs >>> 16)) | 0;
      first = (first + pair) | 0;
      even = (even + ofFirst) | 0;
    }
    // A word's bytes count 4, 3, 2, 1 times: twice the first two, each once more, and the first and the third again.
    high = (high + 4 * ahead + 2 * first + (low - before) + (even & 0xffff) + (even >>> 16)) % MODULUS;
    low %= MODULUS;
  }
  for (let at = whole << 2; at < count; at += 1) {
    low = (low + bytes[at]) % MODULUS;
    high = (high + low) % MODULUS;
  }
  sum.low = low;
  sum.high = high;
}

// One-time codes by time (RFC 6238) from a record's secret. The secret comes from the service for one use, and neither it
// nor a code is kept.

/** What authenticator apps take for granted where a secret says nothing else (the otpauth key URI format). */
const PERIOD = 30;
const DIGITS = 6;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/** @type {Record<string, string>} */
const HASHES = { SHA1: "SHA-1", SHA256: "SHA-256", SHA512: "SHA-512" };

/**
 * @param {string} secret Base32, or an `otpauth://totp/` address
 * @param {number} now milliseconds since the epoch
 * @returns {Promise<{ code: string, left: number }>} `left`: seconds for which the code stays good
 * @throws {RangeError} the secret is none
 */
export async function oneTimeCode(secret, now) {
  const settings = secret.startsWith("otpauth:") ? new URL(secret).searchParams : new URLSearchParams();
  const period = Number(settings.get("period") ?? PERIOD);
  const digits = Number(settings.get("digits") ?? DIGITS);
  const hash = HASHES[(settings.get("algorithm") ?? "SHA1").toUpperCase().replace("-", "")];
  if (!hash || !(period >= 1 && period <= 3_600) || !(digits >= 6 && digits <= 10)) throw new RangeError("no such code");
  const key = await crypto.subtle.importKey("raw", bytesOf(settings.get("secret") ?? secret), { name: "HMAC", hash }, false, ["sign"]);
  const counter = new DataView(new ArrayBuffer(8));
  const seconds = Math.floor(now / 1000);
  counter.setBigUint64(0, BigInt(Math.floor(seconds / period)));
  const digest = new DataView(await crypto.subtle.sign("HMAC", key, counter.buffer));
  // RFC 4226 section 5.3: four bytes, where the last one says, without the sign.
  const number = digest.getUint32(digest.getUint8(digest.byteLength - 1) & 15) & 0x7fffffff;
  return { code: String(number % 10 ** digits).padStart(digits, "0"), left: period - (seconds % period) };
}

/** @param {string} text Base32 as people write it @returns {Uint8Array<ArrayBuffer>} */
function bytesOf(text) {
  const letters = text.toUpperCase().replace(/[\s-]|=+$/g, "");
  const bytes = new Uint8Array(Math.floor((letters.length * 5) / 8));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const letter of letters) {
    const value = ALPHABET.indexOf(letter);
    if (value < 0) throw new RangeError("no Base32");
    bits = (bits << 5) | value;
    held += 5;
    if (held < 8) continue;
    held -= 8;
    bytes[at++] = (bits >> held) & 255;
    bits &= 31;
  }
  if (at === 0) throw new RangeError("no secret");
  return bytes;
}

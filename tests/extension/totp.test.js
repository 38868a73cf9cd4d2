import assert from "node:assert/strict";
import { test } from "node:test";

import { oneTimeCode } from "../../extension/background/totp.js";

// RFC 6238, appendix B; the secrets are its ASCII ones as Base32.
const SECRETS = {
  SHA1: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
  SHA256: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA====",
  SHA512: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNA=",
};
const CASES = /** @type {[number, keyof typeof SECRETS, string][]} */ ([
  [59, "SHA1", "94287082"], [59, "SHA256", "46119246"], [59, "SHA512", "90693936"],
  [1111111109, "SHA1", "07081804"], [1111111111, "SHA256", "67062674"], [1234567890, "SHA512", "93441116"],
  [2000000000, "SHA1", "69279037"], [20000000000, "SHA256", "77737706"], [20000000000, "SHA512", "47863826"],
]);

for (const [seconds, algorithm, code] of CASES) {
  test(`${algorithm} at ${seconds}`, async () => {
    const address = `otpauth://totp/x?secret=${encodeURIComponent(SECRETS[algorithm])}&digits=8&algorithm=${algorithm}`;
    assert.equal((await oneTimeCode(address, seconds * 1000)).code, code);
  });
}

test("a bare secret, as people write it, has six digits and 30 seconds", async () => {
  assert.deepEqual(await oneTimeCode("gezd gnbv-GY3T QOJQ gezd gnbv gy3t qojq", 59_999), { code: "287082", left: 1 });
});

for (const secret of ["", "1890", "otpauth://totp/x", "otpauth://totp/x?secret=GEZDGNBV&digits=40", "otpauth://totp/x?secret=GEZDGNBV&algorithm=MD5", "otpauth://totp/x?secret=GEZDGNBV&period=0"]) {
  test(`"${secret}" gives no code`, () => assert.rejects(oneTimeCode(secret, 0), RangeError));
}

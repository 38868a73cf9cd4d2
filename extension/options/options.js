// The options page: the only place where the service's address is set and where a person signs in. The password goes to
// the background in one message and the field is emptied at once; it is put back only while the service waits for the
// one-time code that goes with it.

import { Problem, ask } from "../shared/ask.js";
import { browser } from "../shared/browser.js";
import { localise, phrase, problemText, strong, text } from "../shared/texts.js";
import { drawSettings, setUpSettings } from "./settings.js";

/** What the manifest asks for; Firefox lets a person take it away. */
const SITES = { origins: ["http://*/*", "https://*/*"] };

/** @template {HTMLElement} [T=HTMLInputElement] @param {string} id @returns {T} */
const part = (id) => /** @type {T} */ (/** @type {unknown} */ (document.getElementById(id)));

/** @param {import("../background/view.js").Account} account */
function draw({ server, account, ended }) {
  part("who").hidden = account === null;
  part("credentials").hidden = account !== null;
  part("server").readOnly = account !== null || serverIsManaged();
  if (server) part("server").value = server;
  if (account) {
    part("letter").textContent = [...account.name][0]?.toUpperCase() ?? "";
    part("signed-in-as").replaceChildren(phrase("signedInAs", strong(account.name)));
    part("signed-in-at").textContent = server ? new URL(server).host : "";
  } else if (ended) say(text("endedText", server ? new URL(server).host : ""), "warn");
}

function serverIsManaged() {
  return part("server").dataset.managed === "true";
}

/** @param {string} words @param {"good" | "bad" | "warn"} kind */
function say(words, kind) {
  const status = part("status");
  status.hidden = false;
  status.className = `notice ${kind}`;
  status.textContent = words;
}

/** Runs one act with the form locked, and says what went wrong. @param {() => Promise<void>} work */
async function act(work) {
  const buttons = /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll("main button"));
  for (const button of buttons) button.disabled = true;
  try {
    await work();
  } catch (error) {
    say(error instanceof Problem ? problemText(error.problem) : text("problem_internal"), "bad");
  } finally {
    for (const button of buttons) button.disabled = false;
  }
}

/** @param {SubmitEvent} event */
function signIn(event) {
  event.preventDefault();
  const [username, password, code] = [part("username").value.trim(), part("password").value, part("code").value.trim()];
  part("password").value = part("code").value = "";
  act(async () => {
    if (username === "" || password === "") {
      say(text("credentialsMissing"), "bad");
      part(username === "" ? "username" : "password").focus();
      return;
    }
    // What an administrator set stands there already and is nobody's to change.
    if (!serverIsManaged()) draw(await ask("options:server", { address: part("server").value }));
    const account = await ask("options:sign-in", { username, password, code }).catch((error) => {
      if (!(error instanceof Problem)) throw error;
      if (error.problem.code === "second-factor-required") askForCode(password);
      else if (error.problem.code === "wrong-credentials" && code) {
        askForCode(password);
        throw new Problem({ code: "wrong-code", detail: "" });
      }
      throw error;
    });
    draw(account);
    part("second-factor").hidden = true;
    part("username").value = "";
    const late = account.late && `${text("signedInLate", account.account.name)} ${problemText(account.late)}`;
    say(late ?? text("signedInAs", account.account.name), late ? "warn" : "good");
    part("sign-out").focus();
  });
}

/** @param {string} password what was right, and is needed again with the code */
function askForCode(password) {
  part("password").value = password;
  part("second-factor").hidden = false;
  part("code").focus();
}

function signOut() {
  act(async () => {
    draw(await ask("options:sign-out"));
    say(text("signedOutDone"), "good");
    part("username").focus();
  });
}

async function drawPermission() {
  part("permission").hidden = await browser.permissions.contains(SITES);
}

async function drawShortcut() {
  const command = (await browser.commands.getAll()).find(({ name }) => name === "fill-best");
  const key = document.createElement("kbd");
  key.textContent = command?.shortcut ?? "";
  part("shortcut").replaceChildren(command?.shortcut ? phrase("useKey", key) : text("useNoKey"));
}

localise();
part("account").addEventListener("submit", (event) => signIn(/** @type {SubmitEvent} */ (event)));
part("sign-out").addEventListener("click", signOut);
part("permit").addEventListener("click", async () => {
  await browser.permissions.request(SITES);
  await drawPermission();
});
setUpSettings({ act, say });
// Nothing is locked meanwhile, and no part waits for another: whatever keeps the browser from telling one of them, a
// person can sign in.
for (const drawn of [drawSettings(), ask("options:look").then(draw), drawPermission(), drawShortcut()]) {
  drawn.catch((error) => say(error instanceof Problem ? problemText(error.problem) : text("problem_internal"), "bad"));
}

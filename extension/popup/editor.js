// A new login: typed or generated here, saved at the service, and its password put into the form of the page that asks for a
// new one. It is saved before it is put anywhere.

import { ask } from "../shared/ask.js";
import { text } from "../shared/texts.js";
import { button, element, field, part } from "./parts.js";

/** @typedef {import("./parts.js").Stage} Stage */

/** @param {Stage} stage */
export async function showEditor(stage) {
  const { page } = stage.view();
  const tab = stage.tab();
  const form = page.state === "ready" ? await ask("popup:form", { tab }) : { fields: 0, username: "" };
  const title = field("titleLabel", page.host.replace(/^https?:\/\/|^www\./g, ""), { id: "new-title", most: 200 });
  const username = field("usernameLabel", form.username, { id: "new-username" });
  const password = field("passwordLabel", "", { id: "new-password", type: "password", most: 1_000 });
  const address = field("addressLabel", page.origin, { id: "new-address", most: 2_000 });
  const strength = element("p", "hint");
  strength.setAttribute("role", "status");

  const generate = button("generate", () =>
    stage.run(async () => {
      const made = await ask("popup:generate", { tab });
      password.input.value = made.password;
      password.input.type = "text";
      strength.textContent = made.site ? text("generatedBy", String(Math.floor(made.bits)), made.site) : text("generated", String(Math.floor(made.bits)));
      return null;
    }),
  );
  generate.id = "generate";
  const put = document.createElement("input");
  Object.assign(put, { type: "checkbox", id: "new-put", checked: form.fields > 0 });
  const putLabel = element("label", "check");
  putLabel.append(put, text("putIntoPage"));
  putLabel.hidden = form.fields === 0;
  const save = button("saveLogin", () => {}, "button primary");
  save.type = "submit";
  save.id = "new-save";

  const box = part("editor");
  box.onsubmit = (event) => {
    event.preventDefault();
    if (title.input.value.trim() === "" || password.input.value === "") {
      stage.say(text("loginMissing"), false);
      return;
    }
    stage.run(async () => {
      const content = { title: title.input.value.trim(), username: username.input.value.trim(), password: password.input.value };
      const { filled } = await ask("popup:add", { tab, page: page.id, ...content, address: address.input.value.trim(), put: put.checked && form.fields > 0 });
      password.input.value = "";
      await stage.look();
      stage.show("first");
      return text(filled > 0 ? "savedAndPut" : "saved");
    });
  };
  const row = element("div", "row");
  row.append(save, generate);
  box.replaceChildren(element("h2", "", text("newLogin")), title.label, username.label, password.label, strength, address.label, putLabel, row);
  stage.show("editor");
  (username.input.value === "" ? username : password).input.focus();
}

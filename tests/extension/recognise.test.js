import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { createContext, runInContext } from "node:vm";

// Classic scripts: run as a page would be given them, one after another in one global scope.
const context = createContext({});
for (const name of ["words.js", "recognise.js"]) {
  runInContext(readFileSync(new URL(`../../extension/content/${name}`, import.meta.url), "utf8"), context);
}
const plain = /** @type {(text: string) => string} */ (runInContext("plain", context));
/** @param {Described} described @returns {Login<number>[]} copied, for objects of another realm never equal ours */
const recognise = (described) =>
  Array.from(runInContext("recognise", context)(described), (/** @type {Login<number>} */ { username, password }) => ({ username, password }));

/** @param {Partial<Box>} [words] @returns {Box} */
const box = (words) => ({ attributes: "", heading: "", buttons: "", links: "", text: "", choices: 0, ...words });
/** @param {string} type @param {string} names @param {string} [label] @param {Partial<Field>} [more] */
const field = (type, names, label = "", more = {}) => ({ form: 0, type, autocomplete: [], names: plain(names), label: plain(label), seen: true, ...more });
/** @param {Partial<Box>} form @param {Omit<Field, "index">[]} fields @param {string} [title] */
const one = (form, fields, title = "") =>
  recognise({ page: { title: plain(title), path: "" }, forms: [box(form)], fields: fields.map((one, index) => ({ index, ...one })) });
const tokens = (/** @type {string} */ text) => ({ autocomplete: text.split(" ") });

test("texts are opened at capitals and signs and lose their accents, but only where letters have them", () => {
  assert.equal(plain("loginUser_Name-2"), "login user name 2");
  assert.equal(plain("Connexion sécurisée"), "connexion securisee");
  assert.equal(plain("ログイン войти"), "ログイン войти");
});

for (const [language, user, password, button] of [
  ["English", "Email or username", "Password", "Sign in"],
  ["German", "Benutzername", "Passwort", "Anmelden"],
  ["French", "Identifiant", "Mot de passe", "Se connecter"],
  ["Spanish", "Usuario", "Contraseña", "Iniciar sesión"],
  ["Portuguese", "Usuário", "Senha", "Entrar"],
  ["Italian", "Nome utente", "Password", "Accedi"],
  ["Dutch", "Gebruikersnaam", "Wachtwoord", "Inloggen"],
  ["Swedish", "Användarnamn", "Lösenord", "Logga in"],
  ["Polish", "Nazwa użytkownika", "Hasło", "Zaloguj"],
  ["Turkish", "Kullanıcı adı", "Şifre", "Giriş"],
  ["Russian", "Имя пользователя", "Пароль", "Войти"],
  ["Japanese", "ユーザー名", "パスワード", "ログイン"],
  ["Chinese", "用户名", "密码", "登录"],
  ["Korean", "아이디", "비밀번호", "로그인"],
  ["Arabic", "اسم المستخدم", "كلمة المرور", "تسجيل الدخول"],
]) {
  test(`a login in ${language}, and its first step alone`, () => {
    const form = { buttons: plain(button) };
    assert.deepEqual(one(form, [field("text", "f1", user), field("password", "f2", password)]), [{ username: 0, password: 1 }]);
    assert.deepEqual(one(form, [field("text", "f1", user)]), [{ username: 0, password: null }]);
  });
}

test("a password asked for alone", () => {
  assert.deepEqual(one({ buttons: "next" }, [field("password", "pw")]), [{ username: null, password: 0 }]);
});

test("tokens of autocomplete outweigh every name", () => {
  const fields = [field("text", "username", "Username", tokens("given-name")), field("text", "x", "", tokens("section-a username")), field("password", "p", "", tokens("current-password"))];
  assert.deepEqual(one({}, fields), [{ username: 1, password: 2 }]);
});

for (const [what, form, fields] of /** @type {[string, Partial<Box>, Omit<Field, "index">[]][]} */ ([
  ["a sign-up", { buttons: "create account" }, [field("email", "email"), field("password", "password"), field("password", "password2", "Repeat password")]],
  ["a sign-up with one password", { buttons: "register", heading: "create your account" }, [field("text", "first_name"), field("text", "last_name"), field("email", "email"), field("password", "password")]],
  ["a sign-up that says so by token", { buttons: "continue" }, [field("email", "email"), field("password", "password", "", tokens("new-password"))]],
  ["a change of password", { heading: "change password", buttons: "save" }, [field("password", "new_password", "New password"), field("password", "confirm", "Confirm password")]],
  ["a search", { attributes: "search form", buttons: "search" }, [field("search", "q", "Search")]],
  ["a newsletter", { buttons: "subscribe", heading: "newsletter" }, [field("email", "email", "Your email")]],
  ["a code", { buttons: "verify" }, [field("text", "otp", "Verification code", tokens("one-time-code"))]],
  ["a payment", { buttons: "pay now" }, [field("text", "cardnumber", "Card number", tokens("cc-number")), field("password", "cvv", "Security code")]],
  ["an address", { buttons: "next" }, [field("text", "city", "City"), field("text", "zip", "Postcode")]],
])) {
  test(`${what} is no login`, () => assert.deepEqual(one(form, fields), []));
}

test("a form whose only password is called new is a login when everything else says so", () => {
  const fields = [field("email", "email", "Email"), field("password", "password", "Password", tokens("new-password"))];
  assert.deepEqual(one({ buttons: "log in", links: "forgot your password?" }, fields), [{ username: 0, password: 1 }]);
});

test("fields that cannot be seen are none", () => {
  assert.deepEqual(one({ buttons: "sign in" }, [field("text", "user"), field("password", "pw", "", { seen: false })]), [{ username: 0, password: null }]);
  assert.deepEqual(one({ buttons: "sign in" }, [field("password", "pw", "", { seen: false })]), []);
});

test("of a login and a sign-up side by side the login is meant", () => {
  const forms = [box({ buttons: "sign up", heading: "new here? create an account" }), box({ buttons: "sign in", links: "forgot password?" })];
  const fields = [field("email", "reg_email"), field("password", "reg_password", "Choose a password"), field("email", "login"), field("password", "password")];
  const described = fields.map((one, index) => ({ ...one, index, form: index < 2 ? 0 : 1 }));
  assert.deepEqual(recognise({ page: { title: "", path: "" }, forms, fields: described }), [{ username: 2, password: 3 }]);
});

test("texts of any length and shape are judged in no time", () => {
  const long = plain("new pass ".repeat(50_000));
  const started = performance.now();
  one({ text: long, buttons: plain(`${"(".repeat(5_000)}sign ${"already have ".repeat(5_000)}`) }, [field("password", "a".repeat(9_000))], "x");
  assert.ok(performance.now() - started < 200);
});

import assert from "node:assert/strict";
import { test } from "node:test";

import { recognise as judged } from "../../extension/background/recognition/recognise.js";
import { plain } from "../../extension/background/recognition/text.js";
import { isView, loginsOf } from "../../extension/background/recognition/view.js";

/** @param {Described} described what a login form is for: username and password, and a code where there is one */
const recognise = (described) =>
  judged(described).map(({ username, password, code }) => ({ username, password, ...(code.length > 0 && { code }) }));

/** @param {Partial<Box>} [words] @returns {Box} */
const box = (words) => ({ attributes: "", heading: "", buttons: "", links: "", text: "", choices: 0, actions: [], ...words });
/** @param {string} type @param {string} names @param {string} [label] @param {Partial<Field>} [more] @returns {Omit<Field, "index">} */
const field = (type, names, label = "", more = {}) => ({ form: 0, type, autocomplete: [], names: plain(names), label: plain(label), length: 0, seen: true, ...more });
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
  ["Catalan", "Nom d'usuari", "Contrasenya", "Entra"],
  ["Finnish", "Käyttäjätunnus", "Salasana", "Kirjaudu"],
  ["Czech", "Uživatelské jméno", "Heslo", "Přihlásit se"],
  ["Hungarian", "Azonosító", "Jelszó", "Belépés"],
  ["Romanian", "Nume utilizator", "Parolă", "Autentificare"],
  ["Greek", "Όνομα χρήστη", "Κωδικός", "Σύνδεση"],
  ["Ukrainian", "Логін", "Пароль", "Увійти"],
  ["Bulgarian", "Потребителско име", "Парола", "Вход"],
  ["Hebrew", "תעודת זהות", "סיסמה", "כניסה"],
  ["Persian", "نام کاربری", "رمز عبور", "ورود"],
  ["Hindi", "उपयोगकर्ता नाम", "पासवर्ड", "लॉग इन"],
  ["Thai", "ชื่อผู้ใช้", "รหัสผ่าน", "เข้าสู่ระบบ"],
  ["Vietnamese", "Tên đăng nhập", "Mật khẩu", "Đăng nhập"],
  ["Indonesian", "Nama pengguna", "Kata sandi", "Masuk"],
]) {
  test(`a login in ${language}, and its first step alone`, () => {
    const form = { buttons: plain(button) };
    assert.deepEqual(one(form, [field("text", "f1", user), field("password", "f2", password)]), [{ username: 0, password: 1 }]);
    assert.deepEqual(one(form, [field("text", "f1", user)]), [{ username: 0, password: null }]);
  });
}

for (const [language, heading, password] of [
  ["English", "Start your free trial", "Password"],
  ["German", "Neues Konto anlegen", "Passwort"],
  ["French", "Créez votre compte", "Mot de passe"],
  ["Spanish", "Regístrate", "Contraseña"],
  ["Portuguese", "Criar uma conta", "Palavra-passe"],
  ["Italian", "Iscriviti", "Password"],
  ["Dutch", "Maak een account", "Wachtwoord"],
  ["Swedish", "Bli medlem", "Lösenord"],
  ["Danish", "Opret bruger", "Adgangskode"],
  ["Finnish", "Luo tili", "Salasana"],
  ["Polish", "Załóż konto", "Hasło"],
  ["Czech", "Vytvořit účet", "Heslo"],
  ["Hungarian", "Fiók létrehozása", "Jelszó"],
  ["Romanian", "Creează cont", "Parola"],
  ["Greek", "Δημιουργία λογαριασμού", "Κωδικός"],
  ["Turkish", "Hesap oluştur", "Parola"],
  ["Russian", "Создать аккаунт", "Пароль"],
  ["Ukrainian", "Створити акаунт", "Пароль"],
  ["Bulgarian", "Регистрация", "Парола"],
  ["Arabic", "تسجيل عضو جديد", "كلمة المرور"],
  ["Hebrew", "יצירת חשבון", "סיסמה"],
  ["Persian", "ثبت‌نام", "رمز عبور"],
  ["Hindi", "नया खाता बनाएँ", "पासवर्ड"],
  ["Thai", "สร้างบัญชีใหม่", "รหัสผ่าน"],
  ["Vietnamese", "Tạo tài khoản", "Mật khẩu"],
  ["Indonesian", "Buat akun", "Kata sandi"],
  ["Chinese", "创建账号", "密码"],
  ["traditional Chinese", "加入會員", "密碼"],
  ["Japanese", "アカウント作成", "パスワード"],
  ["Korean", "계정 만들기", "비밀번호"],
]) {
  test(`a sign-up with one password in ${language} is no login`, () => {
    assert.deepEqual(one({ heading: plain(heading) }, [field("email", "f1"), field("password", "f2", password)]), []);
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
  ["a voucher", { buttons: "apply" }, [field("text", "code", "Coupon code")]],
  ["a picture's letters", { buttons: "verify" }, [field("text", "captcha_code", "Enter the code")]],
  ["a payment", { buttons: "pay now" }, [field("text", "cardnumber", "Card number", tokens("cc-number")), field("password", "cvv", "Security code")]],
  ["a sign-up that says what a password is made of", { text: "password, at least 8 characters" }, [field("email", "email"), field("password", "password")]],
  ["a sign-up that knows members", { text: "already a member? sign in" }, [field("email", "email"), field("password", "password")]],
  ["the key of a network", { buttons: "ok" }, [field("password", "f1", "Wi-Fi key")]],
  ["a mailbox", { heading: "mailbox", buttons: "save" }, [field("text", "user", "User"), field("password", "pw", "Password")]],
  ["a setting that holds a password", { buttons: "save" }, [field("text", "host", "Host"), field("text", "user", "User name"), field("password", "pw", "Password")]],
  ["a test of a connection", {}, [field("text", "host", "Host"), field("text", "port", "Port"), field("text", "user", "User"), field("password", "pw", "Password")]],
  ["somebody else's account", { heading: "user", buttons: "add user" }, [field("text", "name", "User name"), field("password", "pw", "Password")]],
  ["a question only the person can answer", { heading: "verify your identity", buttons: "continue" }, [field("password", "secretAnswer", "Your first pet")]],
  ["a number that is hidden as it is typed", { buttons: "submit" }, [field("password", "ssn", "Social security number"), field("text", "amount")]],
  ["a sign-up that calls its password the current one", { buttons: "create your account" }, [field("email", "email"), field("password", "password", "", tokens("current-password"))]],
  ["an address", { buttons: "next" }, [field("text", "city", "City"), field("text", "zip", "Postcode")]],
])) {
  test(`${what} is no login`, () => assert.deepEqual(one(form, fields), []));
}

test("a form whose only password is called new is a login when everything else says so", () => {
  const fields = [field("email", "email", "Email"), field("password", "password", "Password", tokens("new-password"))];
  assert.deepEqual(one({ buttons: "log in", links: "forgot your password?" }, fields), [{ username: 0, password: 1 }]);
});

test("what a password is made of may be said in a login too", () => {
  const form = { buttons: "sign in", links: "forgot your password?", text: "password, at least 5 characters" };
  assert.deepEqual(one(form, [field("email", "email"), field("password", "password")]), [{ username: 0, password: 1 }]);
});

test("the one field before a password is its username, whatever it is called", () => {
  assert.deepEqual(one({ buttons: "log in" }, [field("text", "f1", "Company"), field("password", "f2")]), [{ username: 0, password: 1 }]);
  assert.deepEqual(one({ buttons: "log in" }, [field("search", "q", "Search"), field("password", "f2")]), [{ username: null, password: 1 }]);
});

test("a button that asks and answers leads elsewhere", () => {
  const fields = [field("text", "f1", "Name"), field("password", "f2")];
  assert.deepEqual(one({ heading: "your page", buttons: "first visit? register" }, fields), [{ username: 0, password: 1 }]);
});

test("of buttons for both ways the first is the form's own", () => {
  const fields = [field("text", "f1", "Name"), field("password", "f2")];
  assert.deepEqual(one({ buttons: "log in , sign up" }, fields, "join us"), [{ username: 0, password: 1 }]);
  assert.deepEqual(one({ buttons: "sign up , log in" }, fields), []);
  assert.deepEqual(one({ heading: "sign in", buttons: "next , create an account" }, [field("email", "f1")]), [{ username: 0, password: null }]);
  assert.deepEqual(one({ heading: "sign in", buttons: "create an account , next" }, [field("email", "f1")]), []);
});

test("a number of a telephone is a username where it is asked for alone", () => {
  assert.deepEqual(one({ buttons: "log in" }, [field("tel", "f1", "Номер телефона")]), [{ username: 0, password: null }]);
});

test("where a password is called a code, a form that is surely a login is believed", () => {
  const fields = (/** @type {string} */ label) => [field("tel", "client", "Numéro de client"), field("password", "code", label)];
  const form = { heading: "connexion", buttons: "se connecter" };
  assert.deepEqual(one(form, fields("Code secret")), [{ username: 0, password: 1 }]);
  assert.deepEqual(one({ buttons: "log in" }, [field("text", "f1", "User"), field("password", "f2", "Access code")]), [{ username: 0, password: 1 }]);
  assert.deepEqual(one({ buttons: "entrar", text: "inicie sesion" }, [field("text", "f1", "Usuario"), field("password", "f2", "Código de acceso")]), [{ username: 0, password: 1 }]);
});

test("a password in parts leaves the username", () => {
  const part = (/** @type {number} */ at) => field("password", `part${at}`, `Character ${at}`, { length: 1 });
  assert.deepEqual(one({ heading: "log in", buttons: "log in" }, [field("text", "number", "Registration number"), part(2), part(3), part(5)]), [{ username: 0, password: null }]);
});

test("a day of birth beside a username is none, and does not hide it", () => {
  const parts = ["day", "month", "year"].map((name) => field("tel", `birth_${name}`, "", { length: 2 }));
  assert.deepEqual(one({ heading: "log in", buttons: "log in", text: "remember me" }, [field("text", "document", "DNI"), ...parts]), [{ username: 0, password: null }]);
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

test("a login beside a sign-up leaves the choice to the person, unless the page says that it is for signing in", () => {
  const forms = [box({ buttons: "play now", attributes: "registration" }), box({ buttons: "login" })];
  const fields = [field("text", "nickname"), field("password", "pw", "Choose your password"), field("text", "login"), field("password", "password")];
  const described = fields.map((one, index) => ({ ...one, index, form: index < 2 ? 0 : 1 }));
  const doubts = (/** @type {string} */ title) => judged({ page: { title, path: "" }, forms, fields: described }).map(({ doubtful }) => doubtful);
  assert.deepEqual(doubts("a game"), [true]);
  assert.deepEqual(doubts("log in to a game"), [false]);
  assert.deepEqual(doubts("my account"), [false]);
  described[3].autocomplete = ["current-password"];
  assert.deepEqual(doubts("a game"), [false]);
});

for (const [language, words, label] of [
  ["English", "Two-factor authentication", "Verification code"],
  ["German", "Bestätigung in zwei Schritten", "Bestätigungscode"],
  ["French", "Vérification", "Code de vérification"],
  ["Spanish", "Verificación", "Código de seguridad"],
  ["Portuguese", "Verificação", "Código de verificação"],
  ["Italian", "Verifica", "Codice di verifica"],
  ["Dutch", "Controle", "Verificatiecode"],
  ["Swedish", "Bekräfta", "Engångskod"],
  ["Polish", "Weryfikacja", "Kod weryfikacyjny"],
  ["Turkish", "Doğrulama", "Doğrulama kodu"],
  ["Russian", "Проверка", "Код подтверждения"],
  ["Japanese", "確認", "認証コード"],
  ["Chinese", "验证", "验证码"],
  ["Korean", "확인", "인증번호"],
  ["Arabic", "تحقق", "رمز التحقق"],
  ["Hebrew", "אימות", "קוד אימות"],
]) {
  test(`a one-time code in ${language}`, () => {
    assert.deepEqual(one({ heading: plain(words) }, [field("text", "f1", label)]), [{ username: null, password: null, code: [0] }]);
  });
}

test("a field for a code by its token, or by a plain word in a form that speaks of such codes", () => {
  const found = [{ username: null, password: null, code: [0] }];
  assert.deepEqual(one({}, [field("text", "x", "", tokens("one-time-code"))]), found);
  assert.deepEqual(one({}, [field("text", "x", "Access code")]), found);
  assert.deepEqual(one({ text: "enter the 6 digit code from your authenticator app" }, [field("tel", "code", "Code", { length: 6 })]), found);
  assert.deepEqual(one({ text: "enter your postcode" }, [field("tel", "code", "Code", { length: 6 })]), []);
});

test("a code that is hidden as it is typed", () => {
  const form = { text: "enter the passcode from your authenticator" };
  assert.deepEqual(one(form, [field("password", "response", "Passcode")]), [{ username: null, password: null, code: [0] }]);
  assert.deepEqual(one({ ...form, buttons: "log in" }, [field("text", "user", "User"), field("password", "response", "Passcode")]), [{ username: 0, password: 1 }]);
});

test("a code in boxes of one character each", () => {
  const boxes = (/** @type {number} */ count, /** @type {number} */ first) => Array.from({ length: count }, (_, at) => field("tel", `d${at}`, "", { length: at ? 1 : first }));
  const form = { heading: "enter the verification code" };
  assert.deepEqual(one(form, boxes(6, 1)), [{ username: null, password: null, code: [0, 1, 2, 3, 4, 5] }]);
  assert.deepEqual(one(form, boxes(6, 6))[0].code, [0, 1, 2, 3, 4, 5]);
  assert.deepEqual(one(form, boxes(3, 1)), []);
  assert.deepEqual(one({ heading: "your date of birth" }, boxes(8, 1)), []);
});

test("a password asked for with a code in one form", () => {
  const fields = [field("text", "user", "Username"), field("password", "pw", "Password"), field("text", "totp", "One-time code")];
  assert.deepEqual(one({ buttons: "log in" }, fields), [{ username: 0, password: 1, code: [2] }]);
});

test("what a page describes is taken within bounds alone", () => {
  const described = { id: 7, form: 0, type: "password", autocomplete: "Current-Password", names: "", label: "Password", length: 0, seen: true, locked: false, focused: false };
  const view = { page: { title: "", path: "/" }, forms: [box({ actions: ["https://login.example.test/in"] })], fields: [described] };
  assert.ok(isView(view));
  assert.deepEqual(loginsOf(view).map(({ username, password, kinds, actions }) => [username, password, kinds, actions]), [[null, 7, ["password"], ["https://login.example.test/in"]]]);
  assert.deepEqual(loginsOf({ ...view, fields: [{ ...described, locked: true }] })[0].kinds, []);
  for (const wrong of [
    null,
    [],
    { ...view, page: { title: 1, path: "/" } },
    { ...view, forms: "no" },
    { ...view, forms: [{ ...view.forms[0], text: "x".repeat(5_000) }] },
    { ...view, forms: [{ ...view.forms[0], actions: [{}] }] },
    { ...view, fields: [{ ...described, form: 1 }] },
    { ...view, fields: [{ ...described, id: -1 }] },
    { ...view, fields: [{ ...described, label: undefined }] },
    { ...view, fields: [{ ...described, focused: "yes" }] },
    { ...view, fields: Array(201).fill(described) },
  ]) assert.ok(!isView(wrong));
});

test("the form in which a person is comes first, and in no doubt", () => {
  const one = (/** @type {number} */ id, /** @type {number} */ form, /** @type {string} */ label, focused = false) => ({ id, form, type: "password", autocomplete: "", names: "", label, length: 0, seen: true, locked: false, focused });
  const view = { page: { title: "", path: "" }, forms: [box({ buttons: "sign in", text: "remember me" }), box({ buttons: "log in" }), box({ buttons: "sign up", heading: "register" })], fields: [one(1, 0, "Password"), one(2, 1, "Password", true), one(3, 2, "Choose a password")] };
  assert.deepEqual(loginsOf(view).map(({ password, doubtful }) => [password, doubtful]), [[2, false], [1, true]]);
});

test("texts of any length and shape are judged in no time", () => {
  const long = plain("new pass ".repeat(50_000));
  const started = performance.now();
  one({ text: long, buttons: plain(`${"(".repeat(5_000)}sign ${"already have ".repeat(5_000)}`) }, [field("password", "a".repeat(9_000))], "x");
  assert.ok(performance.now() - started < 200);
});

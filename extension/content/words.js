// The words by which login forms are told from others: lower case, no accents; a `*` after a letter stands for more
// letters. A word counts where it stands as a word or, in scripts without spaces, anywhere.
"use strict";

const words = {
  username: "user ?(name|id)?|userid|login ?(id|name)?|log ?on|sign ?in ?name|account ?(id|name|number)?|acct|member ?(id|number)?|nick ?name|screen ?name|handle|identifier|(customer|client) ?(id|number)|uid|benutzer*|anmeldename|kennung|kundennummer|mitglied*|nutzer*|utilisateur|identifiant|pseudo|usuario|utilizador|utente|gebruiker*|inlog*|anvandar*|bru(ker|ger)navn|kayttaja*|tunnus|uzytkownik*|uzivatel*|jmeno|felhasznalo*|utilizator|kullanici*|логин|пользовател*|користувач*|ユーザー?|ログイン|アカウント|会員|[账帐][号户]|用户|會員|帳號|아이디|사용자|اسم المستخدم|שם משתמש|ονομα χρηστη|ชื่อผู้ใช้",
  email: "e ?mail*|mail|courriel|correo|posta|пошта|почта|メール|邮箱|電子郵件|이메일|البريد|דוא.?ל",
  login: "log ?in|log ?on|sign ?in|auth*|anmeld(en|ung)|einloggen|connexion|se connecter|connectez|identifie[rz]|iniciar ses*|inicio de sesion|ingresar|acceder|entrar|acessar|accedi|accesso|inloggen|aanmelden|logga in|logg? ?inn?d?|kirjaudu|zaloguj|logowanie|prihlas*|bejelentkezes|autentificare|giris*|oturum ac|вход|войти|увійти|вхід|авториз*|ログイン|サインイン|登录|登入|로그인|تسجيل الدخول|התחבר*|כניסה|συνδεση|เข้าสู่ระบบ|dang nhap|masuk",
  signup: "sign ?up|regist(er|ration|rieren|rierung|rati|rate|rarse|rar|ro|reren|rera|rer)?|(create|open) (an |your |new |my |free )*account|new (account|user|customer|member)|join|enrol*|konto erstellen|inscri*|creer (un |mon )?compte|crear (una )?cuenta|criar conta|cadastr*|iscri*|account aanmaken|skapa konto|opp?ret*|luo tili|rekisteroi*|zarejestruj|rejestracja|regisztracio|kayit*|uye ol|регистрац*|зарегистр*|реєстрац*|新規|会員登録|注册|註冊|회원가입|إنشاء حساب|הרשמה|εγγραφη|สมัคร|dang ky|daftar",
  reset: "reset*|forgot*|recover*|lost|(change|new) (your |my )?pass*|vergessen|zurucksetzen|oublie|reinitialis*|olvid*|recuper*|esquec*|dimentica*|vergeten|gl[eo]mt|zapomni*|elfelejtett|unuttum|забыл*|восстанов*|忘れ|忘记|找回|분실|찾기",
  fresh: "new|creat*|choos*|pick|set (a|your)|confirm*|repeat|re ?type|re ?enter|again|verify|neu(es)?|wahlen|wiederholen|nouveau|choisi*|nueva|elige|repita|confer*|nov[ao]|escolha|scegli|herhaal|nieuw|nytt?|uusi|powtorz|nowe|yeni|tekrar|нов*|повтор*|подтверд*|確認|新しい|确认|再次|확인|(new|re|c) ?pass*|pass(word|wd)? ?2|pass*(conf*|again|repeat*)",
  current: "current|old|existing|aktuelles|actuel|ancien|ac?tual|attuale|huidig*|текущий|現在|当前",
  code: "otp|one ?time|totp|[2m]fa|(verification|security|auth*|sms|pin) ?code|code|token|captcha|tan|csrf|cv[vc]|card ?(number|no)?|iban|код|验证码|認証コード|인증번호",
  search: "search|query|find|keyword|suchen?|recherche*|buscar?|busqueda|pesquisar|zoek*|sok|haku|szukaj|hledat|kereses|поиск|пошук|検索|搜索|검색|بحث|חיפוש|q",
  newsletter: "newsletter|sub?scri*|mailing ?list|abonn*|рассылк*|подпис*|メルマガ|订阅|구독",
  other: "(first|last|full|your|f|l) ?name|given|surname|family|company|organi[sz]ation|address|street|city|town|zip|postal|post ?code|country|state|region|birth*|age|gender|coupon|promo|voucher|comment|url|date|vorname|nachname|strasse|ort|plz|prenom|nom|apellido*|nombre|cognome|indirizzo|имя|фамилия|title",
  terms: "terms|i agree|agree (to|and)|by (creating|signing up|registering|joining)|privacy policy|agb|condi[ct]ion*|termini|соглас*|利用規約|同意",
  remember: "remember|keep me|stay (signed|logged)|trust|merken|se souvenir|record(ar|uerdame)|lembrar|ricorda*|onthoud|запомнить|次回から|记住|로그인 상태",
  social: "(sign|log) ?(in|on|up) (with|using|via|through) (?!pass|e ?mail|phone)[^,]*|(continue|join|register) (with|using) (google|apple|facebook|microsoft)[^,]*|(already|have|got) [^,]{0,20}(account|member)[^,]*|no account[^,]*|don t have[^,]*|not (yet )?(a )?(member|registered)[^,]*|new (to|here)[^,]*",
  next: "next|continue|proceed|weiter|suivant|continu(er|ar|a)|siguiente|proximo|avanti|volgende|nasta|neste|dalej|dalsi|ileri|devam|далее|продолжить|次へ|下一步|다음",
};

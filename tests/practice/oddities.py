"""Login pages that are harder to fill than a plain form: inputs of a framework, fields that open late, other scripts.

React and Vue are the real ones, from the locked packages of `tests/extension`. Angular's part is written here after its
documented value accessor (the `input` event outside a composition sets the model, `blur` marks it as touched). Each
page shows its own state in `#state`, because a value that stands in a field and not in the state is not filled.
"""

# ruff: noqa: E501 - a page is best read in few lines

from pathlib import Path
from typing import Final

MODULES: Final = Path(__file__).resolve().parents[1] / "extension/node_modules"
LIBRARIES: Final = {
    "vue.js": MODULES / "vue/dist/vue.global.prod.js",
    "react.js": MODULES / "react/umd/react.production.min.js",
    "react-dom.js": MODULES / "react-dom/umd/react-dom.production.min.js",
}

VUE = """<div id=app></div><script src=/odd/vue.js></script><script>
const {createApp, ref, computed} = Vue;
createApp({
  setup() {
    const user = ref(''), word = ref('');
    return {user, word, open: computed(() => user.value !== '' && word.value !== '')};
  },
  template: `<form @submit.prevent><h1>Sign in</h1>
    <label>User name <input name=username v-model.trim="user" autocomplete=username></label>
    <label>Password <input name=password type=password v-model="word" autocomplete=current-password></label>
    <button :disabled="!open">Sign in</button></form><output id=state>{{user}} {{word}}</output>`,
}).mount('#app');
</script>"""

REACT = """<div id=app></div><script src=/odd/react.js></script><script src=/odd/react-dom.js></script><script>
const {createElement: h, useState} = React;
function Login() {
  const [user, setUser] = useState(''), [word, setWord] = useState('');
  const field = (label, props, value, set) => h('label', {}, label, h('input', {...props, value, onChange: (e) => set(e.target.value)}));
  return h('div', {}, h('form', {}, h('h1', {}, 'Sign in'),
    field('User name', {name: 'username', autoComplete: 'username'}, user, setUser),
    field('Password', {name: 'password', type: 'password', autoComplete: 'current-password'}, word, setWord),
    h('button', {disabled: user === '' || word === ''}, 'Sign in')), h('output', {id: 'state'}, user + ' ' + word));
}
ReactDOM.createRoot(document.getElementById('app')).render(h(Login));
</script>"""

ANGULAR = """<form><h1>Sign in</h1><label>User name <input name=username autocomplete=username></label>
<label>Password <input name=password type=password autocomplete=current-password></label><button disabled>Sign in</button>
</form><output id=state></output><script>
const model = {}, touched = new Set();
for (const input of document.querySelectorAll('input')) {
  let composing = false;
  const change = () => {
    model[input.name] = input.value;
    const valid = model.username && model.password && touched.has('username');
    document.querySelector('button').disabled = !valid;
    document.getElementById('state').textContent = `${model.username ?? ''} ${model.password ?? ''}`;
  };
  input.addEventListener('compositionstart', () => composing = true);
  input.addEventListener('compositionend', () => { composing = false; change(); });
  input.addEventListener('input', () => composing || change());
  input.addEventListener('blur', () => { touched.add(input.name); change(); });
}
</script>"""

FORM = """<form><h1>Sign in</h1><label>User name <input name=username autocomplete=username></label>
<label>Password <input name=password type=password autocomplete=current-password {}></label>
<button>Sign in</button></form><output id=state></output><script>{}
const [user, word] = document.querySelectorAll('input');
addEventListener('input', () => document.getElementById('state').textContent = `${{user.value}} ${{word.value}}`);
</script>"""
OPENS = "document.querySelector('[name=username]').addEventListener('input', ({target}) => { word.disabled = target.value === ''; });"

PAGES: Final = {
    "vue": VUE,
    "react": REACT,
    "angular": ANGULAR,
    # The password cannot be typed before the name, as many a bank has it.
    "opening": FORM.format("disabled", OPENS),
    "short": FORM.format("maxlength=8", ""),
    "arabic": """<h1>تسجيل الدخول</h1><form><p><label>اسم المستخدم <input name=f1></label></p>
<p><label>كلمة المرور <input name=f2 type=password></label></p><button>دخول</button></form>""",
    "hebrew": """<h1>התחברות</h1><form><p><label>שם משתמש <input name=f1></label></p>
<p><label>סיסמה <input name=f2 type=password></label></p><button>כניסה</button></form>""",
    # Nothing here says login: no word that any list knows, three fields and lists to choose from.
    "depot": """<h1>Depot</h1><form onsubmit="return false"><p><label>Branch <input name=q1></label></p>
<p><label>Depot <input name=q2></label></p><p><label>Seal <input name=q3></label></p>
<p><select><option>A</select><select><option>B</select></p><button>Open</button></form>
<input type=password name=fresh autocomplete=new-password aria-label="New word">
<div id=host></div><script>
globalThis.root = document.getElementById('host').attachShadow({mode: 'closed'});
root.innerHTML = '<label>Inner <input name=inner></label>';
globalThis.pressed = 0;
for (const name of ['click', 'mousedown', 'mouseup']) addEventListener(name, () => pressed++);
</script>""",
}
RIGHT_TO_LEFT: Final = {"arabic": "ar", "hebrew": "he"}


def page(name: str) -> str | None:
    """The HTML of a page, or `None`."""
    if name not in PAGES:
        return None
    language = f" lang={RIGHT_TO_LEFT[name]} dir=rtl" if name in RIGHT_TO_LEFT else " lang=en"
    head = "<meta charset=utf-8><title>Start</title><link rel=icon href=data:,>"
    return f"<!doctype html><html{language}><head>{head}<body style='font:16px sans-serif'>{PAGES[name]}"

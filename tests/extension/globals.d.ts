// What the content scripts share: classic scripts of one isolated world, which have no imports. Their types stand here and
// not in their files, because every byte of those is injected into every page.

/** An input as recognition sees it: texts already plain, no value. */
interface Field {
  index: number;
  form: number;
  type: string;
  autocomplete: string[];
  names: string;
  label: string;
  /** Enabled, and to be seen by a person. */
  seen: boolean;
}

/** A form, or the box around fields that have none; texts already plain. */
interface Box {
  attributes: string;
  heading: string;
  buttons: string;
  links: string;
  text: string;
  /** How many selects and textareas it holds. */
  choices: number;
}

interface Described {
  page: { title: string; path: string };
  forms: Box[];
  fields: Field[];
}

interface Login<T> {
  username: T | null;
  password: T | null;
}

type Kind = "username" | "password";

interface Filled {
  filled: Kind[];
  refused: { kind: Kind; why: string }[];
  moved?: boolean;
}

interface Wayfill {
  words: Record<string, string>;
  plain(text: string): string;
  recognise(described: Described): Login<number>[];
  rendered(element: Element): boolean;
  uncovered(field: HTMLInputElement): boolean;
  shadowOf(element: Element): ShadowRoot | null;
  findLogins(): { logins: Login<HTMLInputElement>[]; roots: ShadowRoot[]; inputs: number };
  targets(field: HTMLInputElement): (URL | null)[];
  fillLogin(login: Login<HTMLInputElement>, values: Partial<Record<Kind, string>>, sites: string[], act: boolean, onGuard: () => void): Filled;
}

declare var wayfill: Wayfill;
declare var browser: typeof chrome | undefined;

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

type Words = keyof typeof words;

type Input = HTMLInputElement;

/** What goes with a fill. */
interface Order {
  /** Origins other than the page's own that the record's links hold. */
  sites: string[];
  /** Whether a person asked for this very page. */
  act: boolean;
  /** Called when a filled value had to be taken back. */
  onGuard: () => void;
}

type Kind = "username" | "password";

type Values = Partial<Record<Kind, string>>;

interface Filled {
  filled: Kind[];
  refused: { kind: Kind; why: string }[];
  moved?: boolean;
}

declare var browser: typeof chrome | undefined;

// What the content scripts share: classic scripts of one isolated world, which have no imports. Their types stand here and
// not in their files, because every byte of those is injected into a page.

/** An input as a page describes it: texts as they are, no value. */
interface ViewField {
  /** The number by which the page knows it. */
  id: number;
  form: number;
  type: string;
  autocomplete: string;
  names: string;
  label: string;
  /** How many characters it takes; 0: any number. */
  length: number;
  /** To be seen by a person. */
  seen: boolean;
  /** Nobody can type into it now. */
  locked: boolean;
  focused: boolean;
}

/** An input as recognition sees it: texts already plain. */
interface Field extends Omit<ViewField, "id" | "locked" | "focused" | "autocomplete"> {
  /** Its place among the page's inputs. */
  index: number;
  autocomplete: string[];
}

/** A form, or the box around fields that have none. */
interface Box {
  attributes: string;
  heading: string;
  buttons: string;
  links: string;
  text: string;
  /** How many selects and textareas it holds. */
  choices: number;
  /** Where it would send its values: origins and paths. */
  actions: string[];
}

interface Described {
  page: { title: string; path: string };
  forms: Box[];
  fields: Field[];
}

interface View {
  page: { title: string; path: string };
  forms: Box[];
  fields: ViewField[];
}

interface Login<T> {
  username: T | null;
  password: T | null;
  code: T[];
  /** Beside a form in which an account is made. */
  doubtful: boolean;
}

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

/** A part of a viewport, in CSS pixels. */
interface Spot {
  left: number;
  top: number;
  width: number;
  height: number;
}

type Kind = "username" | "password" | "code";

type Values = Partial<Record<Kind, string>>;

interface Filled {
  filled: Kind[];
  refused: { kind: Kind; why: string }[];
  moved?: boolean;
}

declare var browser: typeof chrome | undefined;

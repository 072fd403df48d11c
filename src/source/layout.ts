/**
 * @file Text laid out in lines of limited length, as Prettier would: a document says where it may break, `print` decides.
 *
 * After P. Wadler, "A prettier printer" (2003), with Prettier's additions: lists that are filled, and last arguments that stay
 * with the parenthesis.
 */

/** The length that lines should not exceed. */
export const lineLength = 110;

export type Doc = string | readonly Doc[] | Line | Indent | Group | Choice | Fill | IfBroken | Value;

/** A place to break: a space (or nothing, if soft) where the group around it is in one line; a hard one always breaks. */
interface Line {
  readonly kind: "line";
  readonly soft: boolean;
  readonly hard: boolean;
}
interface Indent {
  readonly kind: "indent";
  readonly contents: Doc;
}
/** In one line if it fits. */
interface Group {
  readonly kind: "group";
  readonly contents: Doc;
  readonly broken: boolean;
  /** Of brackets: how many items there are in them. */
  readonly items?: number;
}
/** The first of several forms that fits; else the last. */
interface Choice {
  readonly kind: "choice";
  readonly states: readonly Doc[];
}
/** As many items in each line as fit. */
interface Fill {
  readonly kind: "fill";
  readonly items: readonly string[];
}
/** Text that stands only where the group around it is broken. */
interface IfBroken {
  readonly kind: "ifBroken";
  readonly text: string;
}

/** What stands behind `=`: in a line of its own if its beginning does not fit behind it. */
interface Value {
  readonly kind: "value";
  readonly contents: Doc;
}

const isList = (doc: Doc): doc is readonly Doc[] => Array.isArray(doc);

export const line: Doc = { kind: "line", soft: false, hard: false };
export const softLine: Doc = { kind: "line", soft: true, hard: false };
export const hardLine: Doc = { kind: "line", soft: false, hard: true };
export const indent = (contents: Doc): Doc => ({ kind: "indent", contents });
export const ifBroken = (text: string): Doc => ({ kind: "ifBroken", text });
export const group = (contents: Doc, broken = mustBreak(contents)): Doc => ({
  kind: "group",
  contents,
  broken,
});
export const choice = (states: readonly Doc[]): Doc => ({ kind: "choice", states });
export const valueOf = (contents: Doc): Doc => ({ kind: "value", contents });
export const fill = (items: readonly string[]): Doc => ({ kind: "fill", items });

/** True if a document holds a break that is always taken. */
export function mustBreak(doc: Doc): boolean {
  if (typeof doc === "string") return false;
  if (isList(doc)) return doc.some(mustBreak);
  switch (doc.kind) {
    case "line":
      return doc.hard;
    case "indent":
    case "value":
      return mustBreak(doc.contents);
    case "group":
      return doc.broken;
    case "choice":
      return mustBreak(doc.states[0]);
    default:
      return false;
  }
}

/** Documents with others between them. */
export const join = (separator: Doc, docs: readonly Doc[]): Doc[] =>
  docs.flatMap((doc, i) => (i === 0 ? [doc] : [separator, doc]));

interface Item {
  readonly indent: number;
  readonly flat: boolean;
  readonly doc: Doc;
}

/** Whether items fit into what is left of a line; those that follow them count up to the first break. */
function fits(first: Item, following: readonly Item[], room: number): boolean {
  const stack = [first];
  let rest = following.length;
  for (;;) {
    if (room < 0) return false;
    const item = stack.pop() ?? following[--rest];
    if (item === undefined) return true;
    const { doc, flat } = item;
    const push = (next: Doc, inLine = flat): void => void stack.push({ indent: 0, flat: inLine, doc: next });
    if (typeof doc === "string") room -= doc.length;
    else if (isList(doc)) for (let i = doc.length - 1; i >= 0; i--) push(doc[i]);
    else if (doc.kind === "line") {
      if (!flat || doc.hard) return true;
      if (!doc.soft) room--;
    } else if (doc.kind === "indent") push(doc.contents);
    else if (doc.kind === "group") push(doc.contents, doc.broken ? false : flat);
    else if (doc.kind === "value") {
      if (!flat) return true;
      push([" ", doc.contents]);
    } else if (doc.kind === "choice") push(flat ? doc.states[0] : doc.states[doc.states.length - 1]);
    else if (doc.kind === "fill") {
      // Before the first break of a list that is filled there is its first item.
      room -= flat ? doc.items.join(", ").length : `${doc.items[0] ?? ""},`.length;
      if (!flat && doc.items.length > 1) return room >= 0;
    } else if (!flat) room -= doc.text.length;
  }
}

/** The text of a document. */
export function print(root: Doc, width = lineLength): string {
  const out: string[] = [];
  let column = 0;
  const stack: Item[] = [{ indent: 0, flat: false, doc: root }];
  const write = (text: string): void => {
    out.push(text);
    column += text.length;
  };
  const newLine = (depth: number): void => {
    out.push(`\n${" ".repeat(depth)}`);
    column = depth;
  };
  for (let item = stack.pop(); item !== undefined; item = stack.pop()) {
    const { doc, flat, indent: depth } = item;
    const push = (next: Doc, inLine = flat, at = depth): void =>
      void stack.push({ indent: at, flat: inLine, doc: next });
    const isFitting = (next: Doc): boolean =>
      fits({ indent: depth, flat: true, doc: next }, stack, width - column);
    if (typeof doc === "string") write(doc);
    else if (isList(doc)) for (let i = doc.length - 1; i >= 0; i--) push(doc[i]);
    else if (doc.kind === "line") {
      if (doc.hard || !flat) newLine(depth);
      else if (!doc.soft) write(" ");
    } else if (doc.kind === "indent") push(doc.contents, flat, depth + 2);
    else if (doc.kind === "group") push(doc.contents, !doc.broken && (flat || isFitting(doc.contents)));
    else if (doc.kind === "value") {
      const whole: Doc = [" ", doc.contents];
      if (flat || fits({ indent: depth, flat: false, doc: whole }, stack, width - column)) push(whole);
      else push(indent([hardLine, doc.contents]));
    } else if (doc.kind === "choice") {
      const found = flat ? 0 : doc.states.findIndex((s, i) => (i > 0 || !mustBreak(s)) && isFitting(s));
      if (found === -1) push(doc.states[doc.states.length - 1], false);
      else push(doc.states[found], found === 0);
    } else if (doc.kind === "fill") {
      doc.items.forEach((text, i) => {
        const last = i === doc.items.length - 1;
        const ending = last ? (flat ? 0 : 1) : 1;
        if (i > 0 && !flat && column + 1 + text.length + ending > width) newLine(depth);
        else if (i > 0) write(" ");
        write(last ? text : `${text},`);
      });
    } else if (!flat) write(doc.text);
  }
  return out.join("").replace(/[ \t]+\n/g, "\n");
}

/** @file Expressions as documents of layout.ts. */
import { Call, Local, Method, Name, Operand, Property, type Written } from "./expressions.ts";
import {
  type Doc,
  choice,
  fill,
  group,
  hardLine,
  ifBroken,
  indent,
  join,
  line,
  mustBreak,
  softLine,
  valueOf,
} from "./layout.ts";

/** A number that reads back as the same. */
export function numberText(x: number): string {
  if (Object.is(x, -0)) return "-0";
  return String(x).replace("e+", "e");
}

const isName = (text: string): boolean => /^[A-Za-z_$][\w$]*$/.test(text);

const isNumber = (x: Written): boolean => typeof x === "number" && Number.isFinite(x);

const isRecord = (x: Written): x is { readonly [key: string]: Written } =>
  typeof x === "object" &&
  x !== null &&
  !Array.isArray(x) &&
  ![Call, Local, Method, Name, Operand, Property].some((kind) => x instanceof kind);

const isList = (x: Written): x is readonly Written[] => Array.isArray(x);

const sizeOf = (x: Written): number => (isList(x) ? x.length : isRecord(x) ? entriesOf(x).length : 0);

const entriesOf = (x: { readonly [key: string]: Written }): [string, Written][] =>
  Object.entries(x).filter(([, v]) => v !== undefined);

/** Brackets around items: in one line, or each in a line of its own. */
function bracketed(open: string, items: readonly Doc[], close: string, space: Doc, broken: boolean): Doc {
  if (items.length === 0) return open + close;
  const contents = [open, indent([space, join([",", line], items)]), ifBroken(","), space, close];
  return { kind: "group", contents, broken: broken || mustBreak(contents), items: items.length };
}

function listDoc(items: readonly Written[], operands: readonly string[]): Doc {
  // As Prettier has it: lists of numbers are filled, lists of several lists have one in each line.
  if (items.length > 1 && items.every(isNumber))
    return group([
      "[",
      indent([softLine, fill(items.map((x) => numberText(x as number)))]),
      ifBroken(","),
      softLine,
      "]",
    ]);
  const several = (test: (x: Written) => boolean): boolean =>
    items.length > 1 && items.every((x) => test(x) && sizeOf(x) > 1);
  return bracketed(
    "[",
    items.map((x) => docOf(x, operands)),
    "]",
    softLine,
    several(isList) || several(isRecord),
  );
}

function recordDoc(x: { readonly [key: string]: Written }, operands: readonly string[]): Doc {
  const entries = entriesOf(x).map(([key, value]): Doc => {
    const name = isName(key) ? key : JSON.stringify(key);
    const doc = docOf(value, operands);
    return doc === name ? name : [name, ": ", doc];
  });
  return bracketed("{", entries, "}", line, false);
}

/** Prettier leaves a last argument that is a list or an object at the parenthesis, and breaks inside it. */
function hugsLast(args: readonly Written[]): boolean {
  const last = args[args.length - 1];
  if (!(isRecord(last) || isList(last)) || sizeOf(last) === 0) return false;
  if (args.length === 1) return true;
  const before = args[args.length - 2];
  if (isRecord(last)) return !isRecord(before);
  return !isList(before) && !(last.length > 1 && last.every(isNumber));
}

/** The arguments of a call, in parentheses. */
export function argumentsDoc(args: readonly Written[], operands: readonly string[]): Doc {
  if (args.length === 0) return "()";
  const docs = args.map((x) => docOf(x, operands));
  const all = bracketed("(", docs, ")", softLine, false);
  if (!hugsLast(args) || docs.slice(0, -1).some(mustBreak)) return all;
  const first = docs.slice(0, -1).flatMap((d): Doc[] => [d, ", "]);
  const last = docs[docs.length - 1];
  const broken: Doc =
    typeof last === "object" && "kind" in last && last.kind === "group" ? group(last.contents, true) : last;
  return choice([
    ["(", ...first, last, ")"],
    ["(", ...first, broken, ")"],
    group(["(", indent([softLine, join([",", line], docs)]), ",", softLine, ")"], true),
  ]);
}

/** The text of an expression, whose operands have these texts. */
export function docOf(x: Written, operands: readonly string[]): Doc {
  if (typeof x === "number") return numberText(x);
  if (typeof x === "bigint") return `${x}n`;
  if (typeof x === "string") return JSON.stringify(x);
  if (typeof x !== "object" || x === null) return String(x);
  if (x instanceof Operand) return operands[x.index];
  if (x instanceof Local) return x.name;
  if (x instanceof Name) return x.text;
  if (x instanceof Call) return [x.fn instanceof Local ? x.fn.name : x.fn, argumentsDoc(x.args, operands)];
  if (x instanceof Method) return [docOf(x.of, operands), `.${x.name}`, argumentsDoc(x.args, operands)];
  if (x instanceof Property) return [docOf(x.of, operands), `.${x.name}`];
  if (isList(x)) return listDoc(x, operands);
  return recordDoc(x, operands);
}

/** Statements one below the other, in braces. */
export const block = (statements: readonly Doc[]): Doc =>
  statements.length === 0 ? "{}" : ["{", indent([hardLine, join(hardLine, statements)]), hardLine, "}"];

/** Documents as a list in brackets. */
export const listDocOf = (docs: readonly Doc[]): Doc => bracketed("[", docs, "]", softLine, false);

/** Values in brackets: as in lists that are written, several lists of several values have one in each line. */
export function valuesDoc(docs: readonly Doc[]): Doc {
  const isSeveral = (doc: Doc): boolean =>
    typeof doc === "object" && "kind" in doc && doc.kind === "group" && (doc.items ?? 0) > 1;
  return bracketed("[", docs, "]", softLine, docs.length > 1 && docs.every(isSeveral));
}

/** Entries in braces, with commas or semicolons between them; a value of the name of its key stands alone. */
export function recordDocOf(entries: readonly (readonly [string, Doc])[], separator: "," | ";"): Doc {
  if (entries.length === 0) return "{}";
  const docs = entries.map(([key, value]): Doc => {
    const name = isName(key) ? key : JSON.stringify(key);
    return separator === "," && value === name ? name : [name, ": ", value];
  });
  return group(["{", indent([line, join([separator, line], docs)]), ifBroken(separator), line, "}"]);
}

/**
 * Parameters with their types, and the type of the result: they break together. A lone parameter that is a pattern or an object
 * stays at the parenthesis.
 */
export function signatureDoc(params: readonly (readonly [Doc, Doc])[], result: Doc): Doc {
  const docs = params.map(([name, type]): Doc => [name, ": ", type]);
  const opens = (doc: Doc, bracket: string): boolean =>
    typeof doc === "object" &&
    "contents" in doc &&
    Array.isArray(doc.contents) &&
    doc.contents[0] === bracket;
  const hugged = params.length === 1 && (opens(params[0][0], "[") || opens(params[0][1], "{"));
  if (params.length === 0 || hugged) return group(["(", ...docs, "): ", result]);
  return group(["(", indent([softLine, join([",", line], docs)]), ifBroken(","), softLine, "): ", result]);
}

/** Arguments each in lines of their own, as where one of them is a function. */
export const argumentLines = (docs: readonly Doc[]): Doc =>
  group([indent(docs.map((d): Doc => [softLine, d, ","])), softLine], true);

/** A function as the only argument of a call: at the parenthesis, if its parameters stay in that line. */
export const loneFunction = (f: Doc): Doc => {
  const hugged = ["(", f, ")"];
  return choice([hugged, hugged, ["(", argumentLines([f]), ")"]]);
};

/** Names in brackets; what nobody uses has none. */
function pattern(names: readonly (Doc | null)[]): Doc {
  let end = names.length;
  while (end > 0 && names[end - 1] === null) end--;
  if (end === 0) return "[]";
  const items = names.slice(0, end).map((n, i): Doc => [n ?? "", i === end - 1 ? "" : [",", line]]);
  return group(["[", indent([softLine, items]), ifBroken(","), softLine, "]"]);
}

/** A declaration of what an expression gives: one name, or several (null for what nobody uses). */
export function declaration(names: readonly (Doc | null)[], expression: Doc): Doc {
  const [only] = names;
  if (names.every((n) => n === null)) return [expression, ";"];
  if (names.length === 1) return ["const ", only ?? "", " =", valueOf(expression), ";"];
  return ["const ", pattern(names), " =", valueOf(expression), ";"];
}

/** A declaration of a list of several groups of values, each one value, a list, or nothing. */
export function declarationOf(groups: readonly (readonly (string | null)[])[], expression: Doc): Doc {
  const docs = groups.map((names): Doc | null => {
    if (names.every((n) => n === null)) return null;
    return names.length === 1 ? names[0] : pattern(names);
  });
  if (docs.every((d) => d === null)) return [expression, ";"];
  return ["const ", pattern(docs), " =", valueOf(expression), ";"];
}

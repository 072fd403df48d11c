/**
 * @file Arrays in the consoles of browsers: custom formatters, which Chrome, Edge and Firefox ask how to show a value, and
 * which answer with elements as lists (JsonML).
 *
 * A header tells type and values on one line; what is below is made when the reader opens it, and never computes: elements as
 * a table, of more axes the slices; of traced values what each transformation knows of them.
 * @see https://firefox-source-docs.mozilla.org/devtools-user/custom_formatters/index.html
 */
import { refuseMore } from "../base/checks.ts";
import { ComplexArray, ConcreteArray, NDArray } from "../core/array.ts";
import { shaped } from "../core/aval.ts";
import { Tracer, beside } from "../core/trace.ts";
import { prod } from "../base/util.ts";
import type { Scalar, TypedArray } from "../dtypes/dtype.ts";
import { BatchTracer } from "../interpreters/batching.ts";
import { TangentTracer } from "../interpreters/tangent-trace.ts";
import { cut } from "./text.ts";

/** An element: its name, its attributes, what is in it; `["object", { object }]` is a value that is shown in its turn. */
export type JsonMl = readonly [name: string, attributes: Readonly<Record<string, unknown>>, ...JsonMlChild[]];
/** What an element holds. */
export type JsonMlChild = string | JsonMl;

/** What the consoles of browsers ask. */
export interface ConsoleFormatter {
  header(x: unknown): JsonMl | null;
  hasBody(x: unknown): boolean;
  body(x: unknown): JsonMl | null;
}

const longestHeader = 100;
/** Elements of an axis that are shown. */
const mostRows = 24;
const mostColumns = 12;
const mostSlices = 8;

const styles = {
  type: "color: #8250df; font-weight: 600",
  soft: "color: #6e7781",
  cell: "padding: 1px 6px; text-align: right; font-family: monospace",
  head: "padding: 1px 6px; text-align: right; color: #6e7781; font-weight: normal",
  list: "list-style: none; margin: 2px 0; padding-left: 12px",
} as const;

const span = (style: keyof typeof styles, text: string): JsonMl => ["span", { style: styles[style] }, text];
const item = (...children: readonly JsonMlChild[]): JsonMl => ["li", {}, ...children];
const shown = (object: unknown): JsonMl => ["object", { object }];

/** The values on one line. */
const oneLine = (text: string): string => cut(text.replace(/\s+/g, " "), longestHeader);

function header(x: NDArray): JsonMl {
  if (x instanceof Tracer) {
    const text = oneLine(String(x).replace(/^Tracer<[^>]*>/, ""));
    return ["span", {}, span("type", `Tracer ${String(x.aval)}`), text, span("soft", `  in ${x.owner.what}`)];
  }
  return ["span", {}, span("type", `Array ${String(x.aval)}`), oneLine(beside(x))];
}

function elementText(x: ConcreteArray, i: number): string {
  if (x instanceof ComplexArray) {
    const [re, im] = [elementText(x.re, i), elementText(x.im, i)];
    return `${re}${im.startsWith("-") ? "" : "+"}${im}j`;
  }
  const value = (x.dataSync() as { readonly [i: number]: Scalar })[i];
  return x.dtype === "bool" ? String(value !== 0) : String(value);
}

/** Of so many, the first. */
const firstOf = (n: number, most: number): number[] => Array.from({ length: Math.min(n, most) }, (_, i) => i);

/** Rows and columns of elements. */
function table(x: ConcreteArray): JsonMl {
  const [rows, columns] = x.ndim === 1 ? [1, x.size] : x.shape;
  const shownColumns = firstOf(columns, x.ndim === 1 ? 2 * mostColumns : mostColumns);
  const cell = (style: "cell" | "head", text: string): JsonMl => ["td", { style: styles[style] }, text];
  const more = shownColumns.length < columns ? [cell("head", "…")] : [];
  const line = (i: number): JsonMl => [
    "tr",
    {},
    ...(x.ndim === 1 ? [] : [cell("head", String(i))]),
    ...shownColumns.map((j) => cell("cell", elementText(x, i * columns + j))),
    ...more,
  ];
  const head: JsonMl = [
    "tr",
    {},
    ...(x.ndim === 1 ? [] : [cell("head", "")]),
    ...shownColumns.map((j) => cell("head", String(j))),
    ...more,
  ];
  const shownRows = firstOf(rows, mostRows);
  const left = rows - shownRows.length;
  return [
    "table",
    {},
    head,
    ...shownRows.map(line),
    ...(left > 0 ? [["tr", {}, cell("head", `… ${left} more`)] as const] : []),
  ];
}

/** The part at a place of the first axis. */
function slice(x: ConcreteArray, i: number): ConcreteArray {
  const shape = x.shape.slice(1);
  const aval = shaped(shape, x.dtype, x.weakType);
  if (x instanceof ComplexArray) return new ComplexArray(aval, slice(x.re, i), slice(x.im, i));
  const size = prod(shape);
  return new ConcreteArray(aval, (x.raw as TypedArray).slice(i * size, (i + 1) * size));
}

function slices(x: ConcreteArray): JsonMl {
  const places = firstOf(x.shape[0], mostSlices);
  const left = x.shape[0] - places.length;
  return [
    "ol",
    { style: styles.list },
    ...places.map((i) => item(span("soft", `[${i}] `), shown(slice(x, i)))),
    ...(left > 0 ? [item(span("soft", `… ${left} more`))] : []),
  ];
}

/** What a transformation knows of a value. */
function known(x: Tracer): JsonMl {
  const { what, site } = x.owner;
  const parts: JsonMl[] = [];
  if (x instanceof TangentTracer)
    parts.push(
      item(span("soft", "value "), shown(x.primal)),
      item(span("soft", "tangent "), shown(x.tangent)),
    );
  if (x instanceof BatchTracer) parts.push(item(span("soft", `all lanes, axis ${x.dim} `), shown(x.value)));
  return ["ol", { style: styles.list }, item(span("soft", `made by ${what} at ${String(site)}`)), ...parts];
}

const formatter: ConsoleFormatter = {
  header: (x) => (x instanceof NDArray ? header(x) : null),
  hasBody: (x) =>
    x instanceof Tracer || (x instanceof ConcreteArray && x.ndim > 0 && x.size > 0 && !x.disposed),
  body(x) {
    if (x instanceof Tracer) return known(x);
    if (!(x instanceof ConcreteArray)) return null;
    return x.ndim <= 2 ? table(x) : slices(x);
  },
};

interface Host {
  devtoolsFormatters?: ConsoleFormatter[];
}

/**
 * Lets the consoles of browsers show arrays: their type and values in one line, and opened, elements as a table; of traced
 * values, what each transformation knows of them. (In Node, `console.log` shows them without further ado.) In Chrome and
 * Edge, turn on "Custom formatters" in the settings of the developer tools; in Firefox, "Enable custom formatters".
 *
 * Calling it again changes nothing.
 * @example
 * installFormatters();
 */
export function installFormatters(...more: []): void {
  refuseMore("installFormatters", 0, more);
  const host = globalThis as Host;
  const list = (host.devtoolsFormatters ??= []);
  if (!list.includes(formatter)) list.push(formatter);
}

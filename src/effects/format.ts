/**
 * @file Formats as those of Python's `str.format`: `{}`, `{0}`, `{name}`, `{:.3f}`, `{{`; for arrays and for values of
 * JavaScript.
 */
import { show } from "../base/checks.ts";
import { ArgumentError } from "../base/errors.ts";
import { isPlainObject } from "../base/util.ts";
import { ConcreteArray } from "../core/array.ts";
import { arrayText, floatText, isFractional } from "./numpy-text.ts";

/** A piece of a format: text, or a place for a value. */
type Piece = string | { readonly key: number | string; readonly spec: string };

/** A format that was read, once for all calls. */
export interface Format {
  readonly pieces: readonly Piece[];
  /** How many values it takes by position, and those that it takes by name. */
  readonly positions: number;
  readonly names: ReadonlySet<string>;
}

const field = /\{\{|\}\}|\{([^{}:!]*)(?:![rsa])?(?::([^{}]*))?\}|[{}]/g;

/** @throws ArgumentError if the text is no format */
export function parseFormat(text: unknown, where: string): Format {
  if (typeof text !== "string")
    throw new ArgumentError(
      `${where}: the first argument is the format, text such as "x = {}"; got ${show(text)}.`,
    );
  const pieces: Piece[] = [];
  const names = new Set<string>();
  let positions = 0;
  let automatic = 0;
  let from = 0;
  for (const match of text.matchAll(field)) {
    const [whole, key, spec = ""] = match as unknown as [string, string | undefined, string | undefined];
    if (match.index > from) pieces.push(text.slice(from, match.index));
    from = match.index + whole.length;
    if (key === undefined) {
      if (whole.length === 1)
        throw new ArgumentError(
          `${where}: a single ${whole} in the format ${show(text)}; write ${whole}${whole}.`,
        );
      pieces.push(whole[0]);
    } else if (/^\d*$/.test(key)) {
      const at = key === "" ? automatic++ : Number(key);
      positions = Math.max(positions, at + 1);
      pieces.push({ key: at, spec });
    } else if (/^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(key)) {
      names.add(key);
      pieces.push({ key, spec });
    } else
      throw new ArgumentError(
        `${where}: {${key}} in the format ${show(text)} is neither a number nor a name.`,
      );
  }
  if (from < text.length) pieces.push(text.slice(from));
  return { pieces, positions, names };
}

/** The text that a format makes of values. */
export function applyFormat(
  format: Format,
  args: readonly unknown[],
  keywords: Readonly<Record<string, unknown>>,
  where: string,
): string {
  return format.pieces
    .map((p) =>
      typeof p === "string"
        ? p
        : valueText(typeof p.key === "number" ? args[p.key] : keywords[p.key], p.spec, where),
    )
    .join("");
}

function valueText(x: unknown, spec: string, where: string): string {
  if (spec === "") return plainText(x);
  if (x instanceof ConcreteArray && x.ndim > 0) {
    throw new ArgumentError(
      `${where}: the format ":${spec}" is for one number; got an array of shape [${x.shape.join()}]. Leave it out, or round the array.`,
    );
  }
  return specText(x, spec, where);
}

/** Any value of a tree as text. */
function plainText(x: unknown): string {
  if (x instanceof ConcreteArray) return arrayText(x);
  if (Array.isArray(x)) return `[${x.map(plainText).join(", ")}]`;
  if (isPlainObject(x))
    return `{${Object.entries(x)
      .map(([k, v]) => `${k}: ${plainText(v)}`)
      .join(", ")}}`;
  return typeof x === "string" || typeof x === "number" || typeof x === "bigint" ? String(x) : show(x);
}

const specification = /^(?:(.)?([<>=^]))?([-+ ])?(#)?(0)?(\d+)?([,_])?(?:\.(\d+))?([bcdeEfFgGnosxX%])?$/u;

/** Python's format specification on one value. */
function specText(x: unknown, spec: string, where: string): string {
  const match = specification.exec(spec);
  if (match === null) throw new ArgumentError(`${where}: ":${spec}" is no format of a number.`);
  const [, fill, align, sign, , zero, width, group, digits, type] = match as unknown as (
    string | undefined
  )[];
  const isText = typeof x === "string";
  const value = x instanceof ConcreteArray ? x.item() : x;
  let body: string;
  if (isText || typeof value === "boolean" || (typeof value !== "number" && typeof value !== "bigint")) {
    if (type !== undefined && type !== "s")
      throw new ArgumentError(`${where}: ":${spec}" is a format of numbers; got ${show(x)}.`);
    body = plainText(x);
    if (digits !== undefined) body = body.slice(0, Number(digits));
  } else {
    const whole =
      typeof value === "bigint" ||
      (!(x instanceof ConcreteArray && isFractional(x)) && Number.isInteger(value));
    body = numberText(value, type, digits === undefined ? null : Number(digits), whole, where, spec);
    if (group !== undefined)
      body = body.replace(
        /^(-?)(\d+)/,
        (_, s: string, d: string) => s + d.replace(/\B(?=(\d{3})+$)/g, group),
      );
    if (!body.startsWith("-") && sign !== undefined && sign !== "-") body = sign + body;
  }
  const n = Number(width ?? 0) - body.length;
  if (n <= 0) return body;
  const how =
    align ??
    (zero !== undefined && !isText
      ? "="
      : typeof value === "number" || typeof value === "bigint"
        ? ">"
        : "<");
  const pad = (k: number): string => (fill ?? (zero === undefined ? " " : "0")).repeat(k);
  if (how === "<") return body + pad(n);
  if (how === "^") return pad(n >> 1) + body + pad(n - (n >> 1));
  const head = how === "=" ? (/^[-+ ]/.exec(body)?.[0] ?? "") : "";
  return head + pad(n) + body.slice(head.length);
}

const radixes: Readonly<Record<string, number>> = { b: 2, o: 8, x: 16, X: 16 };

const twoDigits = (text: string): string => text.replace(/e([-+])(\d)$/, "e$10$2");

function numberText(
  x: number | bigint,
  type: string | undefined,
  digits: number | null,
  whole: boolean,
  where: string,
  spec: string,
): string {
  const upper = type !== undefined && type !== type.toLowerCase();
  const cased = (text: string): string => (upper ? text.toUpperCase() : text);
  if (type !== undefined && (type in radixes || type === "d" || type === "c")) {
    if (!whole) throw new ArgumentError(`${where}: ":${spec}" is a format of whole numbers; got ${show(x)}.`);
    if (type === "c") return String.fromCodePoint(Number(x));
    return cased(x.toString(radixes[type] ?? 10));
  }
  const number = Number(x);
  if (!Number.isFinite(number)) return cased(floatText(number));
  switch (type?.toLowerCase()) {
    case "f":
      return fixedText(number, digits ?? 6);
    case "e":
      return cased(twoDigits(number.toExponential(digits ?? 6)));
    case "%":
      return `${fixedText(number * 100, digits ?? 6)}%`;
    case undefined:
      if (digits === null) return whole ? String(x) : floatText(number);
      return generalText(number, digits, type === undefined && !whole);
    default:
      return cased(generalText(number, digits ?? 6, false));
  }
}

/** Without an exponent, however large. */
function fixedText(x: number, digits: number): string {
  if (Math.abs(x) < 1e21) return x.toFixed(digits);
  return BigInt(x).toString() + (digits > 0 ? `.${"0".repeat(digits)}` : "");
}

/** So many significant digits, without zeros at the end. */
function generalText(x: number, digits: number, point: boolean): string {
  const n = Math.max(1, digits);
  const [mantissa, exponent] = x.toExponential(n - 1).split("e");
  const e = Number(exponent);
  const trim = (text: string): string => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);
  if (e < -4 || e >= (point ? n - 1 : n))
    return twoDigits(`${trim(mantissa)}e${e < 0 ? "-" : "+"}${Math.abs(e)}`);
  const text = trim(x.toFixed(Math.max(0, n - 1 - e)));
  return point && !text.includes(".") ? `${text}.0` : text;
}

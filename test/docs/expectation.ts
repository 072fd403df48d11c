/**
 * @file Whether a value is what a comment in a documented example says: `np.sin(0).item(); // 0`.
 *
 * A comment states a value if it begins like one (a number, a list, an object, a string, `Array(…)`); what follows " — " is
 * explanation. Numbers agree to the digits written ("5.50" to two decimals), "…" stands for further digits. Other comments
 * are prose, and are not compared.
 */
import { inspect } from "node:util";
import { Array as NDArray } from "../../src/index.ts";

/** True if the comment states a value. */
export const statesValue = (comment: string): boolean =>
  /^(?:[-+]?(?:\d|\.\d|Infinity)|NaN|\[|\{|"|'|true\b|false\b|null\b|undefined\b|Array\(|Key\()/.test(
    comment,
  );

/** `throws ShapeError: part of the message`. */
export function statesError(comment: string): { readonly name: string; readonly message: string } | null {
  const match = /^throws (\w+Error)\b:?\s*(.*)$/s.exec(comment);
  return match === null ? null : { name: match[1], message: match[2] };
}

const withoutExplanation = (comment: string): string => comment.split(/ — | \(that is/)[0].trim();

const normalised = (text: string): string =>
  text
    .replace(/\s+/g, " ")
    .replace(/([[({,]) | (?=[\])}])/g, "$1")
    .trim();

/** Decimals written after the point, or -1 for "as many as it takes". */
function decimals(text: string): number {
  const match = /\.(\d+)(?:e([-+]?\d+))?/.exec(text);
  const exponent = Number(/e([-+]?\d+)/.exec(text)?.[1] ?? 0);
  return (match?.[1].length ?? 0) - exponent;
}

const numberPattern = /[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?…?/gi;

/** Texts that agree but for the digits of their numbers, of which `expected` may have fewer. */
function sameButDigits(got: string, expected: string): boolean {
  const numbersOf = (text: string): string[] => text.match(numberPattern) ?? [];
  const frame = (text: string): string => text.replace(numberPattern, "#");
  if (frame(got) !== frame(expected)) return false;
  const wanted = numbersOf(expected);
  return numbersOf(got).every((g, i) => {
    const text = wanted[i];
    const [a, b] = [Number(g), Number(text.replace("…", ""))];
    if (Object.is(a, b) || a === b) return true;
    // rounded: half a unit of the last digit; cut off: a whole one
    const unit = 10 ** -decimals(text);
    return (
      (/[.e…]/.test(text) || !Number.isInteger(b)) &&
      Math.abs(a - b) <= unit * (text.endsWith("…") ? 1 : 0.5001)
    );
  });
}

function plain(value: unknown): unknown {
  if (value instanceof NDArray) return value.js();
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as Iterable<number>);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype)
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v)]));
  return value;
}

/** The ways in which a value may be written. */
function texts(value: unknown): string[] {
  const options = {
    depth: Infinity,
    breakLength: Infinity,
    compact: Infinity,
    maxArrayLength: null,
  } as const;
  const out = [inspect(value, options), inspect(plain(value), options)];
  if (typeof value === "string") out.push(value);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) out.push(value.toString());
  return out.map((text) => normalised(text.replace(/'/g, '"')));
}

/** Throws if the value is not what the comment states. */
export function checkValue(value: unknown, comment: string, place: string): void {
  const expected = normalised(withoutExplanation(comment).replace(/'/g, '"'));
  const got = texts(value);
  if (got.some((text) => text === expected || sameButDigits(text, expected))) return;
  throw new Error(`${place}: the comment says ${expected}, the value is ${[...new Set(got)].join(" or ")}`);
}

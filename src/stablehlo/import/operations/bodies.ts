/**
 * @file What a region means, from its text: `add` of its two arguments, the choice of a largest element with its position, the
 * order of a sort. Regions that mean none of these are run as they are.
 */
import type { Attribute } from "../text/attributes.ts";
import { denseIntegers } from "../text/dense.ts";
import type { Block, Op, Value } from "../text/ir.ts";

const wordOf = (a: Attribute | undefined): string =>
  typeof a === "object" && "kind" in a && a.kind === "word" ? a.word : "";

/** The bits of a constant scalar, where it is zero or not a number; of others, all bits. */
function constantText(op: Op): string {
  const value = op.attributes.get("value");
  if (typeof value !== "object" || !("kind" in value) || value.kind !== "dense") return "?";
  const { type, bytes } = value;
  if (bytes.every((b) => b === 0)) return "zero";
  const floats = type.element === "f64" ? new DataView(bytes.slice().buffer).getFloat64(0, true) : null;
  const single = type.element === "f32" ? new DataView(bytes.slice().buffer).getFloat32(0, true) : floats;
  if (single !== null && Number.isNaN(single)) return "nan";
  if (type.element === "f16" && (bytes[1] & 0x7c) === 0x7c && ((bytes[1] & 3) | bytes[0]) !== 0) return "nan";
  if (
    type.element === "bf16" &&
    (bytes[1] & 0x7f) === 0x7f &&
    (bytes[0] & 0x80) !== 0 &&
    (bytes[0] & 0x7f) !== 0
  )
    return "nan";
  if (type.element === "bf16" && (bytes[1] & 0x7f) === 0x7f && bytes[0] === 0xc0) return "nan";
  return `${type.element}:${type.element.startsWith("f") || type.element.startsWith("b") ? bytes.join(".") : denseIntegers(value).join()}`;
}

/** Values as expressions of the arguments: `add(a0,a1)`. Large ones are cut: they mean nothing here. */
function expressions(block: Block): (v: Value) => string {
  const own = new Map<Value, string>(block.args.map((v, i) => [v, `a${i}`]));
  const inside = new Set<Op>(block.ops);
  const text = (v: Value): string => {
    const found = own.get(v);
    if (found !== undefined) return found;
    const op = v.from?.op;
    if (op === undefined || !inside.has(op) || op.regions.length > 0) return "?";
    const made = opText(op);
    own.set(v, made);
    return made;
  };
  const opText = (op: Op): string => {
    const name = op.name.replace(/^stablehlo\./, "");
    if (name === "constant") return constantText(op);
    const direction = wordOf(op.attributes.get("comparison_direction"));
    const total = wordOf(op.attributes.get("compare_type")) === "TOTALORDER" ? "!" : "";
    const made = `${direction === "" ? name : direction + total}(${op.operands.map(text).join(",")})`;
    return made.length > 400 ? "?" : made;
  };
  return text;
}

/** The results of a block as expressions. */
function resultsOf(block: Block): string[] {
  if (block.ops.length > 40) return ["?"];
  const text = expressions(block);
  return block.end.operands.map(text);
}

const commutative: readonly string[] = ["add", "multiply", "minimum", "maximum", "and", "or", "xor"];

/**
 * The operation that a block of two arguments is: its name, if it is one of both; "first" or "second" if it gives one of them;
 * else "".
 */
export function meaningOf(block: Block): string {
  const results = resultsOf(block);
  if (results.length !== 1 || block.args.length !== 2) return "";
  const [result] = results;
  if (result === "a0") return "first";
  if (result === "a1") return "second";
  const found = /^(\w+)\(a([01]),a([01])\)$/.exec(result);
  if (found === null || found[2] === found[3]) return "";
  const [, name, left] = found;
  return commutative.includes(name) || (name === "subtract" && left === "0") ? name : "";
}

/** Which extremum a block of two values and two positions picks, NaN before all and the first of equals; else null. */
export function positionMeaning(block: Block): "max" | "min" | null {
  if (block.args.length !== 4) return null;
  const [value, index] = resultsOf(block);
  const template = (direction: string): readonly [string, string] => {
    const better = `or(${direction}(a0,a2),NE(a0,a0))`;
    const pick = `or(${better},and(EQ(a0,a2),LT(a1,a3)))`;
    return [`select(${better},a0,a2)`, `select(${pick},a1,a3)`];
  };
  for (const [meaning, direction] of [
    ["max", "GT"],
    ["min", "LT"],
  ] as const) {
    const [v, i] = template(direction);
    if (value === v && index === i) return meaning;
  }
  return null;
}

/** A key of a sort: which operand, in which order, and whether ±0 and NaNs are told apart. */
export interface SortKey {
  readonly operand: number;
  readonly descending: boolean;
  readonly total: boolean;
}

/** The argument whose zeros and NaNs an expression makes one: `a2`. */
function canonical(text: string): string | null {
  const found = /^select\(NE\((a\d+),\1\),nan,select\(EQ\(\1,zero\),zero,\1\)\)$/.exec(text);
  return found === null ? null : found[1];
}

function comparison(
  text: string,
  names: readonly string[],
): { key: SortKey; left: string; right: string } | null {
  const found = /^(LT|GT|EQ)(!?)\((.*)\)$/.exec(text);
  if (found === null || !names.includes(found[1])) return null;
  const inside = found[3];
  let depth = 0;
  let comma = -1;
  for (let i = 0; i < inside.length; i++) {
    if (inside[i] === "(") depth++;
    else if (inside[i] === ")") depth--;
    else if (inside[i] === "," && depth === 0) comma = i;
  }
  const [a, b] = [inside.slice(0, comma), inside.slice(comma + 1)];
  const [left, right] = [canonical(a) ?? a, canonical(b) ?? b];
  const arg = /^a(\d+)$/.exec(left);
  if (arg === null || !/^a\d+$/.test(right)) return null;
  const total = found[2] === "!" && canonical(a) === null;
  const operand = Math.floor(Number(arg[1]) / 2);
  return { key: { operand, descending: found[1] === "GT", total }, left, right };
}

/** The keys of a comparison of operands `a0, a1` (the first operand's elements), `a2, a3` …, most significant first. */
export function sortKeys(block: Block): readonly SortKey[] | null {
  const [result] = resultsOf(block);
  const keys: SortKey[] = [];
  let text = result;
  for (;;) {
    const lexical = /^or\((.*)\)$/.exec(text);
    const parts = lexical === null ? [text] : splitTop(lexical[1]);
    const last = comparison(parts[0], ["LT", "GT"]);
    if (last === null || !isOrdered(last)) return null;
    keys.push(last.key);
    if (parts.length === 1) return keys;
    const rest = /^and\((.*)\)$/.exec(parts[1]);
    const [equal, next] = rest === null ? ["", ""] : splitTop(rest[1]);
    const same = comparison(equal ?? "", ["EQ"]);
    if (same?.key.operand !== last.key.operand || same.key.total !== last.key.total || !isOrdered(same))
      return null;
    text = next ?? "";
  }
}

/** Whether the elements compared are those of one operand, the first before the second. */
const isOrdered = ({ left, right }: { left: string; right: string }): boolean => {
  const k = Number(left.slice(1));
  return k % 2 === 0 && Number(right.slice(1)) === k + 1;
};

/** The arguments of a call: `f(a),b` are `f(a)` and `b`. */
function splitTop(text: string): string[] {
  const out: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "(") depth++;
    else if (text[i] === ")") depth--;
    else if (text[i] === "," && depth === 0) {
      out.push(text.slice(start, i));
      start = i + 1;
    }
  }
  out.push(text.slice(start));
  return out;
}

/**
 * @file Idioms: what JAX inlines of functions with derivative rules of their own. The text says what they compute, not what their
 * derivatives are; where these differ from the derivatives of the text (at ties, at kinks, where parts are infinite), JAX's
 * rules are put back.
 */
import type { NDArray } from "../../../core/array.ts";
import { NDArray as AnyArray } from "../../../core/array.ts";
import { customJvp } from "../../../api/custom.ts";
import { isFloat } from "../../../dtypes/dtype.ts";
import * as lax from "../../../control-flow/lax.ts";
import { logaddexp2Share, logaddexpShare } from "../../../lax/elementwise/logaddexp.ts";
import type { Func, Op, Value } from "../text/ir.ts";
import type { Call, Datum } from "./call.ts";

/** A variable, which is one value wherever it stands; a constant, `=0`; or an operation on patterns. */
export type Pattern = string | Tree;
interface Tree extends ReadonlyArray<Pattern> {
  /** The name of the operation; its operands follow. */
  readonly 0: string;
}

const wordOf = (op: Op): string => {
  const a = op.attributes.get("comparison_direction");
  return typeof a === "object" && "kind" in a && a.kind === "word" ? a.word : op.name.replace(/^\w+\./, "");
};

/** What a value is before it was broadcast or converted to its own type. */
function unspread(v: Value): Value {
  let at = v;
  while (at.from !== null && /^stablehlo\.(?:broadcast_in_dim|convert|reshape)$/.test(at.from.op.name))
    [at] = at.from.op.operands;
  return at;
}

/** The constant that two values were made of by spreading. */
function isSameConstant(a: Value, b: Value): boolean {
  const [x, y] = [unspread(a).from?.op, unspread(b).from?.op];
  if (x === undefined || y === undefined || x.name !== "stablehlo.constant") return false;
  return a.type.text === b.type.text && (x === y || bytesOf(x) === bytesOf(y));
}

function bytesOf(op: Op): string {
  const value = op.attributes.get("value");
  return typeof value === "object" && "kind" in value && value.kind === "dense"
    ? value.bytes.join()
    : op.name;
}

/** Whether a value is a constant whose bits are all zero, or any constant. */
function isConstant(v: Value, zero: boolean): boolean {
  const literal = unspread(v).from?.op;
  const value = literal?.attributes.get("value");
  if (
    literal?.name !== "stablehlo.constant" ||
    typeof value !== "object" ||
    !("kind" in value) ||
    value.kind !== "dense"
  )
    return false;
  return !zero || value.bytes.every((b) => b === 0);
}

/** Whether a value is what a pattern says; variables are bound. */
export function matches(pattern: Pattern, v: Value, bound: Map<string, Value>): boolean {
  if (typeof pattern === "string") {
    if (pattern === "=0") return isConstant(v, true);
    if (pattern === "=") return isConstant(v, false);
    const known = bound.get(pattern);
    if (known !== undefined) return known === v || isSameConstant(known, v);
    bound.set(pattern, v);
    return true;
  }
  const name = pattern[0];
  const operands = pattern.slice(1);
  const op = v.from?.op;
  if (op === undefined || wordOf(op) !== name || op.operands.length !== operands.length) return false;
  return operands.every((p, i) => matches(p, op.operands[i], bound));
}

interface Idiom {
  /** The operation that is last. */
  readonly name: string;
  readonly pattern: Pattern;
  /** The variables that the function is of. */
  readonly of: readonly string[];
  /** The derivatives with respect to them, of the result and the variables. */
  readonly slopes: readonly Slope[];
}

const difference: Pattern = ["subtract", "a", "b"];
/** log(bᵃ + bᵇ): `tail` is what is added to the larger one. */
const logAdd = (tail: Pattern): Pattern => [
  "select",
  ["NE", difference, difference],
  ["add", "a", "b"],
  ["add", ["maximum", "a", "b"], tail],
];
const decay: Pattern = ["negate", ["abs", difference]];

const scaled = (x: NDArray, by: number): NDArray => lax.mul(x, lax.fullLike(x, by));

const idioms: readonly Idiom[] = [
  {
    name: "select",
    pattern: logAdd(["log_plus_one", ["exponential", decay]]),
    of: ["a", "b"],
    slopes: [(_, a, b) => logaddexpShare(a, b), (_, a, b) => logaddexpShare(b, a)],
  },
  {
    name: "select",
    pattern: logAdd(["divide", ["log_plus_one", ["exponential", ["multiply", "=", decay]]], "l"]),
    of: ["a", "b"],
    slopes: [(_, a, b) => logaddexp2Share(a, b), (_, a, b) => logaddexp2Share(b, a)],
  },
  {
    // erfcx(x) = exp(x²)·erfc(x), whose derivative is 2x·erfcx(x) − 2/√π.
    name: "select",
    pattern: [
      "select",
      "p",
      "far",
      [
        "multiply",
        ["exponential", ["square", ["select", ["GT", "x", "="], "=", "x"]]],
        ["erfc", ["select", ["GT", "x", "="], "=", "x"]],
      ],
    ],
    of: ["x"],
    slopes: [(ans, x) => lax.sub(lax.mul(scaled(x, 2), ans), lax.fullLike(x, 2 / Math.sqrt(Math.PI)))],
  },
];

type Slope = (ans: NDArray, ...xs: NDArray[]) => NDArray;

/** A value with other derivatives than those of how it was computed: with respect to each x, or none. */
function withSlopes(value: NDArray, xs: readonly NDArray[], slopes: readonly (Slope | null)[]): NDArray {
  const f = customJvp((...args: NDArray[]) => args[0]);
  f.defJvp((primals: readonly NDArray[], tangents: readonly NDArray[]) => {
    const ans = f(...primals);
    const parts = slopes.flatMap((slope, i) =>
      slope === null ? [] : [lax.mul(tangents[i + 1], slope(ans, ...primals.slice(1)))],
    );
    return [ans, parts.reduce((a, b) => lax.add(a, b))];
  });
  return f(value, ...xs);
}

/** The result of an operation; where an idiom ends in it, with that one's derivatives. */
export function asIdiom(c: Call, value: Datum | undefined): Datum {
  if (!(value instanceof AnyArray)) return value ?? null;
  const [result] = c.op.results;
  for (const { name, pattern, of, slopes } of idioms) {
    if (wordOf(c.op) !== name) continue;
    const bound = new Map<string, Value>();
    if (!matches(pattern, result, bound)) continue;
    const xs = of.map((x) => c.valueOf(bound.get(x)!));
    const arrays = xs.filter((x): x is NDArray => x instanceof AnyArray);
    if (arrays.length === xs.length) return withSlopes(value, arrays, slopes);
  }
  return value;
}

const positive = (x: NDArray): NDArray => lax.gt(x, lax.fullLike(x, 0));
const asNumbers = (flags: NDArray, like: NDArray): NDArray => lax.convertElementType(flags, like.dtype);

/** A function of JAX that stands in the text under its name, with derivatives of its own. */
interface Named {
  readonly name: RegExp;
  /** Whether its text is what is expected. */
  isKnown(func: Func): boolean;
  /**
   * The derivative of its first result with respect to its float argument, of its arguments and the other results; `again` is
   * the function itself.
   */
  slope(args: readonly NDArray[], again: (args: readonly NDArray[]) => NDArray): NDArray;
}

const gives =
  (pattern: Pattern) =>
  ({ body }: Func): boolean => {
    const bound = new Map<string, Value>();
    const [result, ...more] = body.end.operands;
    return (
      result !== undefined &&
      more.length === 0 &&
      matches(pattern, result, bound) &&
      bound.get("x") === body.args[0]
    );
  };
const callsWith =
  (callee: RegExp, args: number) =>
  ({ body }: Func): boolean =>
    body.args.length === args &&
    body.end.operands.length === 1 &&
    body.ops.some((op) => {
      const a = op.attributes.get("callee");
      return typeof a === "object" && "kind" in a && a.kind === "symbol" && callee.test(a.name);
    });

const named: readonly Named[] = [
  {
    // x = m·2ᵉ: the text takes the mantissa from bits, which have no derivative.
    name: /^frexp(?:_\d+)?$/,
    isKnown: ({ body }) =>
      body.args.length === 1 &&
      body.end.operands.length === 2 &&
      body.ops.some((op) => op.name === "stablehlo.bitcast_convert"),
    slope: ([x, e]) => lax.exp2(lax.neg(lax.convertElementType(e, x.dtype))),
  },
  {
    name: /^relu(?:_\d+)?$/,
    isKnown: gives(["maximum", "x", "=0"]),
    slope: ([x]) => asNumbers(positive(x), x),
  },
  {
    name: /^relu6(?:_\d+)?$/,
    isKnown: gives(["minimum", ["maximum", "x", "=0"], "="]),
    slope: ([x]) => asNumbers(lax.bitwiseAnd(positive(x), lax.lt(x, lax.fullLike(x, 6))), x),
  },
  { name: /^expi(?:_\d+)?$/, isKnown: callsWith(/^_piecewise/, 1), slope: ([x]) => lax.div(lax.exp(x), x) },
  {
    // d Eₙ(x)/dx = −Eₙ₋₁(x)
    name: /^expn(?:_\d+)?$/,
    isKnown: callsWith(/^_piecewise/, 2),
    slope: ([n, x], again) => lax.neg(again([lax.sub(n, lax.fullLike(n, 1)), x])),
  },
  {
    // x·2ⁿ
    name: /^ldexp(?:_\d+)?$/,
    isKnown: callsWith(/^frexp/, 2),
    slope: ([x, n]) => lax.exp2(lax.convertElementType(n, x.dtype)),
  },
];

/** The results of a function that JAX has a derivative rule of; null of one that it has none of. */
export function knownFunction(
  func: Func,
  args: readonly NDArray[],
  run: (args: readonly NDArray[]) => Datum[],
): Datum[] | null {
  const found = named.find((f) => f.name.test(func.name) && f.isKnown(func));
  const at = args.findIndex((x) => isFloat(x.dtype));
  if (found === undefined || at < 0 || args.filter((x) => isFloat(x.dtype)).length > 1) return null;
  const again = (xs: readonly NDArray[]): NDArray[] => {
    const [value, ...rest] = run(xs).filter((x): x is NDArray => x instanceof AnyArray);
    const slope: Slope = (_, ...ys) => found.slope(ys, (zs) => again(zs)[0]);
    const others = [...xs, ...rest];
    const first = withSlopes(
      value,
      others,
      others.map((_, i) => (i === at ? slope : null)),
    );
    return [first, ...rest];
  };
  return again(args);
}

/**
 * @file Idioms: what JAX inlines of functions with derivative rules of their own. The text says what they compute, not what their
 * derivatives are; where these differ from the derivatives of the text (at ties, at kinks, where parts are infinite), JAX's
 * rules are put back.
 */
import type { NDArray } from "../../../core/array.ts";
import { NDArray as AnyArray } from "../../../core/array.ts";
import { customJvp } from "../../../api/custom.ts";
import * as lax from "../../../control-flow/lax.ts";
import { logaddexp2Share, logaddexpShare } from "../../../lax/elementwise/logaddexp.ts";
import type { Op, Value } from "../text/ir.ts";
import type { Call, Datum } from "./call.ts";

/** A variable, which is one value wherever it stands; a constant, `=0`; or an operation on patterns. */
export type Pattern = string | Tree;
interface Tree extends ReadonlyArray<Pattern> {
  /** The name of the operation; its operands follow. */
  readonly 0: string;
}

/** The name of the function that an operation calls, without a number; "" if it calls none. */
const calleeOf = (op: Op): string => {
  const a = op.attributes.get("callee");
  return typeof a === "object" && "kind" in a && a.kind === "symbol" ? a.name.replace(/_\d+$/, "") : "";
};

/** What patterns call an operation: a comparison by its direction, a call by its function. */
const wordOf = (op: Op): string => {
  if (op.name === "func.call") return calleeOf(op) === "_where" ? "select" : calleeOf(op);
  const a = op.attributes.get("comparison_direction");
  return typeof a === "object" && "kind" in a && a.kind === "word" ? a.word : op.name.replace(/^\w+\./, "");
};

/** What a value is before it was broadcast or converted to its own type. */
export function unspread(v: Value): Value {
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
export function isConstant(v: Value, zero: boolean): boolean {
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

/** xᵃe⁻ˣ/Γ(a). */
const density: Pattern = [
  "exponential",
  ["subtract", ["subtract", ["multiply", "a", ["log", "x"]], "x"], ["lgamma", "a"]],
];
const series: Pattern = ["divide", ["multiply", "series", density], "a"];
const fraction: Pattern = ["multiply", "fraction", density];
/** ∂P(a, x)/∂x: xᵃ⁻¹e⁻ˣ/Γ(a). */
const gammaDensity = (a: NDArray, x: NDArray): NDArray =>
  lax.exp(lax.sub(lax.sub(lax.mul(lax.sub(a, lax.fullLike(a, 1)), lax.log(x)), x), lax.lgamma(a)));

/** Fresnel's integrals: of far arguments ½ and a wave, of one sign for S and the other for C. */
const fresnel = (sign: "subtract" | "add"): Pattern => {
  const r: Pattern = ["abs", "x"];
  const wave: Pattern = ["multiply", ["divide", "=", ["multiply", "=", r]], ["sincospisquaredhalf", r]];
  const far: Pattern = ["select", ["GT", r, "="], [sign, "=", wave], "middle"];
  const all: Pattern = ["select", "i", "=", ["select", ["LT", ["multiply", r, r], "="], "near", far]];
  return ["select", ["LT", "x", "=0"], ["negate", all], all];
};
/** πx²/2 but for whole turns: x = 2k + y has x²/2 = y(x − y/2) + 2k². */
function quarterSquare(x: NDArray): NDArray {
  const two = lax.fullLike(x, 2);
  const r = lax.abs(x);
  const y = lax.rem(r, two);
  return scaled(lax.rem(lax.mul(y, lax.sub(r, scaled(y, 0.5))), two), Math.PI);
}

const scaled = (x: NDArray, by: number): NDArray => lax.mul(x, lax.fullLike(x, by));

const idioms: readonly Idiom[] = [
  {
    name: "select",
    pattern: fresnel("subtract"),
    of: ["x"],
    slopes: [(_, x) => lax.sin(quarterSquare(x))],
  },
  { name: "select", pattern: fresnel("add"), of: ["x"], slopes: [(_, x) => lax.cos(quarterSquare(x))] },
  {
    // The regularised incomplete gamma functions: the text sums until the value, not the derivative, is exact.
    name: "select",
    pattern: [
      "select",
      "undefined",
      "=",
      [
        "select",
        ["EQ", "x", "="],
        "=",
        ["select", ["EQ", "x", "=0"], "=", ["select", "large", ["subtract", "=", fraction], series]],
      ],
    ],
    of: ["a", "x"],
    slopes: [(_, a, x) => lax.igammaGradA(a, x), (_, a, x) => gammaDensity(a, x)],
  },
  {
    name: "select",
    pattern: [
      "select",
      "undefined",
      "=",
      [
        "select",
        ["or", ["EQ", "x", "="], ["EQ", "a", "=0"]],
        "=",
        ["select", "small", ["subtract", "=", series], fraction],
      ],
    ],
    of: ["a", "x"],
    slopes: [(_, a, x) => lax.neg(lax.igammaGradA(a, x)), (_, a, x) => lax.neg(gammaDensity(a, x))],
  },
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

export type Slope = (ans: NDArray, ...xs: NDArray[]) => NDArray;

/** A value with other derivatives than those of how it was computed: with respect to each x, or none. */
export function withSlopes(
  value: NDArray,
  xs: readonly NDArray[],
  slopes: readonly (Slope | null)[],
): NDArray {
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

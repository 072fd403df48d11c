/**
 * @file Functions of JAX that stand in the text under their names, and that have derivatives of their own there: where the
 * derivatives of the text are others, or none, JAX's rules are put back.
 */
import { NDArray } from "../../../core/array.ts";
import * as lax from "../../../control-flow/lax.ts";
import { isFloat } from "../../../dtypes/dtype.ts";
import { gammaRate } from "../../../lax/random-bits/gamma.ts";
import { det } from "../../../numpy/linalg/solve.ts";
import { arraysEqual } from "../../../base/util.ts";
import type { Block, Func, Op, Value } from "../text/ir.ts";
import type { Datum } from "./call.ts";
import { type Pattern, type Slope, matches, unspread, withSlopes } from "./idioms.ts";

/** The module around a function: its other functions, and how they are run. */
export interface Around {
  readonly functions: ReadonlyMap<string, Func>;
  run(func: Func, args: readonly NDArray[]): Datum[];
}

const positive = (x: NDArray): NDArray => lax.gt(x, lax.fullLike(x, 0));
const asNumbers = (flags: NDArray, like: NDArray): NDArray => lax.convertElementType(flags, like.dtype);

/** What a derivative may be made of. */
interface Parts {
  readonly func: Func;
  readonly args: readonly NDArray[];
  readonly outs: readonly NDArray[];
  readonly around: Around;
  /** The function itself, with its derivatives. */
  readonly again: (args: readonly NDArray[]) => NDArray[];
}

/** A function of JAX that stands in the text under its name, with derivatives of its own. */
interface Named {
  readonly name: RegExp;
  /** Whether its text is what is expected. */
  readonly isKnown: (func: Func, around: Around) => boolean;
  /** The derivatives of the first results with respect to the float argument, which is as large as they are. */
  readonly slopes: readonly ((p: Parts) => NDArray)[];
  /** Whether the text has no derivative at all, so that it need not be sought. */
  readonly opaque?: boolean;
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

const calleeOf = (op: Op): string => {
  const a = op.attributes.get("callee");
  return typeof a === "object" && "kind" in a && a.kind === "symbol" ? a.name : "";
};
const callIn = ({ body }: Func, callee: RegExp): string | undefined =>
  body.ops.map(calleeOf).find((name) => callee.test(name));

const callsWith =
  (callee: RegExp, args: number, results = 1) =>
  (func: Func): boolean =>
    func.body.args.length === args &&
    func.body.end.operands.length === results &&
    callIn(func, callee) !== undefined;

/** Whether a function, or one that it calls, calls one of a name. */
function reaches(func: Func, callee: RegExp, { functions }: Around): boolean {
  const seen = new Set<string>();
  const visit = (block: Block): boolean =>
    block.ops.some((op) => {
      const name = calleeOf(op);
      if (name !== "" && callee.test(name)) return true;
      const called = seen.has(name) ? undefined : functions.get(name);
      seen.add(name);
      return (called !== undefined && visit(called.body)) || op.regions.some(visit);
    });
  return visit(func.body);
}

const named: readonly Named[] = [
  {
    // x = m·2ᵉ: the text takes the mantissa from bits, which have no derivative.
    name: /^frexp(?:_\d+)?$/,
    isKnown: ({ body }) =>
      body.args.length === 1 &&
      body.end.operands.length === 2 &&
      body.ops.some((op) => op.name === "stablehlo.bitcast_convert"),
    slopes: [({ args: [x], outs: [, e] }) => lax.exp2(lax.neg(lax.convertElementType(e, x.dtype)))],
  },
  {
    name: /^relu(?:_\d+)?$/,
    isKnown: gives(["maximum", "x", "=0"]),
    slopes: [({ args: [x] }) => asNumbers(positive(x), x)],
  },
  {
    name: /^relu6(?:_\d+)?$/,
    isKnown: gives(["minimum", ["maximum", "x", "=0"], "="]),
    slopes: [({ args: [x] }) => asNumbers(lax.bitwiseAnd(positive(x), lax.lt(x, lax.fullLike(x, 6))), x)],
  },
  {
    name: /^expi(?:_\d+)?$/,
    isKnown: callsWith(/^_piecewise/, 1),
    slopes: [({ args: [x] }) => lax.div(lax.exp(x), x)],
  },
  {
    // d Eₙ(x)/dx = −Eₙ₋₁(x)
    name: /^expn(?:_\d+)?$/,
    isKnown: callsWith(/^_piecewise/, 2),
    slopes: [({ args: [n, x], again }) => lax.neg(again([lax.sub(n, lax.fullLike(n, 1)), x])[0])],
  },
  {
    // x·2ⁿ
    name: /^ldexp(?:_\d+)?$/,
    isKnown: callsWith(/^frexp/, 2),
    slopes: [({ args: [x, n] }) => lax.exp2(lax.convertElementType(n, x.dtype))],
  },
  {
    // A number drawn by rejection; its derivative is that of the quantile at a fixed probability.
    name: /^_gamma(?:_\d+)?$/,
    isKnown: (func, around) =>
      func.body.args.length === 2 && func.results.length === 1 && reaches(func, /^_normal/, around),
    slopes: [
      ({ func, args: [, a], outs: [x], around }) => gammaRate(x, a, reaches(func, /^_exponential/, around)),
    ],
    opaque: true,
  },
];

/** Functions that the library has with JAX's rules, and what they are there. */
const replaced: readonly {
  readonly name: RegExp;
  readonly isKnown: (func: Func) => boolean;
  call(args: readonly NDArray[]): NDArray;
}[] = [
  {
    // sign·exp(log|det|), which has no derivative where the determinant is 0.
    name: /^_?det(?:_\d+)?$/,
    isKnown: callsWith(/^slogdet/, 1),
    call: ([x]) => det(x),
  },
];

/** An argument as the function spreads it to the shape of its result; null if it does not. */
function spreadArgument(func: Func, at: number, args: readonly NDArray[], like: NDArray, around: Around) {
  if (arraysEqual(args[at].shape, like.shape)) return args[at];
  const { body } = func;
  const op = body.ops.find(
    ({ name, results: [v] }) =>
      name === "stablehlo.broadcast_in_dim" &&
      v.type.kind === "tensor" &&
      arraysEqual(v.type.aval?.shape ?? [], like.shape) &&
      unspread(v) === body.args[at],
  );
  if (op === undefined) return null;
  const ops: Op[] = [];
  for (let from: Op | undefined = op; from !== undefined; from = from.operands[0].from?.op) ops.unshift(from);
  const [made] = around.run(
    { ...func, body: { ...body, ops, end: { ...body.end, operands: op.results } } },
    args,
  );
  return made instanceof NDArray && made.dtype === like.dtype ? made : null;
}

/** The results of a function that JAX has a derivative rule of; null of one that it has none of. */
export function knownFunction(func: Func, args: readonly NDArray[], around: Around): Datum[] | null {
  const same = replaced.find((f) => f.name.test(func.name) && f.isKnown(func));
  if (same !== undefined) return [same.call(args)];
  const found = named.find((f) => f.name.test(func.name) && f.isKnown(func, around));
  const at = args.findIndex((x) => isFloat(x.dtype));
  if (found === undefined || at < 0 || args.filter((x) => isFloat(x.dtype)).length > 1) return null;
  const again = (xs: readonly NDArray[]): NDArray[] => {
    const outs = around
      .run(func, found.opaque === true ? xs.map(lax.stopGradient) : xs)
      .filter((x): x is NDArray => x instanceof NDArray);
    const spread = spreadArgument(func, at, xs, outs[0], around);
    if (spread === null) return outs;
    const others = [...xs.map((x, i) => (i === at ? spread : x)), ...outs.map(lax.stopGradient)];
    return outs.map((value, k) => {
      const own = found.slopes[k];
      if (own === undefined) return value;
      const slope: Slope = (_, ...ys) =>
        own({ func, args: ys.slice(0, xs.length), outs: ys.slice(xs.length), around, again });
      return withSlopes(
        value,
        others,
        others.map((_, i) => (i === at ? slope : null)),
      );
    });
  };
  return again(args);
}

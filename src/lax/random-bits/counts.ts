/**
 * @file Poisson and binomial random numbers by JAX's algorithms, one element at a time.
 *
 * JAX draws whole arrays of uniform numbers, one per iteration of a loop that lasts until every element is done; element i
 * sees number i of each. In its rejection loops an element that was accepted takes later acceptances too. So these are two
 * steps here: how many rounds an element needs, and, given the rounds that the array runs, the last number accepted.
 * Source: jax/_src/random/core.py, `_poisson` and `_binomial`.
 */
import type { NDArray } from "../../core/array.ts";
import { type ShapedArray, shaped } from "../../core/aval.ts";
import type { DType } from "../../dtypes/dtype.ts";
import {
  type Primitive,
  definePrimitive,
  notLinear,
  zeroTangent,
  type NoParams,
} from "../../core/primitive.ts";
import { shapeString } from "../../dtypes/shape.ts";
import { bind1 } from "../../core/trace.ts";
import { ShapeError } from "../../base/errors.ts";
import { batchInFront } from "../../interpreters/rules.ts";
import { type Block, scalarFunction } from "../../loops/ir/build.ts";
import * as e from "../../loops/ir/expressions.ts";
import { flatten } from "../../loops/ir/affine.ts";
import type { Call, Expr } from "../../loops/ir/ir.ts";
import { map, pull } from "../../loops/pull.ts";
import { arraysEqual } from "../../base/util.ts";
import { none } from "../families/elementwise.ts";
import { type RunningKey, running, splitRunning, uniformAt } from "./running-keys.ts";
import { keyAt, keysShape } from "./threefry.ts";
import { lgammaPositive } from "../special/gamma.ts";
import { perKey } from "../special/scalar.ts";

/** The scalar function of a primitive: key words, position, operands. */
type Scalar = (dtype: DType) => (...args: readonly Expr[]) => Call;

/** No element needs as many rounds: each is accepted with a probability above 0.7. */
const mostRounds = 1000;

/** A scalar function of key words, position and operands of given dtypes. */
const drawn = (
  name: string,
  dtypes: readonly DType[],
  build: (b: Block, key: RunningKey, position: Expr, values: readonly Expr[]) => Expr,
): ReturnType<Scalar> =>
  scalarFunction(
    name,
    3 + dtypes.length,
    (b, [k1, k2, position, ...values]) => build(b, running(b, [k1, k2]), position, values),
    ["uint32", "uint32", "uint32", ...dtypes],
  );

type Draw = (...args: readonly NDArray[]) => NDArray;

/**
 * A primitive over keys [...lead, 2] and operands [...lead, ...rest] of one float dtype. `rounds`: a further operand
 * int32[...lead] comes before those.
 */
function drawing(name: string, scalar: Scalar, rounds: boolean, result?: DType): Draw {
  const first = rounds ? 2 : 1;
  const check = (avals: readonly ShapedArray[]): ShapedArray => {
    const lead = keysShape(avals[0], name);
    const [x] = avals.slice(first);
    const fits = avals.slice(first).every((a) => a.dtype === x.dtype && arraysEqual(a.shape, x.shape));
    if (!fits || !arraysEqual(x.shape.slice(0, lead.length), lead)) {
      throw new ShapeError(
        `${name}: expected parameters of one shape that begins with ${shapeString(lead)}; got ${avals.slice(first).join(", ")}.`,
      );
    }
    return shaped(x.shape, result ?? x.dtype);
  };
  const self: Primitive<NoParams> = definePrimitive<NoParams>({
    name,
    kind: "opaque",
    abstractEval: (avals) => [check(avals)],
    lower: ({ outAvals }, args) => {
      const lead = args[0].aval.ndim - 1;
      const { shape, dtype } = args[first].aval;
      return map(
        pull(outAvals[0], (at) => {
          const outer = at.slice(0, lead);
          const position = e.cast(flatten(at.slice(lead), shape.slice(lead)), "uint32");
          return scalar(dtype)(
            ...keyAt(args[0], outer),
            position,
            ...(rounds ? [args[1].at(outer)] : []),
            ...args.slice(first).map((x) => x.at(at)),
          );
        }),
      );
    },
    jvp: zeroTangent,
    transpose: notLinear,
    batch: batchInFront(() => self),
  });
  return (...args) => bind1(self, args, none);
}

/** A candidate of a rejection loop, from two uniform numbers. */
interface Candidate {
  readonly value: Expr;
  readonly accepted: Expr;
}

/** Prepares what all rounds share, and returns the function that makes a round's candidate. */
type Setup = (b: Block, params: readonly Expr[], dtype: DType) => (b: Block, u: Expr, v: Expr) => Candidate;

/** The two primitives of a rejection sampler. */
function rejection(
  name: string,
  arity: number,
  setup: Setup,
): { readonly rounds: Draw; readonly draw: Draw } {
  const round = (
    b: Block,
    key: RunningKey,
    position: Expr,
    attempt: ReturnType<Setup>,
    dtype: DType,
  ): Candidate => {
    const [forU, forV] = splitRunning(b, key, 0, [1, 2]);
    return attempt(b, uniformAt(b, forU, position, dtype), uniformAt(b, forV, position, dtype));
  };
  const params = (dtype: DType): DType[] => new Array<DType>(arity).fill(dtype);

  const rounds = perKey((dtype: DType) =>
    drawn(`${name}_rounds`, params(dtype), (b, key, position, values) => {
      const attempt = setup(b, values, dtype);
      const count = b.variable(e.constant(0, "int32"), "rounds");
      const more = b.variable(e.constant(1, "bool"), "more");
      b.while(more, (loop) => {
        loop.set(count, e.add(count, 1));
        const { accepted } = round(loop, key, position, attempt, dtype);
        loop.set(more, e.and(e.not(accepted), e.lt(count, mostRounds)));
      });
      return count;
    }),
  );
  const draw = perKey((dtype: DType) =>
    drawn(`${name}_draw`, ["int32", ...params(dtype)], (b, key, position, [limit, ...values]) => {
      const attempt = setup(b, values, dtype);
      const out = b.variable(e.constant(-1, dtype), "out");
      const count = b.variable(e.constant(0, "int32"), "rounds");
      b.while(e.lt(count, limit), (loop) => {
        loop.set(count, e.add(count, 1));
        const { value, accepted } = round(loop, key, position, attempt, dtype);
        loop.if(accepted, (then) => then.set(out, value));
      });
      return out;
    }),
  );
  return {
    rounds: drawing(`${name}_rounds`, rounds, false, "int32"),
    draw: drawing(name, draw, true),
  };
}

/** Knuth: uniform numbers are multiplied until the product is below e^(−lam); the result is their number, less one. */
const knuth = perKey((dtype: DType) =>
  drawn("random_poisson_knuth", [dtype], (b, key, position, [lam]) => {
    const count = b.variable(e.constant(-1, "int32"), "count");
    const logProduct = b.variable(e.constant(0, dtype), "log_product");
    const bound = b.let(e.neg(lam));
    b.while(e.gt(logProduct, bound), (loop) => {
      const [fresh] = splitRunning(loop, key, 0, [1]);
      loop.set(count, e.add(count, 1));
      loop.set(logProduct, e.add(logProduct, e.log(uniformAt(loop, fresh, position, dtype))));
    });
    return count;
  }),
);

/** Hörmann, "The transformed rejection method for generating Poisson random variables" (1993). */
const poisson = rejection("random_poisson", 1, (b, [lam]) => {
  const logLam = b.let(e.log(lam));
  const width = b.let(e.add(e.mul(e.sqrt(lam), 2.53), 0.931));
  const a = b.let(e.add(e.mul(width, 0.02483), -0.059));
  const inverseAlpha = b.let(e.add(e.div(1.1328, e.sub(width, 3.4)), 1.1239));
  const vr = b.let(e.sub(0.9277, e.div(3.6224, e.sub(width, 2))));
  return (round, u01, v) => {
    const u = round.let(e.sub(u01, 0.5));
    const us = round.let(e.sub(0.5, e.abs(u)));
    const k = round.let(e.floor(e.add(e.add(e.mul(e.add(e.div(e.mul(a, 2), us), width), u), lam), 0.43)));
    const quick = e.and(e.ge(us, 0.07), e.le(v, vr));
    const reject = e.or(e.lt(k, 0), e.and(e.lt(us, 0.013), e.gt(v, us)));
    const s = e.log(e.div(e.mul(v, inverseAlpha), e.add(e.div(a, e.mul(us, us)), width)));
    const logFactorial = e.cast(lgammaPositive(e.cast(e.add(k, 1), "float64")), lam.dtype);
    const t = e.sub(e.add(e.neg(lam), e.mul(k, logLam)), logFactorial);
    return { value: k, accepted: round.let(e.or(quick, e.and(e.not(reject), e.le(s, t)))) };
  };
});

/** Number of geometric waiting times that fit into `count` trials. */
const inversion = perKey((dtype: DType) =>
  drawn("random_binomial_inversion", [dtype, dtype], (b, key, position, [count, prob]) => {
    const logFailure = b.let(e.log1p(e.neg(prob)));
    const successes = b.variable(e.constant(-1, dtype), "successes");
    const trials = b.variable(e.constant(0, dtype), "trials");
    b.while(e.le(trials, count), (loop) => {
      // JAX names the parts of this split the other way round.
      const [fresh] = splitRunning(loop, key, 1, [0]);
      loop.set(successes, e.add(successes, 1));
      const u = uniformAt(loop, fresh, position, dtype);
      loop.set(trials, e.add(trials, e.ceil(e.div(e.log(u), logFailure))));
    });
    return successes;
  }),
);

const stirlingTails = [
  0.0810614667953272, 0.0413406959554092, 0.0276779256849983, 0.02079067210376509, 0.0166446911898211,
  0.0138761288230707, 0.0118967099458917, 0.010411265261972, 0.00925546218271273, 0.00833056343336287,
] as const;

/** log k! less Stirling's formula. */
const stirlingTail = perKey((dtype: DType) =>
  scalarFunction(
    "stirling_approx_tail",
    1,
    (b, [k]) => {
      const out = b.variable(e.constant(stirlingTails[9], dtype), "tail");
      b.if(
        e.le(k, 9),
        (small) => {
          const at = small.let(e.floor(k));
          // Bisection of the table.
          const pick = (block: Block, lo: number, hi: number): void => {
            if (hi - lo === 1) {
              block.set(out, e.constant(stirlingTails[lo], dtype));
              return;
            }
            const middle = (lo + hi) >> 1;
            block.if(
              e.lt(at, middle),
              (then) => pick(then, lo, middle),
              (other) => pick(other, middle, hi),
            );
          };
          pick(small, 0, stirlingTails.length);
        },
        (large) => {
          const next = large.let(e.add(k, 1));
          const square = large.let(e.mul(next, next));
          const inner = e.sub(1 / 360, e.div(1 / 1260, square));
          large.set(out, e.div(e.sub(1 / 12, e.div(inner, square)), next));
        },
      );
      return out;
    },
    [dtype],
  ),
);

/** Hörmann, "The generation of binomial random variates" (1993): algorithm BTRS. */
const binomial = rejection("random_binomial", 2, (b, [count, prob], dtype) => {
  const tail = stirlingTail(dtype);
  const failure = b.let(e.sub(1, prob));
  const stddev = b.let(e.sqrt(e.mul(e.mul(count, prob), failure)));
  const width = b.let(e.add(e.mul(stddev, 2.53), 1.15));
  const a = b.let(e.add(e.add(e.mul(width, 0.0248), -0.0873), e.mul(prob, 0.01)));
  const centre = b.let(e.add(e.mul(count, prob), 0.5));
  const vr = b.let(e.sub(0.92, e.div(4.2, width)));
  const odds = b.let(e.div(prob, failure));
  const alpha = b.let(e.mul(e.add(e.div(5.1, width), 2.83), stddev));
  const m = b.let(e.floor(e.mul(e.add(count, 1), prob)));
  const n1 = b.let(e.add(count, 1));
  const restM = b.let(e.add(e.sub(count, m), 1));
  const constantTerm = b.let(e.mul(e.add(m, 0.5), e.log(e.div(e.add(m, 1), e.mul(odds, restM)))));
  const [tailM, tailRest] = [b.let(tail(m)), b.let(tail(e.sub(count, m)))];
  return (round, u01, v) => {
    const u = round.let(e.sub(u01, 0.5));
    const us = round.let(e.sub(0.5, e.abs(u)));
    const k = round.let(e.floor(e.add(e.mul(e.add(e.div(e.mul(a, 2), us), width), u), centre)));
    const accepted = round.variable(e.and(e.ge(us, 0.07), e.le(v, vr)), "accepted");
    const possible = e.and(e.not(accepted), e.not(e.or(e.lt(k, 0), e.gt(k, count))));
    round.if(possible, (then) => {
      const restK = then.let(e.add(e.sub(count, k), 1));
      const s = e.log(e.div(e.mul(v, alpha), e.add(e.div(a, e.mul(us, us)), width)));
      const terms = e.add(
        e.add(constantTerm, e.mul(n1, e.log(e.div(restM, restK)))),
        e.mul(e.add(k, 0.5), e.log(e.div(e.mul(odds, restK), e.add(k, 1)))),
      );
      const bound = e.sub(e.sub(e.add(e.add(terms, tailM), tailRest), tail(k)), tail(e.sub(count, k)));
      then.set(accepted, e.le(s, bound));
    });
    return { value: k, accepted };
  };
});

type OfTwo = (keys: NDArray, lam: NDArray) => NDArray;
type OfThree = (keys: NDArray, count: NDArray, prob: NDArray) => NDArray;

/** Poisson numbers of small mean: int32. Keys uint32[...lead, 2], means float32[...lead, ...]. */
export const randomPoissonKnuth: OfTwo = drawing("random_poisson_knuth", knuth, false, "int32");
/** Rounds until a Poisson number of large mean is accepted. */
export const randomPoissonRounds: OfTwo = poisson.rounds;
/** The last Poisson number accepted in `rounds` (int32[...lead]) rounds; −1 if none is. */
export const randomPoisson: (keys: NDArray, rounds: NDArray, lam: NDArray) => NDArray = poisson.draw;
/** Binomial numbers of few successes. Keys uint32[...lead, 2], counts and probabilities float[...lead, ...]. */
export const randomBinomialInversion: OfThree = drawing("random_binomial_inversion", inversion, false);
/** Rounds until a binomial number is accepted. */
export const randomBinomialRounds: OfThree = binomial.rounds;
/** The last binomial number accepted in `rounds` (int32[...lead]) rounds; −1 if none is. */
export const randomBinomial: (keys: NDArray, rounds: NDArray, count: NDArray, prob: NDArray) => NDArray =
  binomial.draw;

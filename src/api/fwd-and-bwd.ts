/** @file `fwdAndBwd`: the two passes of reverse mode as functions of their own, compiled once. */
import { refuseMore } from "../base/checks.ts";
import type { NDArray } from "../core/array.ts";
import { evalJaxpr } from "../core/jaxpr/eval.ts";
import type { Jaxpr } from "../core/jaxpr/ir.ts";
import type { ShapedArray } from "../core/aval.ts";
import { type PytreeNode, asNode } from "../core/tree.ts";
import type { Argnums, LikeArgs } from "../core/tree-types.ts";
import { ArgumentError, checkOptions } from "../base/errors.ts";
import { linearizeFlat } from "../interpreters/linearize.ts";
import { instantiate } from "../interpreters/tangents.ts";
import { traceToJaxpr } from "../interpreters/staging.ts";
import { type AnyFunction, type FlatFunction, describeCall } from "./flatten.ts";
import { chooseArgs, parseGradOptions, pullback } from "./grad.ts";
import { jit } from "./compile/jit.ts";
import { matchTangents } from "./primals.ts";

/** What the backward pass is, but for the arrays that it needs. */
class Backward {
  readonly jaxpr: Jaxpr;
  readonly fun: FlatFunction;
  readonly outAvals: readonly ShapedArray[];
  readonly rebuild: (flat: readonly NDArray[]) => unknown;

  constructor(
    jaxpr: Jaxpr,
    fun: FlatFunction,
    outAvals: readonly ShapedArray[],
    rebuild: (flat: readonly NDArray[]) => unknown,
  ) {
    this.jaxpr = jaxpr;
    this.fun = fun;
    this.outAvals = outAvals;
    this.rebuild = rebuild;
  }

  /** Programs are compared by identity: each program of the forward pass has one. */
  equals(other: unknown): boolean {
    return this === other;
  }
}

/** What a forward pass leaves for the backward one: a tree of arrays. Made by the first function of `fwdAndBwd`. */
export class Residuals {
  readonly arrays: readonly NDArray[];
  readonly program: Backward;

  constructor(arrays: readonly NDArray[], program: Backward) {
    this.arrays = arrays;
    this.program = program;
  }

  get [asNode](): PytreeNode<Residuals, Backward> {
    return residualsNode;
  }
}

const residualsNode: PytreeNode<Residuals, Backward> = {
  flatten: (r) => ({ children: [...r.arrays], aux: r.program }),
  unflatten: (program, arrays) => new Residuals(arrays as NDArray[], program),
};

/** Options of `fwdAndBwd`. */
export interface FwdAndBwdOptions {
  /** The function returns `[result, aux]`; `aux` is passed through. */
  readonly hasAux?: boolean | undefined;
  /** True (the default): both functions are compiled. */
  readonly jitted?: boolean | undefined;
}

/** `[fwd, bwd]`. */
export type FwdAndBwd<A extends unknown[]> = [
  fwd: (...args: LikeArgs<A>) => [out: unknown, residuals: Residuals, aux?: unknown],
  bwd: (residuals: Residuals, cotangent: unknown) => unknown,
];

/**
 * The forward and the backward pass of reverse mode as functions: `fwd(...args)` returns `[out, residuals]` (with `hasAux`
 * `[out, residuals, aux]`), and `bwd(residuals, cotangent)` the cotangent of the argument `argnums`, or the list of those of several.
 * Both are compiled once for each signature, where the pullback of `vjp` is made anew at each call.
 *
 * @throws DifferentiationError for arguments that have no derivative
 * @see jax.fwd_and_bwd
 * @example
 * const [fwd, bwd] = fwdAndBwd((x: Array, w: Array) => x.mul(w).sum(), [0, 1]);
 * const [y, residuals] = fwd(np.array([1, 2]), np.array([3, 4]));
 * bwd(residuals, 1); // [[3, 4], [1, 2]]
 */
export function fwdAndBwd<A extends NDArray[], R>(
  fun: (...args: A) => R,
  argnums: Argnums,
  options?: FwdAndBwdOptions,
): FwdAndBwd<A>;
export function fwdAndBwd<A extends unknown[], R>(
  fun: (...args: A) => R,
  argnums: Argnums,
  options?: FwdAndBwdOptions,
): FwdAndBwd<A>;
export function fwdAndBwd(
  f: AnyFunction,
  argnums: Argnums,
  options?: FwdAndBwdOptions,
  ...more: readonly unknown[]
): FwdAndBwd<unknown[]> {
  refuseMore("fwdAndBwd", 3, more);
  checkOptions("fwdAndBwd", options, ["hasAux", "jitted"]);
  const { hasAux = false, jitted = true } = options ?? {};
  const what = describeCall("fwdAndBwd", f);
  const parsed = parseGradOptions("fwdAndBwd", { argnums, hasAux });
  const fwd = (...args: unknown[]): [unknown, Residuals, unknown?] => {
    const { arrays, fun, rebuild } = chooseArgs(f, args, parsed, what);
    const lin = linearizeFlat(fun.call, arrays, what, { numDifferentiated: () => fun.numOuts });
    const outAvals = lin.outs.slice(0, fun.numOuts).map((o) => o.aval.strong);
    const { jaxpr, consts } = traceToJaxpr(
      (cts) => pullback(lin, arrays, cts).map((ct) => instantiate(ct)),
      outAvals,
      what,
    );
    const residuals = new Residuals(consts, new Backward(jaxpr, fun, outAvals, rebuild));
    const out = fun.result(lin.outs);
    return hasAux ? [out, residuals, fun.aux(lin.outs)] : [out, residuals];
  };
  const bwd = (residuals: unknown, cotangent: unknown): unknown => {
    if (!(residuals instanceof Residuals))
      throw new ArgumentError(
        `${what}: the backward function takes the residuals that the forward one returned.`,
      );
    const { jaxpr, fun, outAvals, rebuild } = residuals.program;
    const cts = matchTangents(cotangent, fun.outDef, outAvals, `${what}: cotangent`);
    return rebuild(
      evalJaxpr(
        jaxpr,
        residuals.arrays,
        cts.map((ct) => instantiate(ct)),
      ),
    );
  };
  const made = jitted ? [jit(fwd as AnyFunction), jit(bwd as AnyFunction)] : [fwd, bwd];
  return made as unknown as FwdAndBwd<unknown[]>;
}

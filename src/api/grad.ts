/** @file Reverse mode: `grad`, `valueAndGrad`, `vjp`. */
import { type NDArray, scalarArray } from "../core/array.ts";
import { isComplex, isFloat, isInexact } from "../dtypes/dtype.ts";
import { UndefPrimal } from "../core/primitive.ts";
import { shapeString } from "../dtypes/shape.ts";
import type { Argnums, LikeArgs } from "../core/tree-types.ts";
import { type Tangent, Zero } from "../core/zero.ts";
import { show, refuseMore } from "../base/checks.ts";
import { ArgumentError, DifferentiationError, checkOptions } from "../base/errors.ts";
import { type Linearized, linearizeFlat } from "../interpreters/linearize.ts";
import { instantiate } from "../interpreters/tangents.ts";
import { backwardPass } from "../interpreters/transpose.ts";
import { CallSite } from "../base/source.ts";
import {
  type AnyFunction,
  FlatFunction,
  argumentPaths,
  describeCall,
  flagArguments,
  flattenArgs,
  numberList,
  numbersToArrays,
  rebuildArgs,
} from "./flatten.ts";
import { type AuxOptions, callAtPrimals, matchTangents } from "./primals.ts";
import type { GradResult, ValueAndGradResult, VjpResult } from "./results.ts";

/** Options of `grad` and its relatives. */
export interface GradOptions {
  /** Which arguments to differentiate with respect to: one (0 by default) or a list. */
  readonly argnums?: Argnums | undefined;
  /** The function returns `[result, aux]`; `aux` is passed through. */
  readonly hasAux?: boolean | undefined;
  /** For complex-differentiable functions of complex arguments. */
  readonly holomorphic?: boolean | undefined;
  /** Accept integer arguments; their gradients are zeros. */
  readonly allowInt?: boolean | undefined;
  /** Arguments that reach the function as they are, any values. Numbers among all others arrive as arrays. */
  readonly staticArgnums?: number | readonly number[] | undefined;
}

export interface ParsedOptions {
  readonly argnums: readonly number[];
  readonly staticArgnums: readonly number[];
  readonly single: boolean;
  readonly hasAux: boolean;
  readonly allowInt: boolean;
  readonly holomorphic: boolean;
}

export function parseGradOptions(name: string, options: Argnums | GradOptions | undefined): ParsedOptions {
  const given: GradOptions =
    typeof options === "number" || Array.isArray(options)
      ? { argnums: options as Argnums }
      : ((options ?? {}) as GradOptions);
  checkOptions(name, given, ["argnums", "hasAux", "holomorphic", "allowInt", "staticArgnums"]);
  const argnums = given.argnums ?? 0;
  const list = numberList(argnums);
  if (!list.every(Number.isInteger))
    throw new ArgumentError(`${name}: argnums must be whole numbers; got ${show(argnums)}.`);
  return {
    argnums: list,
    staticArgnums: numberList(given.staticArgnums),
    single: typeof argnums === "number",
    hasAux: given.hasAux === true,
    allowInt: given.allowInt === true,
    holomorphic: given.holomorphic === true,
  };
}

/** The arguments that a function is differentiated with respect to, flattened, and the function of them alone. */
export interface ChosenArgs {
  readonly what: string;
  readonly arrays: readonly NDArray[];
  readonly fun: FlatFunction;
  /** The tree of the chosen argument, or the list of those of several, from flat arrays. */
  readonly rebuild: (flat: readonly NDArray[]) => unknown;
}

/** @throws DifferentiationError for arguments that have no derivative. */
export function chooseArgs(
  f: AnyFunction,
  args: readonly unknown[],
  options: ParsedOptions,
  what: string,
): ChosenArgs {
  const chosen = options.argnums.map((n) => {
    const k = n < 0 ? n + args.length : n;
    if (k < 0 || k >= args.length) {
      throw new ArgumentError(
        `${what}: argnums names argument ${n}, but the call has ${args.length} argument${args.length === 1 ? "" : "s"}.`,
      );
    }
    return k;
  });
  const { arrays, defs } = flattenArgs(args, what, chosen);
  const trees = rebuildArgs(defs);
  const isStatic = flagArguments(options.staticArgnums, args.length, "staticArgnums", what);
  const both = chosen.find((k) => isStatic?.[k]);
  if (both !== undefined)
    throw new ArgumentError(`${what}: argument ${both} is static and cannot be differentiated as well.`);
  const others = args.map((x, k) =>
    chosen.includes(k) || isStatic?.[k] === true ? x : numbersToArrays(x, `${what}: argument ${k}`),
  );
  const place = (leaves: readonly NDArray[]): unknown[] => {
    const all = [...others];
    trees(leaves).forEach((tree, i) => (all[chosen[i]] = tree));
    return all;
  };
  checkDifferentiable(arrays, () => argumentPaths(args, chosen), what, options);
  return {
    what,
    arrays,
    fun: new FlatFunction(f, what, place, options.hasAux),
    rebuild: (leaves) => (options.single ? trees(leaves)[0] : trees(leaves)),
  };
}

function checkDifferentiable(
  arrays: readonly NDArray[],
  paths: () => readonly string[],
  what: string,
  options: ParsedOptions,
): void {
  arrays.forEach((x, i) => {
    if (options.holomorphic && !isComplex(x.dtype)) {
      throw new DifferentiationError(
        `${what}: holomorphic: true needs complex arguments; ${paths()[i]} is ${x.dtype}.`,
      );
    }
    if (isInexact(x.dtype) || options.allowInt) return;
    throw new DifferentiationError(
      `${what}: ${paths()[i]} has dtype ${x.dtype}; derivatives exist with respect to floating-point arrays only. ` +
        `Convert it with x.astype("float64"), or choose other argnums.`,
    );
  });
}

/** @throws DifferentiationError for results of which derivatives of this kind do not exist. */
export function checkOutputDType(out: NDArray, what: string, { holomorphic }: ParsedOptions): void {
  if (holomorphic ? isComplex(out.dtype) : isFloat(out.dtype)) return;
  throw new DifferentiationError(
    holomorphic
      ? `${what}: holomorphic: true needs complex results; got dtype ${out.dtype}.`
      : isComplex(out.dtype)
        ? `${what}: the function must return real numbers; got dtype ${out.dtype}. For derivatives of a holomorphic function ` +
          `pass { holomorphic: true }; for others use vjp, or the real and imaginary parts.`
        : `${what}: the function must return floating-point numbers; got dtype ${out.dtype}.`,
  );
}

function checkScalarOutput(outs: readonly NDArray[], what: string, options: ParsedOptions): void {
  const [out] = outs;
  if (outs.length !== 1 || out.ndim !== 0) {
    const got = outs.length === 1 ? `an array of shape ${shapeString(out.shape)}` : `${outs.length} arrays`;
    throw new DifferentiationError(
      `${what}: the function must return one scalar; got ${got}. Reduce it (sum, mean), or use jacrev or vjp.`,
    );
  }
  checkOutputDType(out, what, options);
}

/** Cotangents of all inputs of a linearised function; zeros are symbolic. */
export function pullback(
  lin: Linearized,
  primals: readonly NDArray[],
  cotangents: readonly Tangent[],
): Tangent[] {
  const args = lin.jaxpr.inAvals.map((aval) => new UndefPrimal(aval));
  const live = cotangents.filter((_, i) => lin.outNonzero[i]);
  const cts = backwardPass(lin.jaxpr, args, live);
  let at = 0;
  return primals.map((p, i) => (lin.inNonzero[i] ? cts[at++]! : new Zero(p.aval)));
}

/** A function of its arguments: its value, its gradient, and what it returned besides (undefined without `hasAux`). */
function valueAndGradOf(
  name: string,
  f: AnyFunction,
  options: ParsedOptions,
): (args: readonly unknown[]) => { value: unknown; aux: unknown; grads: unknown } {
  const what = describeCall(name, f);
  const site = new CallSite();
  return (args) => {
    const { arrays, fun, rebuild } = chooseArgs(f, args, options, what);
    const lin = linearizeFlat(fun.call, arrays, what, {
      numDifferentiated: () => fun.numOuts,
      site,
      transient: true,
    });
    const outs = lin.outs.slice(0, fun.numOuts);
    checkScalarOutput(outs, what, options);
    const seed = scalarArray(1, outs[0].dtype);
    const grads = rebuild(pullback(lin, arrays, [seed]).map(instantiate));
    return { value: fun.result(lin.outs), aux: options.hasAux ? fun.aux(lin.outs) : undefined, grads };
  };
}

/**
 * The gradient of a scalar-valued function with respect to its argument `argnums` (a tree of the argument's structure,
 * or a list of them). With respect to a complex argument z = x + iy it is ∂f/∂x − i ∂f/∂y, the conjugate of the direction
 * of steepest ascent; of a complex function, with `holomorphic`, the complex derivative.
 *
 * Numbers, also in the arguments that are not differentiated, arrive as arrays; those that `staticArgnums` names stay.
 * @throws DifferentiationError if the function does not return one floating-point scalar, or an argument is no float.
 * @see jax.grad
 * @example
 * grad((x) => x.mul(x))(3).item(); // 6
 */
export function grad<A extends NDArray[], const R, const O extends Argnums | GradOptions = 0>(
  f: (...args: A) => R,
  options?: O,
): (...args: LikeArgs<A>) => GradResult<A, R, O>;
export function grad<A extends unknown[], const R, const O extends Argnums | GradOptions = 0>(
  f: (...args: A) => R,
  options?: O,
): (...args: LikeArgs<A>) => GradResult<A, R, O>;
export function grad(
  f: AnyFunction,
  options?: Argnums | GradOptions,
  ...more: readonly unknown[]
): (...args: unknown[]) => unknown {
  refuseMore("grad", 2, more);
  const parsed = parseGradOptions("grad", options);
  const run = valueAndGradOf("grad", f, parsed);
  return (...args) => {
    const { grads, aux } = run(args);
    return parsed.hasAux ? [grads, aux] : grads;
  };
}

/**
 * The value of a scalar-valued function and its gradient, computed together. With `hasAux` the value is `[result, aux]`.
 *
 * @see grad
 * @see jax.value_and_grad
 * @example
 * const [value, slope] = valueAndGrad((x) => np.sin(x))(0); // [0, 1]
 */
export function valueAndGrad<A extends NDArray[], const R, const O extends Argnums | GradOptions = 0>(
  f: (...args: A) => R,
  options?: O,
): (...args: LikeArgs<A>) => ValueAndGradResult<A, R, O>;
export function valueAndGrad<A extends unknown[], const R, const O extends Argnums | GradOptions = 0>(
  f: (...args: A) => R,
  options?: O,
): (...args: LikeArgs<A>) => ValueAndGradResult<A, R, O>;
export function valueAndGrad(
  f: AnyFunction,
  options?: Argnums | GradOptions,
  ...more: readonly unknown[]
): (...args: unknown[]) => unknown {
  refuseMore("valueAndGrad", 2, more);
  const parsed = parseGradOptions("valueAndGrad", options);
  const run = valueAndGradOf("valueAndGrad", f, parsed);
  return (...args) => {
    const { value, grads, aux } = run(args);
    return [parsed.hasAux ? [value, aux] : value, grads];
  };
}

/**
 * The value of a function at `primals`, and its pullback: a function from a cotangent (a tree like the result) to the
 * list of cotangents of the primals. Integer primals get zeros.
 *
 * @returns `[out, pullback]`, or with `hasAux` `[out, pullback, aux]`
 * @see jax.vjp
 * @example
 * const [y, pull] = vjp((x, y) => x.mul(y), [2, 3]);
 * pull(1).map(Number); // [3, 2]
 */
export function vjp<A extends NDArray[], const R, H extends boolean = false>(
  f: (...args: A) => R,
  primals: Readonly<LikeArgs<A>>,
  options?: AuxOptions<H>,
): VjpResult<A, R, H>;
export function vjp<A extends unknown[], const R, H extends boolean = false>(
  f: (...args: A) => R,
  primals: Readonly<LikeArgs<A>>,
  options?: AuxOptions<H>,
): VjpResult<A, R, H>;
export function vjp(
  f: AnyFunction,
  primals: readonly unknown[],
  options?: AuxOptions,
  ...more: readonly unknown[]
): unknown {
  refuseMore("vjp", 3, more);
  const { arrays, rebuild, fun } = callAtPrimals("vjp", f, primals, options);
  const lin = linearizeFlat(fun.call, arrays, fun.what, { numDifferentiated: () => fun.numOuts });
  const outAvals = lin.outs.slice(0, fun.numOuts).map((o) => o.aval);
  const pull = (cotangent: unknown): unknown => {
    const cts = matchTangents(cotangent, fun.outDef, outAvals, "the pullback of vjp: cotangent");
    return rebuild(pullback(lin, arrays, cts).map(instantiate));
  };
  const out = fun.result(lin.outs);
  return fun.hasAux ? [out, pull, fun.aux(lin.outs)] : [out, pull];
}

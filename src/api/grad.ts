/** @file Reverse mode: `grad`, `valueAndGrad`, `vjp`, `linearTranspose`. */
import { type NDArray, scalarArray, isArrayLike } from "../core/array.ts";
import type { ShapedArray } from "../core/aval.ts";
import { isComplex, isFloat, isInexact } from "../dtypes/dtype.ts";
import { UndefPrimal } from "../core/primitive.ts";
import { shapeString } from "../dtypes/shape.ts";
import { type KeyPath, type TreeDef, keystr, treeFlattenWithPath } from "../core/tree.ts";
import { type Tangent, Zero } from "../core/zero.ts";
import { ArgumentError, DTypeError, DifferentiationError, ShapeError, checkOptions } from "../base/errors.ts";
import { type Linearized, linearizeFlat } from "../interpreters/linearize.ts";
import { instantiate } from "../interpreters/tangents.ts";
import { backwardPass } from "../interpreters/transpose.ts";
import { CallSite } from "../base/source.ts";
import { asDType } from "../lax/operands/convert.ts";
import {
  type AnyFunction,
  FlatFunction,
  checkTree,
  describeCall,
  flattenArgs,
  flattenArrays,
  leafArray,
  rebuildArgs,
} from "./flatten.ts";
import type {
  Argnums,
  ArrayTree,
  AtArgnums,
  AuxOf,
  LikeArgs,
  LikeTree,
  MainOf,
  ArgnumsOf,
  HasAux,
} from "../core/tree-types.ts";

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
}

export interface ParsedOptions {
  readonly argnums: readonly number[];
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
  checkOptions(name, given, ["argnums", "hasAux", "holomorphic", "allowInt"]);
  const argnums = given.argnums ?? 0;
  const list = typeof argnums === "number" ? [argnums] : argnums;
  if (!list.every(Number.isInteger))
    throw new ArgumentError(`${name}: argnums must be whole numbers; got ${JSON.stringify(argnums)}.`);
  return {
    argnums: list,
    single: typeof argnums === "number",
    hasAux: given.hasAux === true,
    allowInt: given.allowInt === true,
    holomorphic: given.holomorphic === true,
  };
}

/** The chosen arguments, flattened, and the function of them alone. */
export function chooseArgs(
  f: AnyFunction,
  args: readonly unknown[],
  options: ParsedOptions,
  what: string,
): { arrays: NDArray[]; defs: TreeDef[]; fun: FlatFunction; paths: string[] } {
  const chosen = options.argnums.map((n) => {
    const k = n < 0 ? n + args.length : n;
    if (k < 0 || k >= args.length) {
      throw new ArgumentError(
        `${what}: argnums names argument ${n}, but the call has ${args.length} argument${args.length === 1 ? "" : "s"}.`,
      );
    }
    return k;
  });
  const arrays: NDArray[] = [];
  const defs: TreeDef[] = [];
  const paths: string[] = [];
  for (const k of chosen) {
    const [leaves, def, leafPaths] = flattenArrays(args[k], `${what}: argument ${k}`);
    arrays.push(...leaves);
    defs.push(def);
    paths.push(...leafPaths.map((p) => `argument ${k}${keystr(p)}`));
  }
  const rebuild = rebuildArgs(defs);
  const fun = new FlatFunction(
    f,
    what,
    (flat) => {
      const trees = rebuild(flat);
      const all = [...args];
      chosen.forEach((k, i) => (all[k] = trees[i]));
      return all;
    },
    options.hasAux,
  );
  return { arrays, defs, fun, paths };
}

/** @throws DifferentiationError for arguments that have no derivative. */
export function checkDifferentiable(
  arrays: readonly NDArray[],
  paths: readonly string[],
  what: string,
  options: ParsedOptions,
): void {
  arrays.forEach((x, i) => {
    if (options.holomorphic && !isComplex(x.dtype)) {
      throw new DifferentiationError(
        `${what}: holomorphic: true needs complex arguments; ${paths[i]} is ${x.dtype}.`,
      );
    }
    if (isInexact(x.dtype) || options.allowInt) return;
    throw new DifferentiationError(
      `${what}: ${paths[i]} has dtype ${x.dtype}; derivatives exist with respect to floating-point arrays only. ` +
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
  const cts = backwardPass(
    lin.jaxpr,
    args,
    cotangents.filter((_, i) => lin.outNonzero[i]),
  );
  let at = 0;
  return primals.map((p, i) => (lin.inNonzero[i] ? cts[at++]! : new Zero(p.aval)));
}

function valueAndGradOf(
  f: AnyFunction,
  args: readonly unknown[],
  options: ParsedOptions,
  what: string,
  site: CallSite,
): { value: unknown; aux: unknown; grads: unknown } {
  const { arrays, defs, fun, paths } = chooseArgs(f, args, options, what);
  checkDifferentiable(arrays, paths, what, options);
  const lin = linearizeFlat(fun.call, arrays, what, {
    numDifferentiated: () => fun.numOuts,
    site,
    transient: true,
  });
  const outs = lin.outs.slice(0, fun.numOuts);
  checkScalarOutput(outs, what, options);
  const seed = scalarArray(1, outs[0].dtype);
  const cts = pullback(lin, arrays, [seed]).map(instantiate);
  const trees = rebuildArgs(defs)(cts);
  return {
    value: fun.result(lin.outs),
    aux: options.hasAux ? fun.aux(lin.outs) : undefined,
    grads: options.single ? trees[0] : trees,
  };
}

/**
 * The gradient of a scalar-valued function with respect to its argument `argnums` (a tree of the argument's structure,
 * or a list of them). With respect to a complex argument z = x + iy it is ∂f/∂x − i ∂f/∂y, the conjugate of the direction
 * of steepest ascent; of a complex function, with `holomorphic`, the complex derivative.
 *
 * @throws DifferentiationError if the function does not return one floating-point scalar, or an argument is no float.
 * @see jax.grad
 * @example
 * grad((x) => x.mul(x))(3).item(); // 6
 */
export function grad<A extends NDArray[], R, const O extends Argnums | GradOptions = 0>(
  f: (...args: A) => R,
  options?: O,
): (
  ...args: LikeArgs<A>
) => HasAux<O> extends true ? [AtArgnums<A, ArgnumsOf<O>>, AuxOf<R>] : AtArgnums<A, ArgnumsOf<O>>;
export function grad<A extends unknown[], R, const O extends Argnums | GradOptions = 0>(
  f: (...args: A) => R,
  options?: O,
): (
  ...args: LikeArgs<A>
) => HasAux<O> extends true ? [AtArgnums<A, ArgnumsOf<O>>, AuxOf<R>] : AtArgnums<A, ArgnumsOf<O>>;
export function grad<A extends unknown[], R, const O extends Argnums | GradOptions = 0>(
  f: (...args: A) => R,
  options?: O,
): (
  ...args: LikeArgs<A>
) => HasAux<O> extends true ? [AtArgnums<A, ArgnumsOf<O>>, AuxOf<R>] : AtArgnums<A, ArgnumsOf<O>> {
  const parsed = parseGradOptions("grad", options);
  const what = describeCall("grad", f);
  const site = new CallSite();
  type Result = HasAux<O> extends true ? [AtArgnums<A, ArgnumsOf<O>>, AuxOf<R>] : AtArgnums<A, ArgnumsOf<O>>;
  return (...args) => {
    const { grads, aux } = valueAndGradOf(f, args, parsed, what, site);
    return (parsed.hasAux ? [grads, aux] : grads) as Result;
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
export function valueAndGrad<A extends NDArray[], R, const O extends Argnums | GradOptions = 0>(
  f: (...args: A) => R,
  options?: O,
): (
  ...args: LikeArgs<A>
) => [HasAux<O> extends true ? [MainOf<R, true>, AuxOf<R>] : R, AtArgnums<A, ArgnumsOf<O>>];
export function valueAndGrad<A extends unknown[], R, const O extends Argnums | GradOptions = 0>(
  f: (...args: A) => R,
  options?: O,
): (
  ...args: LikeArgs<A>
) => [HasAux<O> extends true ? [MainOf<R, true>, AuxOf<R>] : R, AtArgnums<A, ArgnumsOf<O>>];
export function valueAndGrad<A extends unknown[], R, const O extends Argnums | GradOptions = 0>(
  f: (...args: A) => R,
  options?: O,
): (
  ...args: LikeArgs<A>
) => [HasAux<O> extends true ? [MainOf<R, true>, AuxOf<R>] : R, AtArgnums<A, ArgnumsOf<O>>] {
  const parsed = parseGradOptions("valueAndGrad", options);
  const what = describeCall("valueAndGrad", f);
  const site = new CallSite();
  type Result = [HasAux<O> extends true ? [MainOf<R, true>, AuxOf<R>] : R, AtArgnums<A, ArgnumsOf<O>>];
  return (...args) => {
    const { value, grads, aux } = valueAndGradOf(f, args, parsed, what, site);
    return [parsed.hasAux ? [value, aux] : value, grads] as Result;
  };
}

/** Brings a user's (co)tangent tree to the arrays that the avals ask for. */
export function matchTangents(
  tree: unknown,
  def: TreeDef,
  avals: readonly ShapedArray[],
  where: string,
): Tangent[] {
  const [given, gotDef, paths] = flattenLeaves(tree, where);
  checkTree(def, gotDef, where);
  return avals.map((aval, i) => {
    const place = `${where}${keystr(paths[i])}`;
    if (!isInexact(aval.dtype)) return new Zero(aval);
    const leaf = given[i]!;
    if (typeof leaf === "number" && aval.ndim === 0) return asDType(leaf, aval.dtype, false, place);
    const t = leafArray(leaf, place, []);
    if (t.shape.length !== aval.ndim || t.shape.some((d, k) => d !== aval.shape[k])) {
      throw new ShapeError(
        `${place}: expected shape ${shapeString(aval.shape)}; got ${shapeString(t.shape)}.`,
      );
    }
    if (t.dtype !== aval.dtype) {
      if (t.weakType) return asDType(t, aval.dtype, false, place);
      throw new DTypeError(`${place}: expected dtype ${aval.dtype}; got ${t.dtype}. Convert it with astype.`);
    }
    return t;
  });
}

function flattenLeaves(tree: unknown, where: string): [unknown[], TreeDef, KeyPath[]] {
  const [leaves, def] = treeFlattenWithPath(tree);
  for (const [path, leaf] of leaves) if (!isArrayLike(leaf)) leafArray(leaf, where, path);
  return [leaves.map(([, leaf]) => leaf), def, leaves.map(([path]) => path)];
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
export function vjp<A extends NDArray[], R, H extends boolean = false>(
  f: (...args: A) => R,
  primals: Readonly<LikeArgs<A>>,
  options?: { readonly hasAux?: H | undefined },
): H extends true
  ? [MainOf<R, H>, (cotangent: LikeTree<MainOf<R, H>>) => ArrayTree<A>, AuxOf<R>]
  : [R, (cotangent: LikeTree<R>) => ArrayTree<A>];
export function vjp<A extends unknown[], R, H extends boolean = false>(
  f: (...args: A) => R,
  primals: Readonly<LikeArgs<A>>,
  options?: { readonly hasAux?: H | undefined },
): H extends true
  ? [MainOf<R, H>, (cotangent: LikeTree<MainOf<R, H>>) => ArrayTree<A>, AuxOf<R>]
  : [R, (cotangent: LikeTree<R>) => ArrayTree<A>];
export function vjp<A extends unknown[], R, H extends boolean = false>(
  f: (...args: A) => R,
  primals: Readonly<LikeArgs<A>>,
  options?: { readonly hasAux?: H | undefined },
): H extends true
  ? [MainOf<R, H>, (cotangent: LikeTree<MainOf<R, H>>) => ArrayTree<A>, AuxOf<R>]
  : [R, (cotangent: LikeTree<R>) => ArrayTree<A>] {
  checkOptions("vjp", options, ["hasAux"]);
  const hasAux = options?.hasAux === true;
  const what = describeCall("vjp", f);
  checkList(primals, "vjp", "primals");
  const { arrays, defs } = flattenArgs(primals, what);
  const rebuild = rebuildArgs(defs);
  const fun = new FlatFunction(f, what, rebuild, hasAux);
  const lin = linearizeFlat(fun.call, arrays, what, { numDifferentiated: () => fun.numOuts });
  const outAvals = lin.outs.slice(0, fun.numOuts).map((o) => o.aval);
  const pull = (cotangent: unknown): unknown => {
    const cts = matchTangents(cotangent, fun.outDef, outAvals, "the pullback of vjp: cotangent");
    return rebuild(pullback(lin, arrays, cts).map(instantiate));
  };
  const out = fun.result(lin.outs);
  type Result = H extends true
    ? [MainOf<R, H>, (cotangent: LikeTree<MainOf<R, H>>) => ArrayTree<A>, AuxOf<R>]
    : [R, (cotangent: LikeTree<R>) => ArrayTree<A>];
  return (hasAux ? [out, pull, fun.aux(lin.outs)] : [out, pull]) as Result;
}

/** Primals and tangents travel as one list each. */
export function checkList(x: unknown, name: string, argument: string): void {
  if (Array.isArray(x)) return;
  throw new ArgumentError(
    `${name}: ${argument} must be the list of the function's arguments, as in ${name}(f, [x, y]); got ${isArrayLike(x) ? "an array" : typeof x}.`,
  );
}

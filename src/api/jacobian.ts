/** @file Whole Jacobians and Hessians: basis vectors pushed forward or pulled back, all at once under `vmap`. */
import type { NDArray } from "../core/array.ts";
import type { ShapedArray } from "../core/aval.ts";
import { isComplex, isInexact } from "../dtypes/dtype.ts";
import { treeUnflatten } from "../core/tree.ts";
import { type Tangent, Zero } from "../core/zero.ts";
import { DifferentiationError } from "../base/errors.ts";
import { materialise, vmapFlat } from "../interpreters/batching.ts";
import { jvpFlat } from "../interpreters/jvp.ts";
import { linearizeFlat } from "../interpreters/linearize.ts";
import { instantiate } from "../interpreters/tangents.ts";
import { eq } from "../lax/elementwise/compare.ts";
import { convertElementType } from "../lax/elementwise/convert.ts";
import { broadcastedIota } from "../lax/shapes/creation.ts";
import { moveAxis, reshape } from "../lax/shapes/movement.ts";
import type { AnyFunction } from "./flatten.ts";
import { describeCall } from "./flatten.ts";
import {
  type GradOptions,
  type ParsedOptions,
  checkDifferentiable,
  checkOutputDType,
  chooseArgs,
  parseGradOptions,
  pullback,
} from "./grad.ts";
import type {
  Argnums,
  AtArgnums,
  AuxOf,
  JacobianTree,
  LikeArgs,
  MainOf,
  ArgnumsOf,
  HasAux,
} from "../core/tree-types.ts";

/** All unit vectors of an aval, along a new first axis. */
function basis(aval: ShapedArray): NDArray {
  const n = aval.size;
  const unit = eq(broadcastedIota("int32", [n, n], 0), broadcastedIota("int32", [n, n], 1));
  return reshape(convertElementType(unit, aval.dtype), [n, ...aval.shape]);
}

type JacobianResult<A extends unknown[], R, N extends Argnums, H extends boolean> = H extends true
  ? [JacobianTree<MainOf<R, H>, AtArgnums<A, N>>, AuxOf<R>]
  : JacobianTree<R, AtArgnums<A, N>>;

type HessianResult<A extends unknown[], R, N extends Argnums, H extends boolean> = H extends true
  ? [JacobianTree<MainOf<R, H>, JacobianTree<AtArgnums<A, N>, AtArgnums<A, N>>>, AuxOf<R>]
  : JacobianTree<R, JacobianTree<AtArgnums<A, N>, AtArgnums<A, N>>>;

/** `blocks[out][in]` as a tree of trees. */
function assemble(
  blocks: NDArray[][],
  prepared: ReturnType<typeof chooseArgs>,
  options: ParsedOptions,
): unknown {
  const { defs, fun } = prepared;
  const rows = blocks.map((row) => {
    let at = 0;
    const trees = defs.map((def) => {
      const leaves = row.slice(at, at + def.numLeaves);
      at += def.numLeaves;
      return treeUnflatten(def, leaves);
    });
    return options.single ? trees[0] : trees;
  });
  return treeUnflatten(fun.outDef, rows);
}

/** Forward mode goes along real directions: there the derivative of a complex function exists anyway. */
function checkForward(
  arrays: readonly NDArray[],
  outs: readonly NDArray[],
  what: string,
  options: ParsedOptions,
): void {
  if (options.holomorphic) outs.forEach((o) => checkOutputDType(o, what, options));
  else if (arrays.some((x) => isComplex(x.dtype)))
    throw new DifferentiationError(
      `${what}: complex arguments need { holomorphic: true }; for functions that are not holomorphic use jacrev, or jvp.`,
    );
  for (const o of outs) if (!isInexact(o.dtype)) checkOutputDType(o, what, options);
}

/**
 * The Jacobian by forward mode, one evaluation along each input element (all in one batch): for functions of few inputs.
 * For each output leaf a tree like the argument, of arrays of shape `[...output, ...input]`.
 *
 * @see jax.jacfwd
 * @example
 * jacfwd((x) => np.sin(x))(np.array([0, 0])); // [[1, 0], [0, 1]]
 */
export function jacfwd<A extends NDArray[], R, const O extends Argnums | GradOptions = 0>(
  f: (...args: A) => R,
  options?: O,
): (...args: LikeArgs<A>) => JacobianResult<A, R, ArgnumsOf<O>, HasAux<O>>;
export function jacfwd<A extends unknown[], R, const O extends Argnums | GradOptions = 0>(
  f: (...args: A) => R,
  options?: O,
): (...args: LikeArgs<A>) => JacobianResult<A, R, ArgnumsOf<O>, HasAux<O>>;
export function jacfwd<A extends unknown[], R, const O extends Argnums | GradOptions = 0>(
  f: (...args: A) => R,
  options?: O,
): (...args: LikeArgs<A>) => JacobianResult<A, R, ArgnumsOf<O>, HasAux<O>> {
  const parsed = parseGradOptions("jacfwd", options);
  return (...args) => {
    const what = describeCall("jacfwd", f);
    const prepared = chooseArgs(f, args, parsed, what);
    const { arrays, fun, paths } = prepared;
    checkDifferentiable(arrays, paths, what, parsed);
    let primalOuts: NDArray[] = [];
    const columns = arrays.map((x, k) => {
      const axis = { size: x.size, name: null };
      const push = (lanes: readonly NDArray[]): NDArray[] => {
        const tangents = arrays.map((a, i): Tangent => (i === k ? lanes[0] : new Zero(a.aval)));
        const [outs, outTangents] = jvpFlat(fun.call, arrays, tangents, what);
        primalOuts = outs;
        checkForward(arrays, outs.slice(0, fun.numOuts), what, parsed);
        return [...outs, ...outTangents.slice(0, fun.numOuts).map(instantiate)];
      };
      const [outs, dims] = vmapFlat(push, axis, [basis(x.aval.strong)], [0], what);
      const total = outs.length - fun.numOuts;
      primalOuts = outs.slice(0, total);
      return outs.slice(total).map((t, j) => {
        const lanes = materialise(axis, t, dims[total + j]);
        return reshape(moveAxis(lanes, 0, lanes.ndim - 1), [...lanes.shape.slice(1), ...x.shape]);
      });
    });
    if (columns.length === 0) primalOuts = fun.call(arrays);
    const blocks = Array.from({ length: fun.numOuts }, (_, j) => columns.map((c) => c[j]));
    const jacobian = assemble(blocks, prepared, parsed);
    return (parsed.hasAux ? [jacobian, fun.aux(primalOuts)] : jacobian) as JacobianResult<
      A,
      R,
      ArgnumsOf<O>,
      HasAux<O>
    >;
  };
}

/**
 * The Jacobian by reverse mode, one pullback for each output element (all in one batch): for functions of few outputs.
 * The result is that of `jacfwd`.
 *
 * @see jax.jacrev
 * @example
 * jacrev((x) => x.mul(x))(np.array([1, 2])); // [[2, 0], [0, 4]]
 */
export function jacrev<A extends NDArray[], R, const O extends Argnums | GradOptions = 0>(
  f: (...args: A) => R,
  options?: O,
): (...args: LikeArgs<A>) => JacobianResult<A, R, ArgnumsOf<O>, HasAux<O>>;
export function jacrev<A extends unknown[], R, const O extends Argnums | GradOptions = 0>(
  f: (...args: A) => R,
  options?: O,
): (...args: LikeArgs<A>) => JacobianResult<A, R, ArgnumsOf<O>, HasAux<O>>;
export function jacrev<A extends unknown[], R, const O extends Argnums | GradOptions = 0>(
  f: (...args: A) => R,
  options?: O,
): (...args: LikeArgs<A>) => JacobianResult<A, R, ArgnumsOf<O>, HasAux<O>> {
  const parsed = parseGradOptions("jacrev", options);
  return (...args) => {
    const what = describeCall("jacrev", f);
    const prepared = chooseArgs(f, args, parsed, what);
    const { arrays, fun, paths } = prepared;
    checkDifferentiable(arrays, paths, what, parsed);
    const lin = linearizeFlat(fun.call, arrays, what, { numDifferentiated: () => fun.numOuts });
    const outs = lin.outs.slice(0, fun.numOuts);
    outs.forEach((o) => checkOutputDType(o, what, parsed));
    const blocks = outs.map((out, j) => {
      const axis = { size: out.size, name: null };
      const pull = (lanes: readonly NDArray[]): NDArray[] => {
        const cts = outs.map((o, i): Tangent => (i === j ? lanes[0] : new Zero(o.aval)));
        return pullback(lin, arrays, cts).map(instantiate);
      };
      const [cts, dims] = vmapFlat(pull, axis, [basis(out.aval.strong)], [0], what);
      return cts.map((ct, i) => reshape(materialise(axis, ct, dims[i]), [...out.shape, ...arrays[i].shape]));
    });
    const jacobian = assemble(blocks, prepared, parsed);
    return (parsed.hasAux ? [jacobian, fun.aux(lin.outs)] : jacobian) as JacobianResult<
      A,
      R,
      ArgnumsOf<O>,
      HasAux<O>
    >;
  };
}

/**
 * The Hessian, forward over reverse: for a scalar-valued function of an array of shape s, an array of shape `[...s, ...s]`;
 * for trees, a tree of trees.
 *
 * @see jax.hessian
 * @example
 * hessian((x) => x.mul(x).sum())(np.array([1, 2])); // [[2, 0], [0, 2]]
 */
export function hessian<A extends NDArray[], R, const O extends Argnums | GradOptions = 0>(
  f: (...args: A) => R,
  options?: O,
): (...args: LikeArgs<A>) => HessianResult<A, R, ArgnumsOf<O>, HasAux<O>>;
export function hessian<A extends unknown[], R, const O extends Argnums | GradOptions = 0>(
  f: (...args: A) => R,
  options?: O,
): (...args: LikeArgs<A>) => HessianResult<A, R, ArgnumsOf<O>, HasAux<O>>;
export function hessian<A extends unknown[], R, const O extends Argnums | GradOptions = 0>(
  f: (...args: A) => R,
  options?: O,
): (...args: LikeArgs<A>) => HessianResult<A, R, ArgnumsOf<O>, HasAux<O>> {
  const inner = jacrev(f, options);
  return jacfwd(inner as AnyFunction, options!) as never;
}

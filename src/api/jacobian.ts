/** @file Whole Jacobians and Hessians: basis vectors pushed forward or pulled back, all at once under `vmap`. */
import { refuseMore } from "../base/checks.ts";
import type { NDArray } from "../core/array.ts";
import type { ShapedArray } from "../core/aval.ts";
import { isComplex, isInexact } from "../dtypes/dtype.ts";
import { treeUnflatten } from "../core/tree.ts";
import type { Argnums, ArgnumsOf, HasAux, LikeArgs } from "../core/tree-types.ts";
import { type Tangent, Zero } from "../core/zero.ts";
import { DifferentiationError } from "../base/errors.ts";
import { range } from "../base/util.ts";
import { materialise, vmapFlat } from "../interpreters/batching.ts";
import { jvpFlat } from "../interpreters/jvp.ts";
import { linearizeFlat } from "../interpreters/linearize.ts";
import { instantiate } from "../interpreters/tangents.ts";
import { eq } from "../lax/elementwise/compare.ts";
import { convertElementType } from "../lax/elementwise/convert.ts";
import { broadcastedIota } from "../lax/shapes/creation.ts";
import { moveAxis, reshape } from "../lax/shapes/movement.ts";
import { type AnyFunction, describeCall } from "./flatten.ts";
import {
  type ChosenArgs,
  type GradOptions,
  type ParsedOptions,
  checkOutputDType,
  chooseArgs,
  parseGradOptions,
  pullback,
} from "./grad.ts";
import type { HessianResult, JacobianResult } from "./results.ts";

/** All unit vectors of an aval, along a new first axis. */
function basis(aval: ShapedArray): NDArray {
  const n = aval.size;
  const unit = eq(broadcastedIota("int32", [n, n], 0), broadcastedIota("int32", [n, n], 1));
  return reshape(convertElementType(unit, aval.dtype), [n, ...aval.shape]);
}

/** `blocks[out][in]`, and all that the function returned. */
type Blocks = [blocks: NDArray[][], outs: readonly NDArray[]];

/** The Jacobian in the mode that computes the blocks, as a tree of trees. */
function jacobianBy(
  name: string,
  blocksOf: (call: ChosenArgs, options: ParsedOptions) => Blocks,
  f: AnyFunction,
  options: Argnums | GradOptions | undefined,
): (...args: unknown[]) => unknown {
  const parsed = parseGradOptions(name, options);
  return (...args) => {
    const call = chooseArgs(f, args, parsed, describeCall(name, f));
    const [blocks, outs] = blocksOf(call, parsed);
    const jacobian = treeUnflatten(call.fun.outDef, blocks.map(call.rebuild));
    return parsed.hasAux ? [jacobian, call.fun.aux(outs)] : jacobian;
  };
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

/** One evaluation of the derivative for each input, along all its unit vectors. */
function forwardBlocks({ what, arrays, fun }: ChosenArgs, options: ParsedOptions): Blocks {
  let primalOuts: NDArray[] = [];
  const columns = arrays.map((x, k) => {
    const axis = { size: x.size, name: null };
    const push = (lanes: readonly NDArray[]): NDArray[] => {
      const tangents = arrays.map((a, i): Tangent => (i === k ? lanes[0] : new Zero(a.aval)));
      const [outs, outTangents] = jvpFlat(fun.call, arrays, tangents, what);
      checkForward(arrays, outs.slice(0, fun.numOuts), what, options);
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
  return [range(fun.numOuts).map((j) => columns.map((c) => c[j])), primalOuts];
}

/** One pullback for each output, of all its unit vectors. */
function reverseBlocks({ what, arrays, fun }: ChosenArgs, options: ParsedOptions): Blocks {
  const lin = linearizeFlat(fun.call, arrays, what, { numDifferentiated: () => fun.numOuts });
  const outs = lin.outs.slice(0, fun.numOuts);
  outs.forEach((o) => checkOutputDType(o, what, options));
  const blocks = outs.map((out, j) => {
    const axis = { size: out.size, name: null };
    const pull = (lanes: readonly NDArray[]): NDArray[] => {
      const cts = outs.map((o, i): Tangent => (i === j ? lanes[0] : new Zero(o.aval)));
      return pullback(lin, arrays, cts).map(instantiate);
    };
    const [cts, dims] = vmapFlat(pull, axis, [basis(out.aval.strong)], [0], what);
    return cts.map((ct, i) => reshape(materialise(axis, ct, dims[i]), [...out.shape, ...arrays[i].shape]));
  });
  return [blocks, lin.outs];
}

/**
 * The Jacobian by forward mode, one evaluation along each input element (all in one batch): for functions of few inputs.
 * For each output leaf a tree like the argument, of arrays of shape `[...output, ...input]`.
 *
 * @see jax.jacfwd
 * @example
 * jacfwd((x) => np.sin(x))(np.array([0, 0])); // [[1, 0], [0, 1]]
 */
export function jacfwd<A extends NDArray[], const R, const O extends Argnums | GradOptions = 0>(
  f: (...args: A) => R,
  options?: O,
): (...args: LikeArgs<A>) => JacobianResult<A, R, ArgnumsOf<O>, HasAux<O>>;
export function jacfwd<A extends unknown[], const R, const O extends Argnums | GradOptions = 0>(
  f: (...args: A) => R,
  options?: O,
): (...args: LikeArgs<A>) => JacobianResult<A, R, ArgnumsOf<O>, HasAux<O>>;
export function jacfwd(
  f: AnyFunction,
  options?: Argnums | GradOptions,
  ...more: readonly unknown[]
): (...args: unknown[]) => unknown {
  refuseMore("jacfwd", 2, more);
  return jacobianBy("jacfwd", forwardBlocks, f, options);
}

/**
 * The Jacobian by reverse mode, one pullback for each output element (all in one batch): for functions of few outputs.
 * The result is that of `jacfwd`.
 *
 * @see jax.jacrev
 * @example
 * jacrev((x) => x.mul(x))(np.array([1, 2])); // [[2, 0], [0, 4]]
 */
export function jacrev<A extends NDArray[], const R, const O extends Argnums | GradOptions = 0>(
  f: (...args: A) => R,
  options?: O,
): (...args: LikeArgs<A>) => JacobianResult<A, R, ArgnumsOf<O>, HasAux<O>>;
export function jacrev<A extends unknown[], const R, const O extends Argnums | GradOptions = 0>(
  f: (...args: A) => R,
  options?: O,
): (...args: LikeArgs<A>) => JacobianResult<A, R, ArgnumsOf<O>, HasAux<O>>;
export function jacrev(
  f: AnyFunction,
  options?: Argnums | GradOptions,
  ...more: readonly unknown[]
): (...args: unknown[]) => unknown {
  refuseMore("jacrev", 2, more);
  return jacobianBy("jacrev", reverseBlocks, f, options);
}

/**
 * The Hessian, forward over reverse: for a scalar-valued function of an array of shape s, an array of shape `[...s, ...s]`;
 * for trees, a tree of trees.
 *
 * @see jax.hessian
 * @example
 * hessian((x) => x.mul(x).sum())(np.array([1, 2])); // [[2, 0], [0, 2]]
 */
export function hessian<A extends NDArray[], const R, const O extends Argnums | GradOptions = 0>(
  f: (...args: A) => R,
  options?: O,
): (...args: LikeArgs<A>) => HessianResult<A, R, ArgnumsOf<O>, HasAux<O>>;
export function hessian<A extends unknown[], const R, const O extends Argnums | GradOptions = 0>(
  f: (...args: A) => R,
  options?: O,
): (...args: LikeArgs<A>) => HessianResult<A, R, ArgnumsOf<O>, HasAux<O>>;
export function hessian(
  f: AnyFunction,
  options?: Argnums | GradOptions,
  ...more: readonly unknown[]
): (...args: unknown[]) => unknown {
  refuseMore("hessian", 2, more);
  return jacobianBy("jacfwd", forwardBlocks, jacrev(f, options), options);
}

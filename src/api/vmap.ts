/** @file `vmap`: a function of one example made a function of many. */
import type { NDArray } from "../core/array.ts";
import type { BatchDim } from "../core/primitive.ts";
import { canonicalAxis, shapeString } from "../dtypes/shape.ts";
import { type TreeDef, broadcastPrefix, keystr, treeFlattenWithPath, treeUnflatten } from "../core/tree.ts";
import { ArgumentError, ShapeError, checkOptions } from "../base/errors.ts";
import { CallSite } from "../base/source.ts";
import { checkFunction, checkWhole, show, refuseMore } from "../base/checks.ts";
import { mergeLists, partitionList } from "../base/util.ts";
import { materialise, vmapFlat } from "../interpreters/batching.ts";
import {
  type AnyFunction,
  FlatFunction,
  describeCall,
  flagArguments,
  leafArray,
  numberList,
  numbersToArrays,
} from "./flatten.ts";
import { Ref } from "./refs.ts";
import type { ArrayTree, LikeArgs } from "../core/tree-types.ts";

/** An axis for a whole tree, or a tree of axes; null for what is shared by all lanes. */
export type Axes = number | null | readonly Axes[] | { readonly [key: string]: Axes };

/** Options of `vmap`. */
export interface VmapOptions {
  /** Where the results get their batch axis: an axis for all, or a tree of axes; null for results equal in all lanes. */
  readonly outAxes?: Axes | undefined;
  /** The number of lanes, where no argument tells it. */
  readonly axisSize?: number | undefined;
  /** A name for the axis, for `lax.psum` and other collectives. */
  readonly axisName?: string | undefined;
  /** Arguments that reach the function as they are, any values. Numbers among all others arrive as arrays. */
  readonly staticArgnums?: number | readonly number[] | undefined;
}

/** A leaf of the arguments: an array with its batch axis, or a value that all lanes share. */
interface Leaf {
  readonly path: string;
  readonly value: unknown;
  readonly dim: BatchDim;
  /** The reference that holds the array. */
  readonly ref?: Ref | undefined;
}

interface Mapped extends Leaf {
  readonly value: NDArray;
  readonly dim: number;
}

const isMapped = (leaf: Leaf): leaf is Mapped => leaf.dim !== null;

function leavesOf(args: readonly unknown[], inAxes: Axes, what: string): [Leaf[], TreeDef] {
  if (Array.isArray(inAxes) && inAxes.length !== args.length) {
    throw new ArgumentError(`${what}: inAxes lists ${inAxes.length} axes for ${args.length} arguments.`);
  }
  const axes = broadcastPrefix(inAxes, args, `${what}: inAxes`);
  const [leaves, def] = treeFlattenWithPath(args);
  const found = leaves.map(([keys, leaf], i): Leaf => {
    const axis = axes[i];
    const path = `argument ${keystr(keys).slice(1).replace("]", "")}`;
    if (axis === null || axis === undefined)
      return { path, value: numbersToArrays(leaf, `${what}: ${path}`), dim: null };
    if (typeof axis !== "number")
      throw new ArgumentError(`${what}: inAxes for ${path} must be a number or null; got ${typeof axis}.`);
    const ref = leaf instanceof Ref ? leaf : undefined;
    const value = ref?.get() ?? leafArray(leaf, `${what}: ${path}`, []);
    if (value.ndim === 0) {
      throw new ShapeError(
        `${what}: ${path} is a scalar and has no axis ${axis} to map over; give it the axis null in inAxes.`,
      );
    }
    return { path, value, dim: canonicalAxis(axis, value.ndim, `${what}: ${path}`), ref };
  });
  return [found, def];
}

/** The number of lanes. */
function sizeOf(mapped: readonly Mapped[], axisSize: number | undefined, what: string): number {
  const size = axisSize ?? mapped[0]?.value.shape[mapped[0].dim];
  if (size === undefined)
    throw new ArgumentError(`${what}: no argument is mapped; map at least one, or give axisSize.`);
  if (mapped.every((l) => l.value.shape[l.dim] === size)) return size;
  const list = mapped.map(
    ({ path, value, dim }) =>
      `${path} has size ${value.shape[dim]} along axis ${dim} of shape ${shapeString(value.shape)}`,
  );
  const given = axisSize === undefined ? "" : ` (axisSize ${axisSize})`;
  throw new ShapeError(`${what}: mapped axes must have one size${given}: ${list.join("; ")}.`);
}

/**
 * Vectorises a function: it sees one example, the result takes and returns many, along the axes given.
 *
 * Numbers, also in arguments that all lanes share, arrive as arrays; those that the option `staticArgnums` names stay.
 * @param inAxes for each argument the axis to map over (0 by default), null to share it, or a tree of those
 * @see jax.vmap
 * @example
 * vmap((x, y) => np.dot(x, y), [0, null])(np.ones([3, 2]), np.ones([2])); // Array([2., 2., 2.])
 */
export function vmap<A extends NDArray[], const R>(
  f: (...args: A) => R,
  inAxes?: Axes,
  options?: VmapOptions,
): (...args: LikeArgs<A>) => ArrayTree<R>;
export function vmap<A extends unknown[], const R>(
  f: (...args: A) => R,
  inAxes?: Axes,
  options?: VmapOptions,
): (...args: LikeArgs<A>) => ArrayTree<R>;
export function vmap(
  f: AnyFunction,
  inAxes: Axes = 0,
  options?: VmapOptions,
  ...more: readonly unknown[]
): (...args: unknown[]) => unknown {
  refuseMore("vmap", 3, more);
  checkFunction("vmap", "the first argument", f);
  checkOptions("vmap", options, ["outAxes", "axisSize", "axisName", "staticArgnums"]);
  const { axisSize, axisName } = options ?? {};
  if (axisSize !== undefined) checkWhole("vmap", "axisSize", axisSize);
  if (axisName !== undefined && typeof axisName !== "string")
    throw new ArgumentError(`vmap: axisName must be a string; got ${show(axisName)}.`);
  const statics = numberList(options?.staticArgnums);
  const outAxes = options?.outAxes === undefined ? 0 : options.outAxes;
  const what = describeCall("vmap", f);
  const site = new CallSite();
  return (...args) => {
    const isStatic = flagArguments(statics, args.length, "staticArgnums", what);
    const [dynamic, fixed] = isStatic === undefined ? [args, []] : partitionList(isStatic, args);
    const axes =
      isStatic !== undefined && Array.isArray(inAxes) && inAxes.length === args.length
        ? (inAxes as readonly Axes[]).filter((_, k) => !isStatic[k])
        : inAxes;
    const [leaves, def] = leavesOf(dynamic, axes, what);
    const mapped = leaves.filter(isMapped);
    const axis = { size: sizeOf(mapped, axisSize, what), name: axisName ?? null };
    const flags = leaves.map(isMapped);
    const shared = leaves.filter((l) => !isMapped(l)).map((l) => l.value);
    const local = new Map<Ref, Ref>();
    const place = (arrays: readonly NDArray[]): unknown[] => {
      const flat = arrays.map((x, i) => {
        const { ref } = mapped[i];
        if (ref === undefined) return x;
        const own = new Ref(x);
        local.set(ref, own);
        return own;
      });
      const all = treeUnflatten(def, mergeLists(flags, shared, flat)) as unknown[];
      return isStatic === undefined ? all : mergeLists(isStatic, all, fixed);
    };
    const fun = new FlatFunction(f, what, place);
    const arrays = mapped.map((l) => l.value);
    const inDims = mapped.map((l) => l.dim);
    const call = (xs: readonly NDArray[]): NDArray[] => {
      const results = fun.call(xs);
      return [...results, ...[...local.values()].map((r) => r.get())];
    };
    const [all, allDims] = vmapFlat(call, axis, arrays, inDims, what, site);
    const [outs, dims] = [all.slice(0, fun.numOuts), allDims.slice(0, fun.numOuts)];
    [...local.keys()].forEach((ref, i) => {
      const k = fun.numOuts + i;
      const { dim } = mapped.find((l) => l.ref === ref)!;
      if (local.get(ref)!.isChanged) ref.set(materialise(axis, all[k], allDims[k], dim));
    });
    const tree = treeUnflatten(fun.outDef, outs);
    const wanted = broadcastPrefix(outAxes, tree, `${what}: outAxes`) as BatchDim[];
    const placed = outs.map((o, i) => {
      const want = wanted[i] ?? null;
      const dim = dims[i]!;
      if (want === null) {
        if (dim === null) return o;
        throw new ArgumentError(
          `${what}: outAxes is null for a result that differs between lanes (shape ${shapeString(o.shape)}); give it an axis.`,
        );
      }
      const ndim = o.ndim + (dim === null ? 1 : 0);
      return materialise(axis, o, dim, canonicalAxis(want, ndim, `${what}: outAxes`));
    });
    return treeUnflatten(fun.outDef, placed);
  };
}

/** @file `vmap`: a function of one example made a function of many. */
import type { NDArray } from "../core/array.ts";
import type { BatchDim } from "../core/primitive.ts";
import { canonicalAxis, shapeString } from "../dtypes/shape.ts";
import { broadcastPrefix, keystr, treeFlattenWithPath, treeUnflatten } from "../core/tree.ts";
import { ArgumentError, ShapeError, checkOptions } from "../base/errors.ts";
import { CallSite } from "../base/source.ts";
import { materialise, vmapFlat } from "../interpreters/batching.ts";
import { FlatFunction, describeCall, leafArray } from "./flatten.ts";
import type { LikeArgs } from "../core/tree-types.ts";

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
}

interface Lane {
  readonly path: string;
  readonly value: unknown;
  readonly array: NDArray | null;
  readonly dim: BatchDim;
}

function lanesOf(
  args: readonly unknown[],
  inAxes: Axes,
  what: string,
): [Lane[], (leaves: readonly unknown[]) => unknown[]] {
  if (Array.isArray(inAxes) && inAxes.length !== args.length) {
    throw new ArgumentError(`${what}: inAxes lists ${inAxes.length} axes for ${args.length} arguments.`);
  }
  const axes = broadcastPrefix(inAxes, args, `${what}: inAxes`);
  const [leaves, def] = treeFlattenWithPath(args);
  const lanes = leaves.map(([path, leaf], i): Lane => {
    const axis = axes[i] as BatchDim;
    const name = `argument ${keystr(path).slice(1).replace("]", "")}`;
    if (axis === null || axis === undefined) return { path: name, value: leaf, array: null, dim: null };
    if (typeof axis !== "number")
      throw new ArgumentError(`${what}: inAxes for ${name} must be a number or null; got ${typeof axis}.`);
    const array = leafArray(leaf, `${what}: ${name}`, []);
    if (array.ndim === 0) {
      throw new ShapeError(
        `${what}: ${name} is a scalar and has no axis ${axis} to map over; give it the axis null in inAxes.`,
      );
    }
    return { path: name, value: leaf, array, dim: canonicalAxis(axis, array.ndim, `${what}: ${name}`) };
  });
  return [lanes, (values) => treeUnflatten(def, values) as unknown[]];
}

function sizeOf(lanes: readonly Lane[], axisSize: number | undefined, what: string): number {
  const mapped = lanes.filter(
    (l): l is Lane & { array: NDArray; dim: number } => l.array !== null && l.dim !== null,
  );
  const [first] = mapped;
  if (first === undefined) {
    if (axisSize === undefined)
      throw new ArgumentError(`${what}: no argument is mapped; map at least one, or give axisSize.`);
    return axisSize;
  }
  const size = axisSize ?? first.array.shape[first.dim];
  if (mapped.some((l) => l.array.shape[l.dim] !== size)) {
    const list = mapped.map(
      (l) =>
        `${l.path} has size ${l.array.shape[l.dim]} along axis ${l.dim} of shape ${shapeString(l.array.shape)}`,
    );
    throw new ShapeError(
      `${what}: mapped axes must have one size${axisSize === undefined ? "" : ` (axisSize ${axisSize})`}: ${list.join("; ")}.`,
    );
  }
  return size;
}

/**
 * Vectorises a function: it sees one example, the result takes and returns many, along the axes given.
 *
 * @param inAxes for each argument the axis to map over (0 by default), null to share it, or a tree of those
 * @see jax.vmap
 * @example
 * vmap((x, y) => np.dot(x, y), [0, null])(np.ones([3, 2]), np.ones([2])); // Array([2., 2., 2.])
 */
export function vmap<A extends NDArray[], R>(
  f: (...args: A) => R,
  inAxes?: Axes,
  options?: VmapOptions,
): (...args: LikeArgs<A>) => R;
export function vmap<A extends unknown[], R>(
  f: (...args: A) => R,
  inAxes?: Axes,
  options?: VmapOptions,
): (...args: LikeArgs<A>) => R;
export function vmap<A extends unknown[], R>(
  f: (...args: A) => R,
  inAxes: Axes = 0,
  options?: VmapOptions,
): (...args: LikeArgs<A>) => R {
  checkOptions("vmap", options, ["outAxes", "axisSize", "axisName"]);
  const outAxes = options?.outAxes === undefined ? 0 : options.outAxes;
  const what = describeCall("vmap", f);
  const site = new CallSite();
  return (...args) => {
    const [lanes, rebuild] = lanesOf(args, inAxes, what);
    const axis = { size: sizeOf(lanes, options?.axisSize, what), name: options?.axisName ?? null };
    const mapped = lanes.filter((l) => l.array !== null);
    const fun = new FlatFunction(f, what, (flat) => {
      let at = 0;
      return rebuild(lanes.map((l) => (l.array === null ? l.value : flat[at++])));
    });
    const [outs, dims] = vmapFlat(
      fun.call,
      axis,
      mapped.map((l) => l.array!),
      mapped.map((l) => l.dim),
      what,
      site,
    );
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
    return treeUnflatten(fun.outDef, placed) as R;
  };
}

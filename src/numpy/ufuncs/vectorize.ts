/**
 * @file Functions of small arrays applied over the other axes of large ones: vectorize, applyAlongAxis, applyOverAxes.
 *
 * They batch, as `vmap` does; the function is called once, with tracers.
 */
import { checkFunction, refuseMore } from "../../base/checks.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import type { BatchDim } from "../../core/primitive.ts";
import { broadcastShapes, canonicalAxes, canonicalAxis, shapeString } from "../../dtypes/shape.ts";
import { treeFlatten, treeUnflatten } from "../../core/tree.ts";
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { materialise, vmapFlat } from "../../interpreters/batching.ts";
import { asArray } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/plain.ts";
import { range } from "../../base/util.ts";
import { settle, signature } from "../../arguments/declare.ts";
import { type OptionsOf, param } from "../../arguments/parameters.ts";
import { moveaxis } from "../shapes/manipulation.ts";

type TreeFunction = (args: readonly NDArray[]) => unknown;

/** Maps a function from arrays to a tree of arrays over one more leading axis of those arguments that have it. */
function mapOnce(f: TreeFunction, size: number, mapped: readonly boolean[], what: string): TreeFunction {
  return (args) => {
    const axis = { size, name: null };
    let rebuild: ((leaves: readonly NDArray[]) => unknown) | null = null;
    const [outs, dims] = vmapFlat(
      (lanes) => {
        const [leaves, def] = treeFlatten(f(lanes));
        rebuild = (xs) => treeUnflatten(def, xs);
        return leaves.map((leaf) => asArray(leaf as ArrayLike, what));
      },
      axis,
      args,
      mapped.map((m): BatchDim => (m ? 0 : null)),
      what,
    );
    return rebuild!(outs.map((x, i) => materialise(axis, x, dims[i])));
  };
}

type CoreDims = readonly string[];

interface CoreAxes {
  readonly inputs: readonly CoreDims[];
  readonly outputs: readonly CoreDims[];
}

/** "(m,n),(n)->(m)" */
function parseCoreAxes(signature: string): CoreAxes {
  const text = signature.replace(/\s/g, "");
  const group = String.raw`\((?:\w+(?:,\w+)*)?\)`;
  if (!new RegExp(`^${group}(?:,${group})*->${group}(?:,${group})*$`).test(text)) {
    throw new ArgumentError(
      `vectorize: '${signature}' is no signature; expected something like "(m,n),(n)->(m)".`,
    );
  }
  const side = (s: string): CoreDims[] =>
    [...s.matchAll(/\(([^)]*)\)/g)].map((m) => (m[1] === "" ? [] : m[1].split(",")));
  const [left, right] = text.split("->");
  return { inputs: side(left), outputs: side(right) };
}

const vectorizeSignature = signature(
  "vectorize",
  1,
  [],
  [
    /** Positions of arguments that are handed on as they are. */
    param<[excluded: Iterable<number>]>()("excluded", []),
    /** The core axes of arguments and results: "(m,n),(n)->(m)". By default the function takes scalars. */
    param<[signature: string | null]>()("signature", null),
  ],
);
/** Options of `vectorize`. */
export type VectorizeOptions = OptionsOf<typeof vectorizeSignature.params>;

/** Sizes of the named axes, checked against one array. */
function checkCore(
  sizes: Map<string, number>,
  x: NDArray,
  core: CoreDims,
  exact: boolean,
  what: string,
): void {
  if (x.ndim < core.length || (exact && x.ndim !== core.length)) {
    throw new ShapeError(
      `${what}: shape ${shapeString(x.shape)} does not fit the core axes (${core.join(",")}) of the signature.`,
    );
  }
  core.forEach((name, i) => {
    const d = x.shape[x.ndim - core.length + i];
    const known = sizes.get(name);
    if (known === undefined) sizes.set(name, d);
    else if (known !== d) throw new ShapeError(`${what}: core axis '${name}' has sizes ${known} and ${d}.`);
  });
}

function checkOutputs(out: unknown, outputs: readonly CoreDims[], sizes: ReadonlyMap<string, number>): void {
  const list = outputs.length === 1 && !Array.isArray(out) ? [out] : (out as unknown[]);
  if (!Array.isArray(list) || list.length !== outputs.length) {
    throw new ArgumentError(`vectorize: the signature promises ${outputs.length} results.`);
  }
  const all = new Map(sizes);
  list.forEach((x, i) =>
    checkCore(all, asArray(x as ArrayLike, "vectorize"), outputs[i], true, "vectorize: a result"),
  );
}

function vectorizedCall(
  f: (...args: readonly NDArray[]) => unknown,
  args: readonly NDArray[],
  core: CoreAxes | null,
): unknown {
  const inputs = core?.inputs ?? args.map((): CoreDims => []);
  if (inputs.length !== args.length)
    throw new ArgumentError(`vectorize: the signature has ${inputs.length} arguments; got ${args.length}.`);
  const sizes = new Map<string, number>();
  args.forEach((x, i) => checkCore(sizes, x, inputs[i], false, `vectorize: argument ${i}`));
  const loops = args.map((x, i) => x.shape.slice(0, x.ndim - inputs[i].length));
  const shape = broadcastShapes(loops, "vectorize");
  let mapped: TreeFunction = (xs) => {
    const out = f(...xs);
    if (core !== null) checkOutputs(out, core.outputs, sizes);
    return out;
  };
  // Axes of size 1 are not mapped but dropped; an axis that is 1 everywhere is added again to the results.
  const single: number[] = [];
  for (let k = shape.length - 1; k >= 0; k--) {
    const has = loops.map((l) => (l[l.length - (shape.length - k)] ?? 1) !== 1);
    if (has.some((h) => h)) mapped = mapOnce(mapped, shape[k], has, "vectorize");
    else single.push(k);
  }
  const squeezed = args.map((x, i) =>
    lax.squeeze(
      x,
      range(loops[i].length).filter((k) => x.shape[k] === 1),
    ),
  );
  const out = mapped(squeezed);
  if (single.length === 0) return out;
  const [leaves, def] = treeFlatten(out);
  return treeUnflatten(
    def,
    leaves.map((leaf) => lax.expandDims(leaf as NDArray, single)),
  );
}

/**
 * A function of scalars (or, with a signature, of small arrays) made a function of arrays, which broadcast.
 * @throws ArgumentError for a signature that is none, or arguments and results that are not as many as it says; ShapeError
 * for core axes that do not fit
 * @see jax.numpy.vectorize
 * @example
 * const vecdot = np.vectorize((a, b) => np.dot(a, b), { signature: "(k),(k)->()" });
 */
export function vectorize<R = NDArray>(
  pyfunc: (...args: NDArray[]) => R,
  options?: VectorizeOptions,
  ...more: []
): (...args: readonly unknown[]) => R {
  refuseMore("vectorize", 2, more);
  const values = settle(vectorizeSignature, [options]);
  const excluded = new Set(values.excluded);
  const parsed = values.signature === null ? null : parseCoreAxes(values.signature);
  return (...args) => {
    const dynamic = range(args.length).filter(
      (i) => !excluded.has(i) && args[i] !== null && args[i] !== undefined,
    );
    const kept = parsed === null ? null : { ...parsed, inputs: keepInputs(parsed.inputs, args, excluded) };
    const call = (...xs: readonly NDArray[]): unknown => {
      const full = [...args];
      dynamic.forEach((i, n) => (full[i] = xs[n]));
      return pyfunc(...(full as NDArray[]));
    };
    const arrays = dynamic.map((i) => asArray(args[i] as ArrayLike, `vectorize: argument ${i}`));
    return vectorizedCall(call, arrays, kept) as R;
  };
}

/** The signature's inputs belong to the arguments that are not excluded; missing ones must have no core axes. */
function keepInputs(
  inputs: readonly CoreDims[],
  args: readonly unknown[],
  excluded: ReadonlySet<number>,
): CoreDims[] {
  const given = args.filter((_, i) => !excluded.has(i));
  return inputs.filter((core, n) => {
    const isMissing = n < given.length && (given[n] === null || given[n] === undefined);
    if (isMissing && core.length > 0)
      throw new ArgumentError("vectorize: an argument with core axes is missing.");
    return !isMissing;
  });
}

/**
 * A function of vectors applied to every line of an array along an axis. Its result, of any shape, takes the place of
 * that axis; further arguments are handed on.
 * @throws ArgumentError for an axis out of range
 * @see jax.numpy.apply_along_axis
 * @example
 * np.applyAlongAxis((v) => np.sum(v), 1, np.ones([2, 3])).js(); // [3, 3]
 */
export function applyAlongAxis(
  func1d: (line: NDArray, ...args: readonly unknown[]) => ArrayLike,
  axis: number,
  arr: ArrayLike,
  ...args: readonly unknown[]
): NDArray {
  checkFunction("applyAlongAxis", "the first argument", func1d);
  const x = asArray(arr, "applyAlongAxis");
  const k = canonicalAxis(axis, x.ndim, "applyAlongAxis");
  let f: TreeFunction = ([line]) => func1d(line, ...args);
  const others = x.shape.filter((_, i) => i !== k);
  for (const size of [...others].reverse()) f = mapOnce(f, size, [true], "applyAlongAxis");
  const out = asArray(f([moveaxis(x, k, -1)]) as ArrayLike, "applyAlongAxis");
  const added = out.ndim - others.length;
  if (added === 0) return out;
  return moveaxis(out, range(added, others.length), range(added, k));
}

/**
 * A reduction `func(x, axis)` applied over several axes, one after the other; reduced axes are kept with size 1.
 * @throws ShapeError for a function that changes the number of axes otherwise
 * @see jax.numpy.apply_over_axes
 * @example
 * np.applyOverAxes((x, axis) => np.sum(x, axis), np.ones([2, 3]), [0, 1]).js(); // [[6]]
 */
export function applyOverAxes(
  func: (x: NDArray, axis: number) => ArrayLike,
  a: ArrayLike,
  axes: number | readonly number[],
  ...more: []
): NDArray {
  refuseMore("applyOverAxes", 3, more);
  checkFunction("applyOverAxes", "the first argument", func);
  let x = asArray(a, "applyOverAxes");
  for (const k of canonicalAxes(axes, x.ndim, "applyOverAxes")) {
    const reduced = asArray(func(x, k), "applyOverAxes");
    const out = reduced.ndim === x.ndim ? reduced : lax.expandDims(reduced, [k]);
    if (out.ndim !== x.ndim)
      throw new ShapeError(
        "applyOverAxes: the function must keep the number of axes or remove the one reduced.",
      );
    x = out;
  }
  return x;
}

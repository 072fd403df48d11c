/** @file Calls of users' functions as functions of one vector, and the patterns that users give. */
import type { NDArray } from "../core/array.ts";
import { isInexact } from "../dtypes/dtype.ts";
import { treeUnflatten } from "../core/tree.ts";
import { ArgumentError, DifferentiationError, ShapeError } from "../base/errors.ts";
import { type AnyFunction, argumentPaths, callWith, flattenArgs, flattenOutput } from "../api/flatten.ts";
import * as np from "../numpy/index.ts";
import { ravelPytree } from "../tree/index.ts";
import type { VectorFunction } from "./detect.ts";
import { SparsityPattern } from "./pattern.ts";

/** A pattern, or a matrix that is zero where there is no entry. */
export type Sparsity = SparsityPattern | NDArray | readonly (readonly (number | boolean)[])[];

/** A call, as a function of one vector: the argument differentiated, raveled. */
export interface Prepared {
  readonly vector: NDArray;
  /** The arrays of the other arguments. */
  readonly rest: readonly NDArray[];
  readonly of: VectorFunction;
  /** Tells calls apart whose patterns may differ. */
  readonly key: string;
}

/** The element numbers of the result are those of its leaves one after another. */
export function prepare(f: AnyFunction, args: readonly unknown[], argnum: number, what: string): Prepared {
  const k = argnum < 0 ? argnum + args.length : argnum;
  if (!Number.isInteger(k) || k < 0 || k >= args.length) {
    throw new ArgumentError(
      `${what}: argnums names argument ${argnum}, but the call has ${args.length} argument${args.length === 1 ? "" : "s"}.`,
    );
  }
  const chosen = flattenArgs([args[k]], what);
  const wrong = chosen.arrays.findIndex((x) => !isInexact(x.dtype));
  if (wrong !== -1) {
    throw new DifferentiationError(
      `${what}: ${argumentPaths([args[k]])[wrong]} has dtype ${chosen.arrays[wrong].dtype}; derivatives exist with respect to floating-point arrays only.`,
    );
  }
  const others = flattenArgs(
    args.map((a, i) => (i === k ? null : a)),
    what,
  );
  const [vector, back] = ravelPytree(treeUnflatten(chosen.defs[0], chosen.arrays));
  const of: VectorFunction = (x, rest) => {
    let at = 0;
    const all = others.defs.map((def) => {
      const leaves = rest.slice(at, at + def.numLeaves);
      at += def.numLeaves;
      return treeUnflatten(def, leaves);
    });
    all[k] = back(x);
    return ravelPytree(flattenOutput(callWith(f, all), what)[0])[0];
  };
  const avals = [...chosen.arrays, ...others.arrays].map((x) => x.aval.id);
  const key = [...chosen.defs, ...others.defs].map(String).join() + avals.join();
  return { vector, rest: others.arrays, of, key };
}

/** A pattern that was given. */
export function givenPattern(sparsity: Sparsity | undefined, what: string): SparsityPattern | null {
  if (sparsity === undefined || sparsity instanceof SparsityPattern) return sparsity ?? null;
  const dense = np.array(sparsity);
  if (dense.ndim !== 2) {
    throw new ShapeError(
      `${what}: sparsity must be a matrix; got an array of shape [${dense.shape.join(",")}].`,
    );
  }
  const [m, n] = dense.shape as [number, number];
  const data = dense.dataSync();
  const lists = Array.from({ length: m }, (_, i) =>
    Array.from({ length: n }, (_unused, j) => j).filter((j) => data[i * n + j] !== 0),
  );
  return new SparsityPattern([m, n], lists);
}

export function checkShape(pattern: SparsityPattern, m: number, n: number, what: string): void {
  if (pattern.shape[0] === m && pattern.shape[1] === n) return;
  throw new ShapeError(
    `${what}: the pattern has shape [${pattern.shape.join(",")}], but the matrix has ${m} rows and ${n} columns ` +
      `(the elements of the result, and those of the argument).`,
  );
}

/** Keeps what was worked out for arguments of the same shapes. */
export function perSignature<T>(make: (call: Prepared) => T): (call: Prepared) => T {
  const table = new Map<string, T>();
  return (call) => {
    let out = table.get(call.key);
    if (out === undefined) table.set(call.key, (out = make(call)));
    return out;
  };
}

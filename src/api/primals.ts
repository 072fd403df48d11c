/** @file Primals and (co)tangents as users pass them: lists of trees, which must fit each other. */
import { type NDArray, isArrayLike } from "../core/array.ts";
import type { ShapedArray } from "../core/aval.ts";
import { isInexact } from "../dtypes/dtype.ts";
import { shapeString } from "../dtypes/shape.ts";
import { type TreeDef, keystr, treeFlattenWithPath } from "../core/tree.ts";
import { type Tangent, Zero } from "../core/zero.ts";
import { ArgumentError, DTypeError, ShapeError, checkOptions } from "../base/errors.ts";
import { asDType } from "../lax/operands/convert.ts";
import {
  type AnyFunction,
  type FlatCall,
  checkTree,
  describeCall,
  flattenCall,
  leafArray,
  splitLeaves,
} from "./flatten.ts";

/** Options of transformations at given primals. `hasAux`: the function returns `[result, aux]`; `aux` is passed through. */
export type AuxOptions<H extends boolean = boolean> = { readonly hasAux?: H | undefined };

/** A user's function at the primals of a transformation called `name`. */
export function callAtPrimals(
  name: string,
  f: AnyFunction,
  primals: readonly unknown[],
  options?: AuxOptions,
): FlatCall {
  checkOptions(name, options, ["hasAux"]);
  const what = describeCall(name, f);
  checkList(primals, name, "primals");
  return flattenCall(f, primals, what, options?.hasAux === true);
}

/** Primals and tangents travel as one list each. */
export function checkList(x: unknown, name: string, argument: string): asserts x is readonly unknown[] {
  if (Array.isArray(x)) return;
  throw new ArgumentError(
    `${name}: ${argument} must be the list of the function's arguments, as in ${name}(f, [x, y]); got ${isArrayLike(x) ? "an array" : typeof x}.`,
  );
}

/** A list of tangents or series, one for each primal. */
export function listForPrimals(
  x: unknown,
  name: string,
  argument: string,
  defs: readonly TreeDef[],
): readonly unknown[] {
  checkList(x, name, argument);
  if (x.length === defs.length) return x;
  throw new ArgumentError(`${name}: ${defs.length} primals need as many ${argument}; got ${x.length}.`);
}

/** The tangents of flat primals. */
export function tangentsOf(
  tangents: unknown,
  { defs, arrays }: { readonly defs: readonly TreeDef[]; readonly arrays: readonly NDArray[] },
  name: string,
): Tangent[] {
  const list = listForPrimals(tangents, name, "tangents", defs);
  return splitLeaves(defs, arrays).flatMap((primals, i) =>
    matchTangents(
      list[i],
      defs[i],
      primals.map((x) => x.aval),
      `${name}: tangent ${i}`,
    ),
  );
}

/** Brings a user's (co)tangent tree to the arrays that the avals ask for. */
export function matchTangents(
  tree: unknown,
  def: TreeDef,
  avals: readonly ShapedArray[],
  where: string,
): Tangent[] {
  const [leaves, gotDef] = treeFlattenWithPath(tree);
  for (const [path, leaf] of leaves) if (!isArrayLike(leaf)) leafArray(leaf, where, path);
  checkTree(def, gotDef, where);
  return avals.map((aval, i) => {
    const [path, leaf] = leaves[i];
    const place = `${where}${keystr(path)}`;
    if (!isInexact(aval.dtype)) return new Zero(aval);
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

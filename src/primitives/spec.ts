/** @file What a primitive of the user's is described by. */
import { checkFunction, checkOneOf, show } from "../base/checks.ts";
import { ArgumentError, checkOptions } from "../base/errors.ts";
import type { ShapeDtypeStruct } from "../api/staging.ts";
import type { ArrayLike, NDArray } from "../core/array.ts";
import { type Params, primitives } from "../core/primitive.ts";
import type { TypedArray } from "../dtypes/dtype.ts";
import type { KernelArray, KernelScalar, Several } from "./scalar.ts";

/** What rules may give for one result, or for several. */
type OneOrMore<T> = T | readonly T[];

/** A primitive. What is optional is derived where it is left out. */
export interface PrimitiveSpec<P extends Params = Params> {
  /** Its name in printed programs; there is no other primitive of that name. */
  readonly name: string;
  /** The types of the results. By default there is one result, of the type of the first operand. */
  readonly abstractEval?: (inputs: Several<ShapeDtypeStruct>, params: P) => OneOrMore<ShapeDtypeStruct>;
  /** What it computes, in the loop language: the elements of the results at an index. Either this or `compute`. */
  readonly kernel?: (
    index: Several<KernelScalar>,
    inputs: Several<KernelArray>,
    params: P,
  ) => OneOrMore<KernelScalar | number>;
  /** What it computes, in JavaScript: writes the results' elements, given the operands', both in row-major order. */
  readonly compute?: (inputs: Several<TypedArray>, outputs: Several<TypedArray>, params: P) => void;
  /**
   * The tangents of the results, given the operands and their tangents (null where there is none): null or an array for each.
   * "linear": the primitive itself, of the tangents. "zero": there is none. By default it is derived of the kernel; of what is
   * computed in JavaScript it is "linear" if there is a transpose, and an error otherwise.
   */
  readonly jvp?:
    | "zero"
    | "linear"
    | ((
        primals: Several<NDArray>,
        tangents: Several<NDArray | null>,
        params: P,
        outs: Several<NDArray>,
      ) => OneOrMore<ArrayLike | null>);
  /**
   * The cotangents of the operands (null for those that are known), given those of the results and the operands: arrays where they
   * are known, types where they are linear. By default it is derived of the kernel.
   */
  readonly transpose?: (
    cotangents: Several<NDArray | null>,
    args: Several<NDArray | ShapeDtypeStruct>,
    params: P,
  ) => readonly (ArrayLike | null)[];
  /**
   * All lanes of a `vmap`: the results, with the lanes along their first axis, given operands of which some have lanes along their
   * first axis. "elementwise": the primitive itself, as lanes are one more axis to it. By default the kernel runs for all lanes at
   * once, and JavaScript for one after another.
   */
  readonly batch?:
    | "elementwise"
    | ((
        size: number,
        args: Several<NDArray>,
        batched: readonly boolean[],
        params: P,
      ) => OneOrMore<ArrayLike>);
  /** The operation of StableHLO that it is; by default it is written out from the kernel. */
  readonly stablehlo?: string;
}

const keys = ["name", "abstractEval", "kernel", "compute", "jvp", "transpose", "batch", "stablehlo"] as const;

/** @throws ArgumentError for what describes no primitive */
export function checkSpec(spec: unknown): PrimitiveSpec {
  checkOptions("definePrimitive", spec as object, keys);
  const given = (spec ?? {}) as Partial<Record<(typeof keys)[number], unknown>>;
  const { name } = given;
  if (typeof name !== "string" || !/^[A-Za-z_]\w*$/.test(name))
    throw new ArgumentError(
      `definePrimitive: the name must be a word of letters, digits and _; got ${show(name)}.`,
    );
  if (primitives.has(name))
    throw new ArgumentError(
      `definePrimitive: there is a primitive ${name} already. Define each once, when its module is loaded.`,
    );
  if ((given.kernel === undefined) === (given.compute === undefined))
    throw new ArgumentError(
      `definePrimitive: ${name} needs either kernel or compute, which says what it computes.`,
    );
  for (const key of ["abstractEval", "kernel", "compute", "transpose"] as const)
    if (given[key] !== undefined) checkFunction(`definePrimitive: ${name}`, key, given[key]);
  if (given.jvp !== undefined && typeof given.jvp !== "function")
    checkOneOf(`definePrimitive: ${name}`, "jvp", given.jvp, ["zero", "linear"]);
  if (given.batch !== undefined && typeof given.batch !== "function")
    checkOneOf(`definePrimitive: ${name}`, "batch", given.batch, ["elementwise"]);
  if (given.stablehlo !== undefined && typeof given.stablehlo !== "string")
    throw new ArgumentError(
      `definePrimitive: ${name}: stablehlo must be the name of an operation; got ${show(given.stablehlo)}.`,
    );
  return spec as PrimitiveSpec;
}

/** @file `kernel`: arrays from a scalar function of an index. */
import { checkFunction, checkListOf, refuseMore, show } from "../base/checks.ts";
import { ArgumentError, checkOptions } from "../base/errors.ts";
import { ShapeDtypeStruct } from "../api/staging.ts";
import type { ArrayLike, NDArray } from "../core/array.ts";
import { type ShapedArray, shaped } from "../core/aval.ts";
import { type DType, toDType } from "../dtypes/dtype.ts";
import { checkShape } from "../dtypes/shape.ts";
import { asArray } from "../lax/operands/convert.ts";
import type { Node, Variable } from "./nodes.ts";
import { KernelProgram } from "./program.ts";
import { runKernel } from "./kernel-primitive.ts";
import { KernelArray, KernelScalar, type Several, checkReal, resultNodes } from "./scalar.ts";

/** Writes the elements of the outputs down, given the index and the operands. */
export type KernelBody = (
  index: readonly KernelScalar[],
  ...inputs: readonly KernelArray[]
) => KernelScalar | number | readonly (KernelScalar | number)[];

/** What a kernel computes: see `kernel`. */
export interface KernelSpec {
  /** For messages, printed programs and profiles. */
  readonly name?: string | undefined;
  /** The shape of the result, given the operands' shapes and dtypes; by default that of the first operand. */
  readonly shape?: readonly number[] | ((inputs: Several<ShapeDtypeStruct>) => readonly number[]) | undefined;
  /** The dtype of the result; by default that of what `at` returns. */
  readonly dtype?: DType | undefined;
  /** `(index, ...operands) => element`: the element of the result at an index. */
  readonly at: (index: Several<KernelScalar>, ...inputs: readonly KernelArray[]) => KernelScalar | number;
}

/** A program that computes each element of its outputs, which share a shape, at its own index. */
export function gatherProgram(
  name: string,
  avals: readonly ShapedArray[],
  shape: readonly number[],
  body: (index: readonly KernelScalar[], inputs: readonly KernelArray[]) => unknown,
  outsOf: (given: unknown) => readonly ShapedArray[],
): KernelProgram {
  for (const a of avals) checkReal(a.dtype);
  const variables = shape.map((extent, axis): Variable => ({
    kind: "variable",
    dtype: "int32",
    extent,
    name: `i${axis}`,
  }));
  const index = variables.map((v) => new KernelScalar(v));
  const given = body(
    index,
    avals.map((a, i) => new KernelArray(i, a)),
  );
  const outs = outsOf(given);
  const values: readonly Node[] = resultNodes(name, given, outs);
  return new KernelProgram(
    name,
    avals,
    outs,
    values.map((value, out) => ({ out, variables, index: variables, value })),
  );
}

const structOf = (a: ShapedArray): ShapeDtypeStruct => new ShapeDtypeStruct(a.shape, a.dtype, a.weakType);

function programOf(spec: KernelSpec, name: string, avals: readonly ShapedArray[]): KernelProgram {
  const { shape, dtype, at } = spec;
  const given: unknown =
    typeof shape === "function"
      ? shape(avals.map(structOf) as unknown as Several<ShapeDtypeStruct>)
      : (shape ?? avals.at(0)?.shape);
  if (given === undefined) throw new ArgumentError(`${name}: without operands, a kernel needs a shape.`);
  checkListOf(name, "the shape", given);
  checkShape(given as number[], name);
  const out = given as readonly number[];
  return gatherProgram(
    name,
    avals,
    out,
    (index, inputs) => at(index as unknown as Several<KernelScalar>, ...inputs),
    (value) => {
      const own = value instanceof KernelScalar ? value.dtype : "float64";
      return [shaped(out, dtype === undefined ? own : toDType(dtype, name))];
    },
  );
}

/**
 * A function of arrays from a scalar function of an index: `at(index, ...operands)` says what the element of the result at an
 * index is, in scalars with methods (`x.at(i).mul(2)`), of which it reads operands at any index, also at one that it has computed
 * or read. Outside of an operand there are zeros. It is compiled as the library's own functions are, fused where these would be,
 * and has derivatives of every order in both modes, `vmap` and all that follows.
 *
 * The kernel is written down once for each combination of shapes and dtypes. Ties of `max`, `min` share the derivative as the
 * library's do; at a jump the derivative is that of the branch taken.
 *
 * @throws ArgumentError, DTypeError, ShapeError when it is called, for what is no kernel
 * @see jax.experimental.pallas.pallas_call
 * @example
 * const blur = kernel({
 *   name: "blur",
 *   at: ([i], x) => x.at(i.sub(1)).add(x.at(i).mul(2)).add(x.at(i.add(1))).div(4),
 * });
 * blur(np.array([0, 4, 8, 0])); // Array([1., 4., 5., 2.])
 * grad((x: Array) => blur(x).at(1).get())(np.zeros([4])); // [0.25, 0.5, 0.25, 0]
 */
export function kernel(spec: KernelSpec, ...more: readonly unknown[]): (...operands: ArrayLike[]) => NDArray {
  refuseMore("kernel", 1, more);
  checkOptions("kernel", spec, ["name", "shape", "dtype", "at"]);
  const given: Partial<KernelSpec> = spec ?? {};
  checkFunction("kernel", "at", given.at);
  if (given.name !== undefined && typeof given.name !== "string")
    throw new ArgumentError(`kernel: the name must be a word; got ${show(given.name)}.`);
  const name = given.name ?? "kernel";
  const programs = new Map<string, KernelProgram>();
  return (...operands) => {
    const args = operands.map((x, i) => asArray(x, `${name}: operand ${i}`));
    const key = args.map((x) => x.aval.strong.id).join();
    let program = programs.get(key);
    if (program === undefined) {
      program = programOf(
        spec,
        name,
        args.map((x) => x.aval.strong),
      );
      programs.set(key, program);
    }
    return runKernel(program, args)[0];
  };
}

/** @file The primitive of kernels: all its rules are derived from the program that is its parameter. */
import { DTypeError, DifferentiationError, ShapeError } from "../base/errors.ts";
import type { NDArray } from "../core/array.ts";
import { type ShapedArray, sameType } from "../core/aval.ts";
import { type Primitive, definePrimitive, isUndef, knownOf } from "../core/primitive.ts";
import { bind } from "../core/trace.ts";
import type { Tangent } from "../core/zero.ts";
import { place } from "../base/util.ts";
import { materialise } from "../interpreters/batching.ts";
import { arraysOf, instantiate, nonzeroOf, withZeros } from "../interpreters/tangents.ts";
import { lowerKernel } from "./lower.ts";
import type { KernelProgram } from "./program.ts";
import { programOf, textOf } from "./text.ts";

export type KernelParams = { readonly name: string; readonly program: string };

/** @throws DTypeError, ShapeError unless the operands are those that the program was made for */
function checkInputs({ name, inputs }: KernelProgram, avals: readonly ShapedArray[]): void {
  if (avals.length !== inputs.length)
    throw new ShapeError(`${name}: expected ${inputs.length} operands; got ${avals.length}.`);
  avals.forEach((a, i) => {
    if (sameType(a, inputs[i])) return;
    const Failure = a.dtype === inputs[i].dtype ? ShapeError : DTypeError;
    throw new Failure(`${name}: expected ${inputs[i].short()} as operand ${i}; got ${a.short()}.`);
  });
}

/** The tangents of what a program computes. */
export function kernelTangents(
  program: KernelProgram,
  primals: readonly NDArray[],
  tangents: readonly Tangent[],
): Tangent[] {
  const { program: tangent, nonzero } = program.tangent(nonzeroOf(tangents));
  const outs = program.outs.map((aval) => ({ aval }));
  const arrays = nonzero.includes(true) ? runKernel(tangent, [...primals, ...arraysOf(tangents)]) : [];
  return withZeros(outs, nonzero, arrays);
}

export const runKernel = (kernel: KernelProgram, args: readonly NDArray[]): NDArray[] =>
  bind(kernelP, args, { name: kernel.name, program: textOf(kernel) });

export const kernelP: Primitive<KernelParams> = definePrimitive<KernelParams>({
  name: "kernel",
  kind: "opaque",
  abstractEval: (avals, { program }) => {
    const kernel = programOf(program);
    checkInputs(kernel, avals);
    return [...kernel.outs];
  },
  lower: (context, args, { program }) => lowerKernel(context, args, programOf(program)),
  jvp: (primals, tangents, params) => [
    bind(kernelP, primals, params),
    kernelTangents(programOf(params.program), primals, tangents),
  ],
  transpose: (cotangents, args, { program }) => {
    const linear = args.map(isUndef);
    const cts = runKernel(programOf(program).transposed(linear), [
      ...knownOf(args),
      ...cotangents.map(instantiate),
    ]);
    return place(linear, cts, () => null);
  },
  batch: (axis, args, dims, { program }) => {
    const flags = dims.map((d) => d !== null);
    const front = args.map((x, i) => (flags[i] ? materialise(axis, x, dims[i]) : x));
    const outs = runKernel(programOf(program).batched(axis.size, flags), front);
    return [outs, outs.map(() => 0)];
  },
});

/** The error of what has no derivative. */
export const noDerivative = (name: string, rule: "jvp" | "transpose"): DifferentiationError =>
  new DifferentiationError(
    `${name}: it has no rule ${rule}, and none can be derived: what it computes is written in JavaScript. Give definePrimitive ` +
      `the rule, or write what it computes as a kernel.`,
  );

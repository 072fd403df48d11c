/** @file What a primitive computes in JavaScript: a call of the host within the program. */
import { CallSite } from "../base/source.ts";
import { DTypeError } from "../base/errors.ts";
import { prod } from "../base/util.ts";
import type { ShapedArray } from "../core/aval.ts";
import { type DType, type TypedArray, allocate, isComplex } from "../dtypes/dtype.ts";
import { isHalf } from "../loops/ir/values.ts";
import { intConst } from "../loops/ir/affine.ts";
import type { Block } from "../loops/ir/build.ts";
import type { Buffer } from "../loops/ir/ir.ts";
import { type Lowered, type Pull, inBuffer } from "../loops/pull.ts";

/** A vmap around a primitive: how many lanes, and which operands have one each. */
export interface Lanes {
  readonly size: number;
  readonly flags: readonly boolean[];
}

/** Writes results, given the operands' elements in row-major order. */
export type Compute = (inputs: readonly TypedArray[], outputs: readonly TypedArray[]) => void;

/** @throws DTypeError for dtypes whose elements are no plain numbers in typed arrays */
export function checkPlain(name: string, avals: readonly { readonly dtype: DType }[]): void {
  for (const { dtype } of avals)
    if (isComplex(dtype) || isHalf(dtype))
      throw new DTypeError(
        `${name}: what is computed in JavaScript takes and gives no ${dtype}; convert with astype.`,
      );
}

/** Runs lanes one after another. */
function runLanes(
  compute: Compute,
  lanes: readonly Lanes[],
  inputs: readonly TypedArray[],
  outs: readonly TypedArray[],
): void {
  const [first, ...inner] = lanes;
  if (lanes.length === 0) {
    compute(inputs, outs);
    return;
  }
  const part = (x: TypedArray, lane: number): TypedArray => {
    const n = x.length / first.size;
    return x.subarray(lane * n, (lane + 1) * n);
  };
  for (let lane = 0; lane < first.size; lane++) {
    runLanes(
      compute,
      inner,
      inputs.map((x, i) => (first.flags[i] ? part(x, lane) : x)),
      outs.map((x) => part(x, lane)),
    );
  }
}

/** The elements of an operand in a buffer, and nothing else in it. */
function bufferOf(b: Block, x: Pull): Buffer {
  if (x.aval.shape.length > 0) return inBuffer(b, x, "arg");
  const buffer = b.alloc(x.aval.dtype, 1, "arg");
  b.store(buffer, intConst(0), x.at([]));
  return buffer;
}

/** The call, as a routine of the loop IR. */
export function lowerCompute(
  name: string,
  compute: Compute,
  lanes: readonly Lanes[],
  outAvals: readonly ShapedArray[],
): Lowered {
  const site = new CallSite(null);
  const run = (inputs: readonly TypedArray[]): TypedArray[] => {
    const outs = outAvals.map((a) => allocate(a.dtype, prod(a.shape)));
    if (outs.some((x) => x.length > 0)) runLanes(compute, lanes, inputs, outs);
    return outs;
  };
  return {
    kind: "routine",
    emit: (b, args, outs) => {
      b.host(
        { name, site, run },
        args.map((x) => bufferOf(b, x)),
        outs,
      );
    },
  };
}

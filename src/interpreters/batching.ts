/**
 * @file Vectorisation: values carry a batch axis, and each primitive's `batch` rule computes all lanes at once.
 *
 * The tag, not the trace, owns tracers: a custom derivative rule of a batched call runs later, under other traces, and
 * must still recognise the batched values that it closed over.
 */
import type { NDArray } from "../core/array.ts";
import { type ShapedArray, shaped } from "../core/aval.ts";
import type { BatchAxis, BatchDim, Params, Primitive } from "../core/primitive.ts";
import { removeAt } from "../dtypes/shape.ts";
import {
  type CustomJvpCall,
  type CustomVjpCall,
  Trace,
  Tracer,
  bind,
  currentTrace,
  runTrace,
  withTrace,
} from "../core/trace.ts";
import { type Tangent, Zero, isZero } from "../core/zero.ts";
import type { CallSite } from "../base/source.ts";
import { safeMap2, unzip2 } from "../base/util.ts";
import { withAxis } from "./axis-env.ts";
import { ops } from "./ops.ts";
import { arraysOf, refill } from "./tangents.ts";

export class BatchTracer extends Tracer {
  readonly owner: BatchTrace;
  readonly value: NDArray;
  readonly dim: number;
  readonly aval: ShapedArray;

  constructor(trace: BatchTrace, value: NDArray, dim: number) {
    super();
    this.owner = trace;
    this.value = value;
    this.dim = dim;
    this.aval = shaped(removeAt(value.shape, dim), value.dtype, value.weakType);
  }
}

/** Moves the batch axis of a value to `to`, copying values that have none. */
export function materialise(axis: BatchAxis, x: NDArray, dim: BatchDim, to = 0): NDArray {
  if (dim === null) return ops().broadcastAxis(x, to, axis.size);
  return dim === to ? x : ops().moveAxis(x, dim, to);
}

export class BatchTrace extends Trace {
  readonly parent: Trace;
  readonly axis: BatchAxis;
  readonly tag: object;

  constructor(parent: Trace, axis: BatchAxis, what: string, tag: object = {}, site?: CallSite) {
    super(what, site);
    this.parent = parent;
    this.axis = axis;
    this.tag = tag;
  }

  unwrap(x: NDArray): [NDArray, BatchDim] {
    return x instanceof BatchTracer && x.owner.tag === this.tag ? [x.value, x.dim] : [x, null];
  }

  wrap(x: NDArray, dim: BatchDim): NDArray {
    return dim === null ? x : new BatchTracer(this, x, dim);
  }

  process(primitive: Primitive, args: readonly NDArray[], params: Params): NDArray[] {
    const [values, dims] = unzip2(args.map((x) => this.unwrap(x)));
    const named = this.axis.name !== null && primitive.axisNames?.(params).includes(this.axis.name) === true;
    if (!named && dims.every((d) => d === null))
      return withTrace(this.parent, () => bind(primitive, values, params));
    const [outs, outDims] = withTrace(this.parent, () => primitive.batch(this.axis, values, dims, params));
    return safeMap2(outs, outDims, (o, d) => this.wrap(o, d));
  }

  /** Runs `f` on lanes, under whatever trace is in force then. */
  #lanes(
    xs: readonly NDArray[],
    dims: readonly BatchDim[],
    f: (lanes: NDArray[]) => readonly Tangent[],
  ): [Tangent, BatchDim][] {
    const trace = new BatchTrace(currentTrace(), this.axis, this.what, this.tag, this.site);
    const outs = runTrace(trace, () => f(safeMap2(xs, dims, (x, d) => trace.wrap(x, d))));
    return outs.map((o) => (isZero(o) ? [o, null] : trace.unwrap(o)));
  }

  readonly #front = ([x, dim]: [Tangent, BatchDim]): Tangent =>
    isZero(x) ? x : materialise(this.axis, x, dim);

  /** As `#lanes`, of values and tangents; zeros among these stay symbolic. */
  #lanesWithTangents(
    xs: readonly NDArray[],
    dims: readonly BatchDim[],
    tangents: readonly Tangent[],
    tangentDims: readonly BatchDim[],
    f: (lanes: NDArray[], tangentLanes: Tangent[]) => readonly Tangent[],
  ): [Tangent, BatchDim][] {
    const nonzeroDims = tangentDims.filter((_, i) => !isZero(tangents[i]));
    return this.#lanes([...xs, ...arraysOf(tangents)], [...dims, ...nonzeroDims], (lanes) =>
      f(lanes.slice(0, xs.length), refill(tangents, lanes.slice(xs.length))),
    );
  }

  /** A call of a user's function on lanes, outputs batched at axis 0. */
  #batched<C extends CustomJvpCall | CustomVjpCall>({ name, fun }: C, dims: readonly BatchDim[]) {
    return {
      name,
      fun: (xs: readonly NDArray[]): NDArray[] =>
        this.#lanes(xs, dims, fun).map((o) => this.#front(o) as NDArray),
    };
  }

  processCustomJvp(call: CustomJvpCall, args: readonly NDArray[]): NDArray[] {
    const [values, dims] = unzip2(args.map((x) => this.unwrap(x)));
    const batched: CustomJvpCall = {
      ...this.#batched(call, dims),
      jvp: (primals, tangents) => {
        // Tangents travel with the batch axis of their primals.
        const all = this.#lanesWithTangents(primals, dims, tangents, dims, (xs, ts) =>
          call.jvp(xs, ts).flat(),
        );
        const n = all.length / 2;
        const outs = all.slice(0, n).map((o) => this.#front(o) as NDArray);
        const outTangents = all.slice(n).map(this.#front);
        return [outs, outTangents.map((t, i) => (isZero(t) ? new Zero(outs[i].aval) : t))];
      },
    };
    const outs = withTrace(this.parent, () => this.parent.processCustomJvp(batched, values));
    return outs.map((o) => this.wrap(o, 0));
  }

  processCustomVjp(call: CustomVjpCall, args: readonly NDArray[]): NDArray[] {
    const [values, dims] = unzip2(args.map((x) => this.unwrap(x)));
    let residualDims: BatchDim[] = [];
    const batched: CustomVjpCall = {
      ...this.#batched(call, dims),
      fwd: (xs) => {
        let numOuts = 0;
        const all = this.#lanes(xs, dims, (lanes) => {
          const [outs, residuals] = call.fwd(lanes);
          numOuts = outs.length;
          return [...outs, ...residuals];
        });
        const [residuals, found] = unzip2(all.slice(numOuts));
        residualDims = found;
        return [all.slice(0, numOuts).map((o) => this.#front(o) as NDArray), residuals as NDArray[]];
      },
      bwd: (residuals, cts) =>
        this.#lanesWithTangents(
          residuals,
          residualDims,
          cts,
          cts.map(() => 0),
          call.bwd,
        ).map(([ct, d], i) => this.#cotangentOf(ct, d, dims[i])),
    };
    const outs = withTrace(this.parent, () => this.parent.processCustomVjp(batched, values));
    return outs.map((o) => this.wrap(o, 0));
  }

  /** The cotangent of an operand, whose lanes are added if the operand was shared by all. */
  #cotangentOf(ct: Tangent, dim: BatchDim, operandDim: BatchDim): Tangent {
    if (isZero(ct)) return ct;
    if (operandDim !== null) return materialise(this.axis, ct, dim, operandDim);
    return ops().sumAxis(materialise(this.axis, ct, dim), 0);
  }
}

/** Maps a flat function over lanes: outputs and where their batch axes are. */
export function vmapFlat(
  f: (args: readonly NDArray[]) => readonly NDArray[],
  axis: BatchAxis,
  args: readonly NDArray[],
  dims: readonly BatchDim[],
  what: string,
  site?: CallSite,
): [NDArray[], BatchDim[]] {
  const trace = new BatchTrace(currentTrace(), axis, what, {}, site);
  const outs = withAxis(axis, () =>
    runTrace(trace, () => f(safeMap2(args, dims, (x, d) => trace.wrap(x, d)))),
  );
  return unzip2(outs.map((o) => trace.unwrap(o)));
}

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
  beside,
  bind,
  currentTrace,
  runTrace,
  withTrace,
} from "../core/trace.ts";
import { type Tangent, Zero, isZero } from "../core/zero.ts";
import { config } from "../base/config.ts";
import { type CallSite, withCall } from "../base/source.ts";
import { chosen, place, safeMap2 } from "../base/util.ts";
import { withAxis } from "./axis-env.ts";
import { ops } from "./ops.ts";
import { arraysOf, nonzeroOf } from "./tangents.ts";

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
  /** All lanes. */
  protected override known(): string {
    const { value, dim, owner } = this;
    const lanes = beside(value).replace(/^ of/, "");
    return ` with batch [${owner.axis.size}]${dim === 0 ? "" : ` at axis ${dim}`} of${lanes}`;
  }
}

/** Moves the batch axis of a value to `to`, copying values that have none. */
export function materialise(axis: BatchAxis, x: NDArray, dim: BatchDim, to = 0): NDArray {
  if (dim === null) return ops().broadcastAxis(x, to, axis.size);
  return dim === to ? x : ops().moveAxis(x, dim, to);
}

/** Brings the batch axis of each operand to where `to` says; operands that need none there have none. */
export const moveBatch = (
  axis: BatchAxis,
  args: readonly NDArray[],
  dims: readonly BatchDim[],
  to: readonly BatchDim[],
): NDArray[] => args.map((x, i) => (to[i] === null ? x : materialise(axis, x, dims[i], to[i])));

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
    const { sourceLines } = config.values;
    return sourceLines !== false
      ? withCall(sourceLines, primitive.name, () => this.#batch(primitive, args, params))
      : this.#batch(primitive, args, params);
  }

  #batch(primitive: Primitive, args: readonly NDArray[], params: Params): NDArray[] {
    const pairs = args.map((x) => this.unwrap(x));
    const values = pairs.map(([v]) => v);
    const dims = pairs.map(([, d]) => d);
    const named = this.axis.name !== null && primitive.axisNames?.(params).includes(this.axis.name) === true;
    if (!named && dims.every((d) => d === null))
      return withTrace(this.parent, () => bind(primitive, values, params));
    const [outs, outDims] = withTrace(this.parent, () =>
      primitive.batch(this.axis, values, dims, params, vmapFlat),
    );
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

  /** With tangents or cotangents, of which each has its batch axis; zeros stay symbolic. */
  #lanesWith(
    xs: readonly NDArray[],
    dims: readonly BatchDim[],
    tangents: readonly Tangent[],
    tangentDims: readonly BatchDim[],
    f: (lanes: NDArray[], tangentLanes: Tangent[]) => readonly Tangent[],
  ): [Tangent, BatchDim][] {
    const nonzero = nonzeroOf(tangents);
    const operands = [...xs, ...arraysOf(tangents)];
    const zeroLane = (i: number): Tangent => {
      const { aval } = tangents[i];
      const dim = tangentDims[i];
      return new Zero(dim === null ? aval : shaped(removeAt(aval.shape, dim), aval.dtype));
    };
    return this.#lanes(operands, [...dims, ...chosen(tangentDims, nonzero)], (lanes) =>
      f(lanes.slice(0, xs.length), place(nonzero, lanes.slice(xs.length), zeroLane)),
    );
  }

  /** A call with a rule: `run` hands it, with rules for all lanes, to the trace below. */
  #custom(
    call: CustomJvpCall | CustomVjpCall,
    args: readonly NDArray[],
    run: (
      fun: (xs: readonly NDArray[]) => NDArray[],
      values: readonly NDArray[],
      dims: readonly BatchDim[],
    ) => NDArray[],
  ): NDArray[] {
    const pairs = args.map((x) => this.unwrap(x));
    const dims = pairs.map(([, d]) => d);
    const fun = (xs: readonly NDArray[]): NDArray[] =>
      this.#lanes(xs, dims, (lanes) => call.fun(lanes)).map((o) => this.#front(o) as NDArray);
    const values = pairs.map(([v]) => v);
    return withTrace(this.parent, () => run(fun, values, dims)).map((o) => this.wrap(o, 0));
  }

  processCustomJvp(call: CustomJvpCall, args: readonly NDArray[]): NDArray[] {
    return this.#custom(call, args, (fun, values, dims) => {
      const jvp: CustomJvpCall["jvp"] = (primals, tangents) => {
        const all = this.#lanesWith(primals, dims, tangents, dims, (lanes, ts) =>
          call.jvp(lanes, ts).flat(),
        ).map(this.#front);
        const outs = all.slice(0, all.length / 2) as NDArray[];
        // A symbolic zero of one lane becomes that of all lanes.
        const sameBatch = (t: Tangent, i: number): Tangent => (isZero(t) ? new Zero(outs[i].aval) : t);
        return [outs, all.slice(outs.length).map(sameBatch)];
      };
      return currentTrace().processCustomJvp({ name: call.name, fun, jvp }, values);
    });
  }

  processCustomVjp(call: CustomVjpCall, args: readonly NDArray[]): NDArray[] {
    return this.#custom(call, args, (fun, values, dims) => {
      let residualDims: BatchDim[] = [];
      const fwd: CustomVjpCall["fwd"] = (xs, perturbed) => {
        let numOuts = 0;
        const all = this.#lanes(xs, dims, (lanes) => {
          const [outs, residuals] = call.fwd(lanes, perturbed);
          numOuts = outs.length;
          return [...outs, ...residuals];
        });
        const residuals = all.slice(numOuts);
        residualDims = residuals.map(([, d]) => d);
        return [
          all.slice(0, numOuts).map((o) => this.#front(o) as NDArray),
          residuals.map(([r]) => r as NDArray),
        ];
      };
      const bwd: CustomVjpCall["bwd"] = (residuals, cts) => {
        const front = cts.map(() => 0);
        const outs = this.#lanesWith(residuals, residualDims, cts, front, (lanes, ctLanes) =>
          call.bwd(lanes, ctLanes),
        );
        return outs.map(([ct, d], i) => this.#cotangentOf(ct, d, dims[i]));
      };
      return currentTrace().processCustomVjp({ name: call.name, fun, fwd, bwd }, values);
    });
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
  const pairs = outs.map((o) => trace.unwrap(o));
  return [pairs.map(([v]) => v), pairs.map(([, d]) => d)];
}

/**
 * @file Calls of the host from within programs: the primitives.
 *
 * A call is given arrays with values, also in compiled programs, where it is the statement `host` of the loop IR. It runs as if no
 * transformation were in force. What it prints or changes is an effect: the equation is neither removed, nor repeated, nor moved
 * behind another of them.
 */
import { invariant, range } from "../base/util.ts";
import { CallSite } from "../base/source.ts";
import { ArgumentError, DifferentiationError } from "../base/errors.ts";
import { ComplexArray, ConcreteArray, type NDArray, encodeData } from "../core/array.ts";
import { type ShapedArray, shaped } from "../core/aval.ts";
import { evalTrace } from "../core/eval.ts";
import {
  type BatchRule,
  type Primitive,
  type PrimitiveDef,
  definePrimitive,
  notLinear,
  zeroTangent,
} from "../core/primitive.ts";
import { bind, withTrace } from "../core/trace.ts";
import { mapLanes } from "../control-flow/loops/lanes.ts";
import { type Scalar, type TypedArray, isComplex } from "../dtypes/dtype.ts";
import { readElement } from "../dtypes/float16.ts";
import { materialise } from "../interpreters/batching.ts";
import { fromParts, partAvals, partsOf } from "../interpreters/complex.ts";
import { stack } from "../lax/shapes/joining.ts";
import { indexInDim } from "../lax/shapes/slicing.ts";
import { intConst } from "../loops/ir/affine.ts";
import type { Block } from "../loops/ir/build.ts";
import type { Buffer } from "../loops/ir/ir.ts";
import { type Pull, inBuffer } from "../loops/pull.ts";

/** A function of the host. */
export class HostFunction {
  /** What the user called: `debug.print`. */
  readonly name: string;
  readonly site: CallSite;
  readonly #run: HostFunction["call"];

  /** @param run is given what the results of the call must be: for all lanes of a `vmap`, perhaps. */
  constructor(name: string, run: HostFunction["call"], site: CallSite = new CallSite()) {
    this.name = name;
    this.site = site;
    this.#run = run;
  }

  call(args: readonly ConcreteArray[], outAvals: readonly ShapedArray[]): ConcreteArray[] {
    return withTrace(evalTrace, () => this.#run(args, outAvals));
  }
}

/** How a pure callback is called for all lanes of a `vmap`; see `pureCallback`. */
export type VmapMethod =
  "sequential" | "sequentialUnrolled" | "expandDims" | "broadcastAll" | "legacyVectorized";

export type CallbackParams = {
  readonly callback: HostFunction;
  readonly inAvals: readonly ShapedArray[];
  readonly outAvals: readonly ShapedArray[];
  /** How a call for all lanes is made of it. */
  readonly vmapMethod: VmapMethod | null;
  /** Calls of a program in the order in which it makes them, for every transformation. */
  readonly ordered: boolean;
  /** Complex operands and results come as two. */
  readonly inParts: boolean;
};

/** The array of what a buffer holds: data of one's own. */
function fromData(aval: ShapedArray, data: TypedArray): ConcreteArray {
  return new ConcreteArray(aval, aval.ndim === 0 ? readElement(data, aval.dtype, 0) : data);
}

const toData = (x: ConcreteArray): TypedArray =>
  x.ndim > 0 ? (x.raw as TypedArray) : encodeData(x.dtype, [x.raw as Scalar]);

/** Real arrays as the arrays of which they are parts. */
function joined(avals: readonly ShapedArray[], parts: readonly ConcreteArray[]): ConcreteArray[] {
  let at = 0;
  return avals.map((aval): ConcreteArray =>
    isComplex(aval.dtype) ? new ComplexArray(aval, parts[at++], parts[at++]) : parts[at++],
  );
}

const apart = (xs: readonly ConcreteArray[]): ConcreteArray[] =>
  xs.flatMap((x) => (x instanceof ComplexArray ? [x.re, x.im] : [x]));

/** The values of an operand in a buffer, and nothing else in it. */
function bufferOf(b: Block, x: Pull): Buffer {
  if (x.aval.shape.length > 0) return inBuffer(b, x, "arg");
  const buffer = b.alloc(x.aval.dtype, 1, "arg");
  b.store(buffer, intConst(0), x.at([]));
  return buffer;
}

type Rules = Pick<PrimitiveDef<CallbackParams>, "name" | "jvp" | "batch" | "effects">;

function defineCallback({ name, jvp, batch, effects }: Rules): Primitive<CallbackParams> {
  const primitive: Primitive<CallbackParams> = definePrimitive<CallbackParams>({
    name,
    kind: "opaque",
    abstractEval: (_, { outAvals, inParts }) => (inParts ? partAvals(outAvals) : [...outAvals]),
    lower: (_context, args, p) => ({
      kind: "routine",
      emit: (b, _args, outs) => {
        const { callback } = p;
        const inAvals = partAvals(p.inAvals);
        const run = (data: readonly TypedArray[]): TypedArray[] =>
          apart(
            callback.call(
              joined(
                p.inAvals,
                data.map((x, i) => fromData(inAvals[i], x)),
              ),
              p.outAvals,
            ),
          ).map(toData);
        b.host(
          { name: callback.name, site: callback.site, run },
          args.map((x) => bufferOf(b, x)),
          outs,
        );
      },
    }),
    evaluate: (args, { callback, outAvals }) => callback.call(args as ConcreteArray[], outAvals),
    jvp,
    transpose: notLinear,
    batch,
    ...(effects === undefined ? {} : { effects }),
    complex: (args, p, avals) => {
      invariant(!p.inParts, "parts of parts");
      return fromParts(avals, bind(primitive, partsOf(args), { ...p, inParts: true }));
    },
  });
  return primitive;
}

/** There is no derivative of what the host does. */
const noJvp = (what: string) => (): never => {
  throw new DifferentiationError(
    `${what}: there is no derivative of a function of the host. Give the function that calls it one of its own, by ` +
      `customJvp or customVjp, or stop the derivative of its arguments with stopGradient.`,
  );
};

/** Prints and the like: called for each lane, not seen by derivatives. */
export const debugCallbackP: Primitive<CallbackParams> = defineCallback({
  name: "debug_callback",
  jvp: zeroTangent,
  batch: (...args) => mapLanes(debugCallbackP)(...args),
  effects: () => ["debug"],
});

/** A function of its arguments alone: it may be left out, called once for several equal calls, or more often than it is written. */
export const pureCallbackP: Primitive<CallbackParams> = defineCallback({
  name: "pure_callback",
  jvp: noJvp("pureCallback"),
  batch: (...args) => batchPure(...args),
});

/** A function with effects: called as often as it is written. */
export const ioCallbackP: Primitive<CallbackParams> = defineCallback({
  name: "io_callback",
  jvp: noJvp("ioCallback"),
  batch: (axis, args, dims, p, vmap) => {
    if (!p.ordered) return mapLanes(ioCallbackP)(axis, args, dims, p, vmap);
    throw new ArgumentError(
      `vmap: an ordered ioCallback (${String(p.callback.site)}) cannot be called for all lanes: there is no order among ` +
        `them. Leave \`ordered\` out, or map over the lanes with lax.map.`,
    );
  },
  effects: () => ["io"],
});

/** The call of a function that takes all lanes at once. */
const batchPure: BatchRule<CallbackParams> = (axis, args, dims, p, vmap) => {
  if (p.vmapMethod === null) {
    throw new ArgumentError(
      `vmap: pureCallback (${String(p.callback.site)}) needs a vmapMethod ("sequential", "sequentialUnrolled", "expandDims", ` +
        `"broadcastAll" or "legacyVectorized"), which says how the function is called for all lanes.`,
    );
  }
  if (p.vmapMethod === "sequential") return mapLanes(pureCallbackP)(axis, args, dims, p, vmap);
  if (p.vmapMethod === "sequentialUnrolled") {
    const lanes = range(axis.size).map((i) =>
      bind(
        pureCallbackP,
        args.map((x, k) => (dims[k] === null ? x : indexInDim(x, i, dims[k], false))),
        p,
      ),
    );
    const outs = p.outAvals.map((_, k) => stack(lanes.map((lane) => lane[k])));
    return [outs, outs.map(() => 0)];
  }
  const whole = args.map((x, k): NDArray => {
    if (dims[k] === null && p.vmapMethod === "legacyVectorized") return x;
    const size = dims[k] === null && p.vmapMethod === "expandDims" ? 1 : axis.size;
    return materialise({ ...axis, size }, x, dims[k]);
  });
  const outAvals = p.outAvals.map((a) => shaped([axis.size, ...a.shape], a.dtype));
  const outs = bind(pureCallbackP, whole, { ...p, inAvals: whole.map((x) => x.aval), outAvals });
  return [outs, outs.map(() => 0)];
};

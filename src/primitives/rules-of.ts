/** @file The rules of a primitive: those of the user's, and those that follow where there are none. */
import { ArgumentError } from "../base/errors.ts";
import { place } from "../base/util.ts";
import type { NDArray } from "../core/array.ts";
import { type ShapedArray, shaped } from "../core/aval.ts";
import { paramsKey } from "../core/jaxpr/keys.ts";
import {
  type JvpRule,
  type Params,
  type Primitive,
  type PrimitiveDef,
  type TransposeRule,
  UndefPrimal,
  definePrimitive as defineCore,
  isUndef,
  knownOf,
  notLinear,
  zeroTangent,
} from "../core/primitive.ts";
import { bind } from "../core/trace.ts";
import { Zero, isZero } from "../core/zero.ts";
import { materialise, vmapFlat } from "../interpreters/batching.ts";
import { arraysOf, instantiate, nonzeroOf, withZeros } from "../interpreters/tangents.ts";
import { sum } from "../numpy/reductions/reductions.ts";
import type { Several } from "./scalar.ts";
import type { PrimitiveSpec } from "./spec.ts";
import { type Lanes, checkPlain, lowerCompute } from "./host.ts";
import { kernelTangents, noDerivative, runKernel } from "./kernel-primitive.ts";
import { gatherProgram } from "./kernel.ts";
import { lowerKernel } from "./lower.ts";
import type { KernelProgram } from "./program.ts";
import { arrayFrom, checkCount, listOf, orNull, structOf, tangentFrom, typesFrom } from "./rules.ts";

/** The user's parameters, and the lanes of enclosing `vmap`s, outermost first. */
type OwnParams = Params & { readonly vmap?: readonly Lanes[] };

const lanesOf = (params: OwnParams): readonly Lanes[] => params.vmap ?? [];

/** Parameters without the outermost vmap. */
function withinLanes(params: OwnParams): OwnParams {
  const { vmap = [], ...own } = params;
  return vmap.length > 1 ? { ...own, vmap: vmap.slice(1) } : own;
}

/** One primitive's rules, as the core calls them. */
export class Rules {
  readonly #spec: PrimitiveSpec;
  readonly #programs = new Map<string, KernelProgram>();
  readonly primitive: Primitive;

  constructor(spec: PrimitiveSpec) {
    this.#spec = spec;
    this.primitive = defineCore<Params>({
      name: spec.name,
      kind: "opaque",
      abstractEval: (avals, params) => this.#types(avals, params),
      lower: (context, args, params) => {
        const avals = args.map((x) => shaped(x.aval.shape, x.aval.dtype));
        if (spec.kernel !== undefined) return lowerKernel(context, args, this.#program(avals, params));
        const own = ownParams(params);
        return lowerCompute(
          spec.name,
          (ins, outs) => spec.compute!(several(ins), several(outs), own),
          lanesOf(params),
          context.outAvals,
        );
      },
      jvp: this.#jvp(),
      transpose: this.#transpose(),
      batch: (...args) => this.#batch(...args),
      ...(spec.stablehlo === undefined
        ? {}
        : {
            stablehlo: (b, args, params, outs) =>
              lanesOf(params).length === 0 || spec.batch === "elementwise"
                ? b.ops(spec.stablehlo!, args, outs)
                : null,
          }),
    });
  }

  #types(avals: readonly ShapedArray[], params: OwnParams): ShapedArray[] {
    const [lanes] = lanesOf(params);
    if ((lanes as Lanes | undefined) !== undefined) {
      const inner = avals.map((a, i) => (lanes.flags[i] ? shaped(a.shape.slice(1), a.dtype) : a));
      return this.#types(inner, withinLanes(params)).map((a) => shaped([lanes.size, ...a.shape], a.dtype));
    }
    const { name, abstractEval, compute } = this.#spec;
    let outs: ShapedArray[];
    if (abstractEval !== undefined)
      outs = typesFrom(name, abstractEval(several(avals.map(structOf)), ownParams(params)));
    else if (avals.length > 0) outs = [avals[0].strong];
    else throw new ArgumentError(`${name}: without operands, it needs a rule abstractEval.`);
    if (compute !== undefined) checkPlain(name, [...avals, ...outs]);
    return outs;
  }

  /** The kernel for operands of these types. */
  #program(avals: readonly ShapedArray[], params: OwnParams): KernelProgram {
    const [lanes] = lanesOf(params);
    if ((lanes as Lanes | undefined) !== undefined) {
      const inner = avals.map((a, i) => (lanes.flags[i] ? shaped(a.shape.slice(1), a.dtype) : a.strong));
      return this.#program(inner, withinLanes(params)).batched(lanes.size, lanes.flags);
    }
    const key = `${avals.map((a) => a.strong.id).join()} ${paramsKey(params)}`;
    let program = this.#programs.get(key);
    if (program === undefined) this.#programs.set(key, (program = this.#write(avals, params)));
    return program;
  }

  #write(avals: readonly ShapedArray[], params: Params): KernelProgram {
    const { name, kernel } = this.#spec;
    const types = avals.map((a) => a.strong);
    const outs = this.#types(types, params).map((a) => a.strong);
    const { shape } = outs[0];
    if (outs.some((a) => a.shape.join() !== shape.join()))
      throw new ArgumentError(
        `${name}: the results of a kernel must have one shape; write one primitive for each.`,
      );
    return gatherProgram(
      name,
      types,
      shape,
      (index, inputs) => kernel!(several(index), several(inputs), params),
      () => outs,
    );
  }

  /** A rule of one lane, for all lanes of the outermost vmap; what is null for a lane is null for all. */
  #overLanes(
    { size }: Lanes,
    args: readonly NDArray[],
    batched: readonly boolean[],
    rule: (args: readonly NDArray[]) => readonly (NDArray | Zero | null)[],
  ): (NDArray | Zero | null)[] {
    let found: readonly (NDArray | Zero | null)[] = [];
    const axis = { size, name: null };
    const [outs, dims] = vmapFlat(
      (lane) => {
        found = rule(lane);
        return found.filter((x): x is NDArray => x !== null && !isZero(x));
      },
      axis,
      args,
      batched.map((f) => (f ? 0 : null)),
      this.#spec.name,
    );
    const front = outs.map((x, i) => materialise(axis, x, dims[i]));
    return place(
      found.map((x) => x !== null && !isZero(x)),
      front,
      (i) => found[i] as Zero | null,
    );
  }

  #jvp(): JvpRule<Params> | typeof zeroTangent {
    const { jvp, transpose, kernel } = this.#spec;
    if (jvp === "zero") return zeroTangent;
    const isLinear =
      jvp === "linear" || (jvp === undefined && kernel === undefined && transpose !== undefined);
    return (primals, tangents, params) => {
      const outs = bind(this.primitive, primals, params);
      if (isLinear) return [outs, bind(this.primitive, tangents.map(instantiate), params)];
      return [outs, this.#tangents(primals, tangents, params, outs)];
    };
  }

  #tangents(
    primals: readonly NDArray[],
    tangents: readonly (NDArray | Zero)[],
    params: OwnParams,
    outs: readonly NDArray[],
  ): (NDArray | Zero)[] {
    const { name, jvp, kernel } = this.#spec;
    if (typeof jvp !== "function") {
      if (kernel === undefined) throw noDerivative(name, "jvp");
      const program = this.#program(
        primals.map((x) => x.aval),
        params,
      );
      return kernelTangents(program, primals, tangents);
    }
    const [lanes] = lanesOf(params);
    if ((lanes as Lanes | undefined) === undefined) {
      const given = listOf(jvp(several(primals), several(tangents.map(orNull)), params, several(outs)));
      checkCount(name, "jvp", given, outs.length);
      return given.map((x, i) =>
        tangentFrom(`${name}: the rule jvp, the tangent of result ${i}`, x, outs[i].aval),
      );
    }
    const nonzero = nonzeroOf(tangents);
    const operands = [...primals, ...arraysOf(tangents), ...outs];
    const flags = [...lanes.flags, ...lanes.flags.filter((_, i) => nonzero[i]), ...outs.map(() => true)];
    const n = primals.length;
    const m = n + arraysOf(tangents).length;
    const found = this.#overLanes(lanes, operands, flags, (lane) =>
      this.#tangents(
        lane.slice(0, n),
        withZeros(lane.slice(0, n), nonzero, lane.slice(n, m)),
        withinLanes(params),
        lane.slice(m),
      ),
    );
    return found.map((x, i) => (x === null || isZero(x) ? new Zero(outs[i].aval) : x));
  }

  #transpose(): TransposeRule<Params> | typeof notLinear {
    const { transpose, kernel, jvp } = this.#spec;
    if (transpose === undefined && kernel === undefined && jvp !== "linear") return notLinear;
    return (cotangents, args, params) => this.#cotangents(cotangents, args, params);
  }

  #cotangents(
    cotangents: readonly (NDArray | Zero)[],
    args: readonly (NDArray | UndefPrimal)[],
    params: OwnParams,
  ): (NDArray | Zero | null)[] {
    const { name, transpose, kernel } = this.#spec;
    const linear = args.map(isUndef);
    if (transpose === undefined) {
      if (kernel === undefined) throw noDerivative(name, "transpose");
      const avals = args.map((a) => a.aval);
      const program = this.#program(avals, params).transposed(linear);
      return place(
        linear,
        runKernel(program, [...knownOf(args), ...cotangents.map(instantiate)]),
        () => null,
      );
    }
    const [lanes] = lanesOf(params);
    if ((lanes as Lanes | undefined) === undefined) {
      const given = listOf(
        transpose(
          several(cotangents.map(orNull)),
          several(args.map((a) => (isUndef(a) ? structOf(a.aval) : a))),
          params,
        ),
      );
      checkCount(name, "transpose", given, args.length);
      return given.map((x, i) =>
        linear[i]
          ? tangentFrom(`${name}: the rule transpose, the cotangent of operand ${i}`, x ?? null, args[i].aval)
          : null,
      );
    }
    return this.#cotangentsOfLanes(lanes, cotangents, args, params);
  }

  #cotangentsOfLanes(
    lanes: Lanes,
    cotangents: readonly (NDArray | Zero)[],
    args: readonly (NDArray | UndefPrimal)[],
    params: OwnParams,
  ): (NDArray | Zero | null)[] {
    const known = args.map((a) => !isUndef(a));
    const inner = args.map((a, i) => (lanes.flags[i] ? shaped(a.aval.shape.slice(1), a.aval.dtype) : a.aval));
    const nonzero = nonzeroOf(cotangents);
    const operands = [...knownOf(args), ...arraysOf(cotangents)];
    const n = knownOf(args).length;
    const flags = [...lanes.flags.filter((_, i) => known[i]), ...arraysOf(cotangents).map(() => true)];
    const found = this.#overLanes(lanes, operands, flags, (lane) => {
      const types = cotangents.map((ct) => ({ aval: shaped(ct.aval.shape.slice(1), ct.aval.dtype) }));
      const own = place(known, lane.slice(0, n), (i): NDArray | UndefPrimal => new UndefPrimal(inner[i]));
      return this.#cotangents(withZeros(types, nonzero, lane.slice(n)), own, withinLanes(params));
    });
    // What all lanes share collects from all of them.
    return found.map((x, i) => {
      if (x === null) return null;
      if (isZero(x)) return new Zero(args[i].aval);
      return lanes.flags[i] ? x : sum(x, 0);
    });
  }

  #batch(
    ...[axis, args, dims, params]: Parameters<PrimitiveDef<OwnParams>["batch"]>
  ): [NDArray[], (number | null)[]] {
    const { name, batch } = this.#spec;
    const flags = dims.map((d) => d !== null);
    const all = batch === "elementwise";
    const front = args.map((x, i) => (flags[i] || all ? materialise(axis, x, dims[i]) : x));
    if (all) {
      const outs = bind(this.primitive, front, params);
      return [outs, outs.map(() => 0)];
    }
    if (typeof batch === "function" && lanesOf(params).length === 0) {
      const types = this.#types(
        front.map((x, i) => (flags[i] ? shaped(x.shape.slice(1), x.dtype) : x.aval)),
        params,
      );
      const given = listOf(batch(axis.size, several(front), flags, params));
      checkCount(name, "batch", given, types.length);
      const outs = given.map((x, i) =>
        arrayFrom(
          `${name}: the rule batch, result ${i}`,
          x,
          shaped([axis.size, ...types[i].shape], types[i].dtype),
        ),
      );
      return [outs, outs.map(() => 0)];
    }
    const outs = bind(this.primitive, front, {
      ...params,
      vmap: [{ size: axis.size, flags }, ...lanesOf(params)],
    });
    return [outs, outs.map(() => 0)];
  }
}

/** A list, as the user's rules see it. */
const several = <T>(list: readonly T[]): Several<T> => list as unknown as Several<T>;

function ownParams(params: OwnParams): Params {
  const { vmap: _, ...own } = params;
  return own;
}

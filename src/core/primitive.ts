/**
 * @file Primitives: one object each, holding every rule.
 *
 * Every rule key is mandatory. Where a rule cannot exist its absence is a value (`zeroTangent`, `notLinear`), so that
 * forgetting one does not compile. Rules run under the trace below the one that calls them; they compute with the
 * library's own functions, so that transformations compose.
 */
import type { Lowered, Pull } from "../loops/pull.ts";
import { invariant } from "../base/util.ts";
import type { NDArray } from "./array.ts";
import type { ShapedArray } from "./aval.ts";
import type { Dependent, DependenceTools } from "./dependent.ts";
import type { HloBuilder, HloRule, HloValue } from "./hlo.ts";
import type { LowerContext, LowerRule } from "./lowering.ts";
import { type Tangent, type Zero, isZero } from "./zero.ts";

/** Parameters of an equation: plain data (or jaxprs and functions for higher-order primitives), never arrays. */
export type Params = Readonly<Record<string, unknown>>;

/** The parameters of primitives that have none. */
export type NoParams = Readonly<Record<string, never>>;

/** What an equation does beside computing: it tells something of the program, calls the host, or may fail a check. */
export type Effect = "debug" | "io" | "check";

/** The rule of a primitive whose outputs have no derivative: all output tangents are zero. */
export const zeroTangent = "zeroTangent";
/** The rule of a primitive that is not linear in any operand and therefore is never transposed. */
export const notLinear = "notLinear";
/** The rule of a call: compilers put its body in its place before they lower anything. */
export const inlined = "inlined";

/** A linear operand during transposition: its value is not known. */
export class UndefPrimal {
  readonly kind = "undefined primal";
  readonly aval: ShapedArray;
  constructor(aval: ShapedArray) {
    this.aval = aval;
  }
}

export const isUndef = (x: unknown): x is UndefPrimal => x instanceof UndefPrimal;

/** The operands, of which none may be linear. */
export const allKnown = (args: readonly (NDArray | UndefPrimal)[], otherwise: string): NDArray[] =>
  args.map((a) => {
    invariant(!isUndef(a), otherwise);
    return a;
  });

/** The operands whose values are known. */
export const knownOf = (args: readonly (NDArray | UndefPrimal)[]): NDArray[] =>
  args.filter((a): a is NDArray => !isUndef(a));

/**
 * A program to be transposed is not linear. Programs made by linearisation always are: users meet this through
 * `linearTranspose` alone, which says so.
 */
export class NonlinearError extends Error {
  /** What was applied, to a value (or to several at once) that depends on the linear inputs. */
  readonly primitive: string;
  readonly several: boolean;

  constructor(primitive: string, several: boolean) {
    super(`internal: ${primitive} is not linear, but a linear program uses it`);
    this.primitive = primitive;
    this.several = several;
  }
}

/** For products: linear in each operand, but not in two of them together. */
export function checkOneLinear(primitive: string, args: readonly unknown[]): void {
  if (args.filter(isUndef).length > 1) throw new NonlinearError(primitive, true);
}

/** The axis that a `vmap` adds. */
export interface BatchAxis {
  readonly size: number;
  readonly name: string | null;
}

/** Position of the batch axis in a value, or null for one that is not batched. */
export type BatchDim = number | null;

/** Maps a flat function over the lanes of an axis: outputs and where their batch axes are. */
export type VmapFlat = (
  f: (args: readonly NDArray[]) => readonly NDArray[],
  axis: BatchAxis,
  args: readonly NDArray[],
  dims: readonly BatchDim[],
  what: string,
) => [NDArray[], BatchDim[]];

/** A value along a curve x(t): its Taylor coefficients, the derivatives x⁽ᵏ⁾(0) divided by k!. */
export interface TaylorSeries {
  /** Number 0 is the value itself, and always an array. */
  coefficient(k: number): Tangent;
}

/** A complex value as two real ones. */
export class Parts {
  readonly re: NDArray;
  readonly im: NDArray;
  constructor(re: NDArray, im: NDArray) {
    this.re = re;
    this.im = im;
  }
}

/**
 * What a primitive is. What its derivative rules are given holds by the interpreters that call them (jvp.ts, linearize.ts and
 * jet.ts of src/interpreters call `jvp`, transpose.ts calls `transpose` and `accumulate`), so no rule asks again:
 * - tangents: at least one is an array. Those of integers and booleans are zeros, so where one operand alone may have a
 *   tangent it has one.
 * - cotangents: at least one is an array; that of a single output therefore is.
 * - transposition: at least one operand is undefined. Whatever depends on the linear inputs of the program is, so an operand
 *   in which the primitive is not linear is known unless the program is not linear.
 */
export interface PrimitiveDef<P extends Params> {
  readonly name: string;
  /** What passes may ask about it; they never ask for its name. */
  readonly kind: "elementwise" | "movement" | "reduction" | "contraction" | "call" | "opaque";
  /** Output avals. Checks shapes and dtypes: the errors here are the ones that users meet. */
  abstractEval(avals: readonly ShapedArray[], params: P): ShapedArray[];
  /** What the primitive computes: its only definition. See loops/pull.ts. */
  lower: LowerRule<P> | typeof inlined;
  /** `[outputs, tangents of the outputs]`. */
  jvp: JvpRule<P> | typeof zeroTangent;
  /** Cotangents of the operands, given those of the outputs. Null for operands that are known. */
  transpose: TransposeRule<P> | typeof notLinear;
  /**
   * `transpose` with sums of cotangents to which those of some operands are added. For primitives that may read a small part
   * of an operand: only that part of the sum is touched. By default cotangents are made whole, and added.
   */
  accumulate?: AccumulateRule<P>;
  /** Outputs with the position of their batch axes, given operands of which at least one is batched. */
  batch(
    axis: BatchAxis,
    args: readonly NDArray[],
    dims: readonly BatchDim[],
    params: P,
    /** For rules that run functions. */
    vmap: VmapFlat,
  ): [NDArray[], BatchDim[]];
  /** True if the output holds the same row-major data as the first operand: eager evaluation shares it. */
  readonly aliases?: boolean;
  /** True if floating-point results depend on an order of additions that compilers choose. So do those of contractions. */
  readonly ordered?: boolean;
  /** True if the output, though larger, takes each element of its operands at most once: they need not be stored first. */
  readonly readsOnce?: boolean;
  /** What it does beside computing. None by default; bodies are looked into anyway. */
  effects?(params: P): readonly Effect[];
  /** For collectives: the axis names an equation refers to. A batch trace of that name handles it even unbatched. */
  axisNames?(params: P): readonly string[];
  /**
   * For calls: evaluates an equation by running its body under the current trace, instead of binding the primitive.
   */
  call?(args: readonly NDArray[], params: P): NDArray[];
  /** For higher-order primitives: their eager evaluation, which runs their bodies. */
  evaluate?(args: readonly NDArray[], params: P): NDArray[];
  /** For those that run their bodies as one program: runs them operation by operation, so that one can be blamed. */
  steps?(args: readonly NDArray[], params: P): void;
  /** A linearize rule of its own, for higher-order primitives; by default it is derived from `jvp`. */
  linearize?: LinearizeRule<P>;
  /**
   * Taylor mode: coefficient k of each output, for k from 0 on, from those of the operands up to k and of the outputs below
   * k. By default it is solved for from `jvp`; a rule saves work.
   */
  jet?: JetRule<P>;
  /**
   * Which inputs of a program the outputs may depend on, element by element; see interpreters/dependence.ts. By default
   * element-wise primitives depend on the same element, movements on the element moved, others on all elements.
   */
  dependence?: DependenceRule<P>;
  /** For higher-order primitives: an equation that computes only the outputs wanted; null where that needs all of it. */
  prune?(params: P, wanted: readonly boolean[]): Pruned<P> | null;
  /**
   * What the primitive computes on complex numbers, in terms of their parts: an equation with complex operands or outputs is
   * replaced by the equations of this rule before it is lowered; see interpreters/complex.ts. Real operands are arrays. By default
   * movements move both parts; others are not defined for complex numbers.
   */
  complex?: ComplexRule<P>;
  /**
   * How it is written in StableHLO: the operation of this name, with the operands as they are, or a rule. The library's own
   * primitives have theirs in src/stablehlo/export/rules, which not every bundle holds; what has none follows from `lower` (and
   * `complex`).
   */
  stablehlo?: string | HloRule<P>;
}

/** What is left of an equation of which not all outputs are wanted. */
export interface Pruned<P extends Params = Params> {
  readonly params: P;
  /** Its operands, by their indices among those it had. */
  readonly inputs: readonly number[];
  /** Which of its outputs it still has. */
  readonly outputs: readonly number[];
}

export type JvpRule<P extends Params> = (
  primals: readonly NDArray[],
  tangents: readonly Tangent[],
  params: P,
) => [NDArray[], Tangent[]];

export type TransposeRule<P extends Params> = (
  cotangents: readonly Tangent[],
  args: readonly (NDArray | UndefPrimal)[],
  params: P,
) => (NDArray | Zero | null)[];

/** Where there is a sum, the answer includes it. At least one is given, none for operands that are known. */
export type AccumulateRule<P extends Params> = (
  sums: readonly (NDArray | undefined)[],
  cotangents: readonly Tangent[],
  args: readonly (NDArray | UndefPrimal)[],
  params: P,
) => (NDArray | Zero | null)[];

/** Returns the outputs and a function that stages the output tangents, given the tangent operands. */
export type LinearizeRule<P extends Params> = (
  primals: readonly NDArray[],
  nonzero: readonly boolean[],
  params: P,
) => [NDArray[], (tangents: readonly Tangent[]) => Tangent[]];

export type BatchRule<P extends Params> = PrimitiveDef<P>["batch"];

export type DependenceRule<P extends Params = Params> = (
  args: readonly Dependent[],
  params: P,
  outAvals: readonly ShapedArray[],
  tools: DependenceTools,
) => Dependent[];

export type JetRule<P extends Params = Params> = (
  args: readonly TaylorSeries[],
  outs: (k: number) => readonly Tangent[],
  params: P,
) => (k: number) => Tangent[];

export type ComplexRule<P extends Params = Params> = (
  args: readonly (NDArray | Parts)[],
  params: P,
  outAvals: readonly ShapedArray[],
) => (NDArray | Parts)[];

/**
 * A primitive that was defined. (Methods are bivariant in their parameters, function-typed properties are not; so the stored form
 * of the rules widens P.)
 */
export interface Primitive<P extends Params = Params> extends Omit<
  PrimitiveDef<P>,
  "lower" | "jvp" | "transpose" | "accumulate" | "linearize" | "jet" | "dependence" | "complex" | "stablehlo"
> {
  readonly id: number;
  lower(context: LowerContext, args: readonly Pull[], params: P): Lowered;
  readonly hasJvp: boolean;
  jvp(primals: readonly NDArray[], tangents: readonly Tangent[], params: P): [NDArray[], Tangent[]];
  readonly isLinear: boolean;
  transpose(
    cotangents: readonly Tangent[],
    args: readonly (NDArray | UndefPrimal)[],
    params: P,
  ): (NDArray | Zero | null)[];
  accumulate?(
    sums: readonly (NDArray | undefined)[],
    cotangents: readonly Tangent[],
    args: readonly (NDArray | UndefPrimal)[],
    params: P,
  ): (NDArray | Zero | null)[];
  linearize?(
    primals: readonly NDArray[],
    nonzero: readonly boolean[],
    params: P,
  ): [NDArray[], (tangents: readonly Tangent[]) => Tangent[]];
  jet?(
    args: readonly TaylorSeries[],
    outs: (k: number) => readonly Tangent[],
    params: P,
  ): (k: number) => Tangent[];
  dependence?(
    args: readonly Dependent[],
    params: P,
    outAvals: readonly ShapedArray[],
    tools: DependenceTools,
  ): Dependent[];
  complex?(
    args: readonly (NDArray | Parts)[],
    params: P,
    outAvals: readonly ShapedArray[],
  ): (NDArray | Parts)[];
  stablehlo?(
    b: HloBuilder,
    args: readonly HloValue[],
    params: P,
    outs: readonly ShapedArray[],
  ): readonly HloValue[] | null;
}

const registry = new Map<string, Primitive>();

/** All primitives by name, for tests and documentation. */
export const primitives: ReadonlyMap<string, Primitive> = registry;

const isNonzero = (t: Tangent): boolean => !isZero(t);

/** The rule of what is one operation of StableHLO. */
const named =
  (name: string): HloRule<Params> =>
  (b, args, _params, outs) =>
    b.ops(name, args, outs);

/** Makes a primitive known to the library. Names are unique. */
export function definePrimitive<P extends Params>(def: PrimitiveDef<P>): Primitive<P> {
  invariant(!registry.has(def.name), `primitive ${def.name} is defined twice`);
  const { stablehlo, ...rules } = def;
  const { lower, jvp, transpose } = rules;
  // Made once: these rules run for every equation of every derivative.
  const messages = {
    noTangent: `${def.name} has no tangent`,
    jvp: `${def.name}: no tangent to push forward`,
    transpose: `${def.name}: nothing to transpose`,
  };
  const primitive: Primitive<P> = {
    ...rules,
    id: registry.size,
    lower: (context, args, params) => {
      invariant(lower !== inlined, `${def.name} is inlined`);
      return lower(context, args, params);
    },
    hasJvp: jvp !== zeroTangent,
    isLinear: transpose !== notLinear,
    jvp: (primals, tangents, params) => {
      invariant(jvp !== zeroTangent, messages.noTangent);
      invariant(tangents.some(isNonzero), messages.jvp);
      return jvp(primals, tangents, params);
    },
    transpose: (cotangents, args, params) => {
      if (transpose === notLinear) throw new NonlinearError(def.name, false);
      invariant(cotangents.some(isNonzero) && args.some(isUndef), messages.transpose);
      return transpose(cotangents, args, params);
    },
    ...(stablehlo === undefined
      ? {}
      : { stablehlo: typeof stablehlo === "string" ? named(stablehlo) : stablehlo }),
  };
  registry.set(def.name, primitive);
  return primitive;
}

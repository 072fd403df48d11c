/**
 * @file Jaxprs: traced programs as data.
 *
 * A jaxpr is a list of equations in evaluation order; each applies one primitive to atoms (variables or literals) and
 * binds fresh variables. Constants are closed over: `ClosedJaxpr` pairs a jaxpr with the values of its `constvars`.
 * Everything here is immutable once built.
 */
import type { Source } from "../../base/source.ts";
import type { ConcreteArray, NDArray } from "../array.ts";
import type { ShapedArray } from "../aval.ts";
import { OptionalPart } from "../late.ts";
import type { Params, Primitive } from "../primitive.ts";

/** A variable: compared by identity. */
export class Var {
  readonly aval: ShapedArray;
  constructor(aval: ShapedArray) {
    this.aval = aval;
  }
}

/** A 0-d constant in place of a variable. */
export class Literal {
  readonly value: ConcreteArray;
  constructor(value: ConcreteArray) {
    this.value = value;
  }
  get aval(): ShapedArray {
    return this.value.aval;
  }
}

/**
 * An operand of an equation, or a result of a jaxpr.
 */
export type Atom = Var | Literal;

/**
 * An equation of a jaxpr: a primitive with parameters, applied to atoms, defines variables.
 */
export interface Eqn {
  readonly primitive: Primitive;
  readonly inputs: readonly Atom[];
  readonly params: Params;
  readonly outputs: readonly Var[];
  /** The user's call behind it, where calls are recorded (`config.values.sourceLines`). */
  readonly source?: Source | undefined;
}

/**
 * A traced program: equations from variables for constants and inputs to results, in order of evaluation.
 */
export interface Jaxpr {
  readonly constvars: readonly Var[];
  readonly invars: readonly Var[];
  readonly eqns: readonly Eqn[];
  readonly outs: readonly Atom[];
}

/** A jaxpr and the values of its constants. */
export class ClosedJaxpr {
  readonly jaxpr: Jaxpr;
  readonly consts: readonly NDArray[];

  constructor(jaxpr: Jaxpr, consts: readonly NDArray[]) {
    this.jaxpr = jaxpr;
    this.consts = consts;
  }

  get inAvals(): ShapedArray[] {
    return this.jaxpr.invars.map((v) => v.aval);
  }
  get outAvals(): ShapedArray[] {
    return this.jaxpr.outs.map((a) => a.aval);
  }

  /** The program in JAX's notation; on request with the user's line behind each equation. */
  toString(options?: PrintOptions): string {
    return jaxprPrinter.value?.(this, options) ?? `a jaxpr of ${this.jaxpr.eqns.length} equations`;
  }
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

/** How to print. */
export interface PrintOptions {
  /** Each equation with the line of the user's that it comes from, and whether it belongs to the backward part of a derivative. */
  readonly sourceLines?: boolean | undefined;
  /** Types of values that adopt the dtype of what they meet are marked: `~f64[]`. */
  readonly weakTypes?: boolean | undefined;
}

/** The text of a jaxpr: installed by all that gives jaxprs to users. */
export const jaxprPrinter = new OptionalPart<(closed: ClosedJaxpr, options?: PrintOptions) => string>();

/** Throws if a jaxpr is none: a fault of the library. */
export const jaxprChecker = new OptionalPart<(closed: ClosedJaxpr) => void>();

/** The jaxprs among an equation's parameters: the bodies of a higher-order primitive. */
export function subJaxprs(params: Params): ClosedJaxpr[] {
  return Object.values(params).flatMap((p) =>
    p instanceof ClosedJaxpr
      ? [p]
      : Array.isArray(p)
        ? p.filter((q): q is ClosedJaxpr => q instanceof ClosedJaxpr)
        : [],
  );
}

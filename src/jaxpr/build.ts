/** @file Programs built equation by equation. */
import { checkFunction, checkListOf, refuseMore, show } from "../base/checks.ts";
import { ArgumentError } from "../base/errors.ts";
import { isPlainObject } from "../base/util.ts";
import { ShapeDtypeStruct } from "../api/staging.ts";
import type { NDArray } from "../core/array.ts";
import { type ArrayLike, ConcreteArray, isArrayLike } from "../core/array.ts";
import { type ShapedArray, shaped } from "../core/aval.ts";
import { type Atom, ClosedJaxpr, type Eqn, Literal, Var, jaxprPrinter } from "../core/jaxpr/ir.ts";
import { printClosedJaxpr } from "../core/jaxpr/print.ts";
import type { Params, Primitive } from "../core/primitive.ts";
import { asArray } from "../lax/operands/convert.ts";
import { checkJaxpr, lookUpPrimitive } from "./checks.ts";
import { evalJaxpr } from "./evaluate.ts";
import { JaxprError } from "./errors.ts";
import { outTypes } from "./parse.ts";

export { evalJaxpr };

/** An operand of an equation: a variable, a literal, or a number or array, of which one is made. */
export type Operand = Atom | ArrayLike;

/** Collects the equations of one program. */
export class JaxprBuilder {
  readonly #eqns: Eqn[] = [];
  readonly #bound = new Set<Var>();
  readonly #constants = new Map<NDArray, Var>();

  /** A new input variable. */
  input(aval: ShapedArray): Var {
    const v = new Var(aval);
    this.#bound.add(v);
    return v;
  }

  /** An operand as it stands in equations: numbers and 0-dimensional arrays are literals, other arrays constants. */
  atom(x: Operand): Atom {
    if (x instanceof Literal) return x;
    if (x instanceof Var) {
      if (!this.#bound.has(x))
        throw new JaxprError(`buildJaxpr: a variable ${x.aval.short()} is of another program.`);
      return x;
    }
    if (!isArrayLike(x))
      throw new ArgumentError(`buildJaxpr: expected a variable or an array; got ${show(x)}.`);
    const array = asArray(x, "buildJaxpr");
    if (array instanceof ConcreteArray && array.ndim === 0) return new Literal(array);
    let v = this.#constants.get(array);
    if (v === undefined) this.#constants.set(array, (v = this.input(array.aval)));
    return v;
  }

  /** A new equation; the types of its results are those that the primitive computes. */
  bind(primitive: string | Primitive, inputs: readonly Operand[], params: Params = {}): Var[] {
    checkListOf("bind", "the operands", inputs);
    const found =
      typeof primitive === "string" ? lookUpPrimitive(primitive, refuse) : checkPrimitive(primitive);
    if (!isPlainObject(params)) refuse(`the parameters must be a record; got ${show(params)}`);
    const atoms = inputs.map((x) => this.atom(x));
    const outputs = outTypes(found, atoms, params, refuse).map((aval) => this.input(aval));
    this.#eqns.push({ primitive: found, inputs: atoms, params, outputs });
    return outputs;
  }

  /** The program with these inputs and results. */
  finish(inputs: readonly Var[], outs: readonly Operand[]): ClosedJaxpr {
    const results = outs.map((x) => this.atom(x));
    const [constvars, consts] = [[...this.#constants.values()], [...this.#constants.keys()]];
    return checkJaxpr(
      new ClosedJaxpr({ constvars, invars: inputs, eqns: this.#eqns, outs: results }, consts),
    );
  }
}

function refuse(detail: string): never {
  throw new JaxprError(`buildJaxpr: ${detail}.`);
}

const checkPrimitive = (p: Primitive): Primitive => {
  if (typeof p === "object" && (p as unknown) !== null && "abstractEval" in p) return p;
  throw new ArgumentError(`buildJaxpr: expected the name of a primitive; got ${show(p)}.`);
};

const typeOf = (x: ArrayLike | ShapeDtypeStruct): ShapedArray =>
  x instanceof ShapeDtypeStruct
    ? shaped(x.shape, x.dtype, x.weakType)
    : asArray(x, "buildJaxpr: the type of an input").aval;

/**
 * A program built equation by equation: `build` is given a builder and a variable for each input, and returns the results.
 * @param inputs the types of the inputs: `ShapeDtypeStruct`s, or arrays like those that it will be called with
 * @param build `(builder, ...inputs) => results`; `builder.bind(name, operands, params)` adds an equation and gives its results
 * @throws JaxprError for primitives that there are not, and operands or parameters that are not theirs
 * @throws ArgumentError for anything but variables and arrays
 * @see jax.make_jaxpr
 * @example
 * const program = buildJaxpr([new ShapeDtypeStruct([3], "float64")], (b, x) => {
 *   const [y] = b.bind("sin", [x!]);
 *   return b.bind("reduce_sum", [y!], { axes: [0] });
 * });
 * evalJaxpr(program, [np.zeros([3])])[0]!.item(); // 0
 */
export function buildJaxpr(
  inputs: readonly (ArrayLike | ShapeDtypeStruct)[],
  build: (builder: JaxprBuilder, ...inputs: Var[]) => readonly Operand[],
  ...more: readonly unknown[]
): ClosedJaxpr {
  refuseMore("buildJaxpr", 2, more);
  checkListOf("buildJaxpr", "the types of the inputs", inputs);
  checkFunction("buildJaxpr", "the second argument", build);
  jaxprPrinter.install(printClosedJaxpr);
  const builder = new JaxprBuilder();
  const vars = inputs.map((x) => builder.input(typeOf(x)));
  const outs = build(builder, ...vars);
  checkListOf("buildJaxpr", "what the function returns", outs);
  return builder.finish(vars, outs);
}

/**
 * @file Tangents of numbers in the body of a loop, with their coefficients accumulated first.
 *
 * Pushed forward, a tangent passes one operation after another, and the next step waits for the last of them. But a body
 * is linear in its tangents: ((r·ẋ)·(1 − x) − (r·x)·ẋ) is (r·(1 − x) − r·x)·ẋ, where all but one product and one sum do
 * not wait for ẋ. (Preaccumulation of local Jacobians; Griewank and Walther, Evaluating Derivatives, ch. 10.) A tree of
 * sums and products is rewritten so only if that makes it shallower without adding operations, and only among numbers:
 * in loops over arrays it is not latency that counts.
 */
import { type NDArray, scalarArray } from "../../core/array.ts";
import { evalEqn } from "../../core/jaxpr/eval.ts";
import { type Atom, type ClosedJaxpr, type Eqn, Literal, type Var } from "../../core/jaxpr/ir.ts";
import type { Primitive } from "../../core/primitive.ts";
import { bind } from "../../core/trace.ts";
import { addP, divP, mulP, subP } from "../../lax/elementwise/arithmetic.ts";
import { negP } from "../../lax/elementwise/functions.ts";
import { traceFlat } from "../bodies.ts";

/** ±factor, a factor of null being 1. */
interface Coefficient<F> {
  readonly negative: boolean;
  readonly factor: F | null;
}

/** A linear combination of tangents. */
type Form<F> = ReadonlyMap<Var, Coefficient<F>>;

/** Arithmetic on what the tangents are multiplied by: the program's, or one that only counts. */
interface Arithmetic<F> {
  known(a: Atom): F;
  /** 1 of the dtype of a tangent. */
  one(v: Var): F;
  apply(operation: Primitive, a: F, b: F): F;
}

const plus: Primitive = addP;
const minus: Primitive = subP;
const times: Primitive = mulP;
const over: Primitive = divP;
const negate: Primitive = negP;
const linear = new Set([plus, minus, times, over, negate]);

function scaled<F>(form: Form<F>, operation: Primitive, by: F, arithmetic: Arithmetic<F>): Form<F> {
  return new Map(
    [...form].map(([v, { negative, factor }]) => [
      v,
      {
        negative,
        factor:
          factor === null && operation === times
            ? by
            : arithmetic.apply(operation, factor ?? arithmetic.one(v), by),
      },
    ]),
  );
}

const negated = <F>(form: Form<F>): Form<F> =>
  new Map([...form].map(([v, c]) => [v, { ...c, negative: !c.negative }]));

function sum<F>(a: Form<F>, b: Form<F>, arithmetic: Arithmetic<F>): Form<F> {
  const out = new Map(a);
  for (const [v, y] of b) {
    const x = out.get(v);
    const [p, q] = [x, y].map((c) => c?.factor ?? arithmetic.one(v));
    if (x === undefined) out.set(v, y);
    else if (x.negative === y.negative) out.set(v, { ...x, factor: arithmetic.apply(plus, p, q) });
    else {
      const [from, less] = x.negative ? [q, p] : [p, q];
      out.set(v, { negative: false, factor: arithmetic.apply(minus, from, less) });
    }
  }
  return out;
}

/** The form of an equation's output, given those of its operands that are tangents. */
function formOf<F>(
  { primitive, inputs: [x, y] }: Eqn,
  form: (a: Atom) => Form<F> | undefined,
  arithmetic: Arithmetic<F>,
): Form<F> {
  const a = form(x);
  if (primitive === negate) return negated(a!);
  const b = form(y);
  if (a !== undefined && b !== undefined) return sum(a, primitive === minus ? negated(b) : b, arithmetic);
  return a === undefined
    ? scaled(b!, primitive, arithmetic.known(x), arithmetic)
    : scaled(a, primitive, arithmetic.known(y), arithmetic);
}

/** Not of half precision, in which a product of coefficients soon overflows. */
const isNumber = ({ aval }: Atom): boolean =>
  aval.ndim === 0 && (aval.dtype === "float32" || aval.dtype === "float64");

/** Just a tangent. */
const itself = (v: Var): Form<never> => new Map([[v, { negative: false, factor: null }]]);

/** A tree of linear equations: what it is as a form, and what both cost. */
interface Tree {
  readonly eqn: Eqn;
  readonly form: Form<true>;
  /** Equations. */
  readonly size: number;
  /** Equations on the longest way of a tangent. */
  readonly depth: number;
  /** Operations on coefficients. */
  readonly work: number;
}

/** Forms of more tangents are not made: time stays in proportion to the program. */
const MOST_TANGENTS = 8;

/** Which equations of a program are replaced by forms. */
class Trees {
  readonly #tangents: Set<Atom>;
  readonly #uses = new Map<Atom, number>();
  readonly #trees = new Map<Atom, Tree>();
  /** Variables inside trees: they have a form only. */
  readonly inner = new Set<Var>();
  /** Variables that are computed from their forms. */
  readonly roots = new Set<Var>();

  constructor({ jaxpr }: ClosedJaxpr, tangents: readonly Var[]) {
    this.#tangents = new Set(tangents);
    for (const a of jaxpr.outs) this.#uses.set(a, 2);
    for (const { inputs } of jaxpr.eqns)
      for (const a of inputs) this.#uses.set(a, (this.#uses.get(a) ?? 0) + 1);
    const subtrees = new Set<Atom>();
    for (const eqn of jaxpr.eqns) {
      if (!eqn.inputs.some((a) => this.isTangent(a))) continue;
      for (const v of eqn.outputs) this.#tangents.add(v);
      const tree = this.#isLinear(eqn) ? this.#treeOf(eqn) : null;
      if (tree === null) continue;
      this.#trees.set(eqn.outputs[0], tree);
      for (const a of eqn.inputs) if (this.#subtree(a) !== undefined) subtrees.add(a);
    }
    for (const [v, tree] of this.#trees) if (!subtrees.has(v) && isBetter(tree)) this.#take(tree);
  }

  isTangent(a: Atom): a is Var {
    return this.#tangents.has(a);
  }

  /** Sums of tangents, and products and quotients of a tangent and a number known. */
  #isLinear({ primitive, inputs, outputs }: Eqn): boolean {
    if (!linear.has(primitive) || ![...inputs, ...outputs].every(isNumber)) return false;
    const [first, second] = inputs.map((a) => this.isTangent(a));
    if (primitive === negate) return true;
    if (primitive === times) return first !== second;
    return primitive === over ? !second : first && second;
  }

  /** The tree that an operand brings along: one that nothing else uses. */
  #subtree(a: Atom): Tree | undefined {
    return this.#uses.get(a) === 1 ? this.#trees.get(a) : undefined;
  }

  #treeOf(eqn: Eqn): Tree | null {
    let work = 0;
    const count: Arithmetic<true> = {
      known: () => true,
      one: () => true,
      apply: () => {
        work++;
        return true;
      },
    };
    const subtrees = eqn.inputs.map((a) => this.#subtree(a));
    const form = formOf(
      eqn,
      (a) => (this.isTangent(a) ? (this.#subtree(a)?.form ?? itself(a)) : undefined),
      count,
    );
    if (form.size > MOST_TANGENTS) return null;
    return {
      eqn,
      form,
      size: subtrees.reduce((n, t) => n + (t?.size ?? 0), 1),
      depth: 1 + Math.max(...subtrees.map((t) => t?.depth ?? 0)),
      work: subtrees.reduce((n, t) => n + (t?.work ?? 0), work),
    };
  }

  #take({ eqn }: Tree): void {
    this.roots.add(eqn.outputs[0]);
    const stack = [...eqn.inputs];
    for (let a = stack.pop(); a !== undefined; a = stack.pop()) {
      const subtree = this.#subtree(a);
      if (subtree === undefined) continue;
      this.inner.add(subtree.eqn.outputs[0]);
      stack.push(...subtree.eqn.inputs);
    }
  }
}

/** Whether evaluating its form is no more work, and a shorter way for the tangents. */
function isBetter({ form, size, depth, work }: Tree): boolean {
  const coefficients = [...form.values()];
  const products = coefficients.filter((c) => c.factor !== null).length;
  const sums = form.size - 1 + (coefficients.every((c) => c.negative) ? 1 : 0);
  return work + products + sums <= size && Math.min(products, 1) + sums < depth;
}

/** Runs the program, with forms in the place of what is inside the trees. */
class Evaluation {
  readonly #values = new Map<Var, NDArray>();
  readonly #forms = new Map<Var, Form<NDArray>>();
  readonly #arithmetic: Arithmetic<NDArray> = {
    known: (a) => this.#read(a),
    one: (v) => scalarArray(1, v.aval.dtype),
    apply: (operation, a, b) => bind(operation, [a, b], {})[0],
  };

  run({ jaxpr, consts }: ClosedJaxpr, trees: Trees, args: readonly NDArray[]): NDArray[] {
    jaxpr.constvars.forEach((v, i) => this.#values.set(v, consts[i]));
    jaxpr.invars.forEach((v, i) => this.#values.set(v, args[i]));
    for (const eqn of jaxpr.eqns) {
      const [v] = eqn.outputs;
      const isRoot = trees.roots.has(v);
      if (isRoot || trees.inner.has(v)) {
        const form = formOf(
          eqn,
          (a) => (trees.isTangent(a) ? (this.#forms.get(a) ?? itself(a)) : undefined),
          this.#arithmetic,
        );
        if (isRoot) this.#values.set(v, this.#evaluate(form));
        else this.#forms.set(v, form);
        continue;
      }
      const outs = evalEqn(
        eqn,
        eqn.inputs.map((a) => this.#read(a)),
      );
      eqn.outputs.forEach((o, i) => this.#values.set(o, outs[i]));
    }
    return jaxpr.outs.map((a) => this.#read(a));
  }

  #read(a: Atom): NDArray {
    return a instanceof Literal ? a.value : this.#values.get(a)!;
  }

  #evaluate(form: Form<NDArray>): NDArray {
    // What is added comes first, so that nothing need be negated.
    const terms = [...form].sort(([, a], [, b]) => Number(a.negative) - Number(b.negative));
    return terms.reduce<NDArray | null>((total, [v, { negative, factor }]) => {
      const term = factor === null ? this.#read(v) : bind(times, [factor, this.#read(v)], {})[0];
      if (total !== null) return bind(negative ? minus : plus, [total, term], {})[0];
      return negative ? bind(negate, [term], {})[0] : term;
    }, null)!;
  }
}

/**
 * The same program with coefficients of tangents accumulated where that shortens the way of a tangent.
 * @param tangents the inputs in which the program is linear.
 */
export function preaccumulate(closed: ClosedJaxpr, tangents: readonly Var[]): ClosedJaxpr {
  const trees = new Trees(closed, tangents);
  if (trees.roots.size === 0) return closed;
  return traceFlat((args) => new Evaluation().run(closed, trees, args), closed.inAvals, "loop");
}

/** @file Whether two programs are the same but for the names of their variables. */
import type { ComplexNumber, NDArray } from "../../src/core/array.ts";
import { type Atom, ClosedJaxpr, Literal } from "../../src/core/jaxpr/ir.ts";
import { ShapedArray } from "../../src/core/aval.ts";

/** Programs are long, and `expect` is slow. */
function must(holds: boolean, what: string, got: unknown, want: unknown): asserts holds {
  if (!holds) throw new Error(`${what}: ${String(got)} is not ${String(want)}`);
}

const isRecord = (x: unknown): x is Readonly<Record<string, unknown>> =>
  typeof x === "object" && x !== null && Object.getPrototypeOf(x) === Object.prototype;

const present = (x: Readonly<Record<string, unknown>>): [string, unknown][] =>
  Object.entries(x)
    .filter(([, v]) => v !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));

const typeOf = (aval: ShapedArray, weak: boolean): string => (weak ? String(aval) : aval.short());

/** Compares the values of parameters: programs as programs, what is opaque by identity. */
function expectSameValue(got: unknown, want: unknown, weak: boolean): void {
  if (want instanceof ClosedJaxpr) {
    must(got instanceof ClosedJaxpr, "a program", got, want);
    expectSameProgram(got, want, weak);
  } else if (Array.isArray(want)) {
    must(Array.isArray(got) && got.length === want.length, "a list", got, want);
    want.forEach((x, i) => expectSameValue((got as unknown[])[i], x, weak));
  } else if (want instanceof ShapedArray) {
    must(got instanceof ShapedArray, "a type", got, want);
    must(typeOf(got, weak) === typeOf(want, weak), "a type", got, want);
  } else if (isRecord(want)) {
    must(isRecord(got), "a record", got, want);
    const [a, b] = [present(got), present(want)];
    must(a.length === b.length, "the fields", a, b);
    b.forEach(([key, x], i) => {
      must(a[i][0] === key, "a field", a[i][0], key);
      expectSameValue(a[i][1], x, weak);
    });
  } else if (want !== undefined) must(Object.is(got, want), "a value", got, want);
}

/** The digits of a scalar, in which NaN and the signs of zeros count. */
function scalarText(x: NDArray): string {
  const value = x.item<number | bigint | boolean | ComplexNumber>();
  return typeof value === "object" ? `${exact(value.re)} ${exact(value.im)}` : exact(value);
}

const exact = (v: number | bigint | boolean): string => `${typeof v} ${Object.is(v, -0) ? "-0" : String(v)}`;

/** @param weak whether weakness of types is compared, too */
export function expectSameProgram(got: ClosedJaxpr, want: ClosedJaxpr, weak: boolean): void {
  const twin = new Map<Atom, Atom>();
  const type = (a: Atom): string => typeOf(a.aval, weak);
  const define = (a: readonly Atom[], b: readonly Atom[]): void => {
    must(a.map(type).join() === b.map(type).join(), "types", a.map(type), b.map(type));
    b.forEach((v, i) => twin.set(v, a[i]));
  };
  const read = (a: readonly Atom[], b: readonly Atom[]): void => {
    must(a.length === b.length, "operands", a.length, b.length);
    b.forEach((x, i) => {
      const y = a[i];
      if (!(x instanceof Literal)) {
        must(y === twin.get(x), "an operand", type(y), type(x));
        return;
      }
      must(y instanceof Literal && type(y) === type(x), "a literal", type(y), type(x));
      const [p, q] = [scalarText(y.value), scalarText(x.value)];
      must(p === q, "a literal", p, q);
    });
  };
  must(got.consts.length === want.consts.length, "constants", got.consts.length, want.consts.length);
  want.consts.forEach((x, i) => must(got.consts[i] === x, "a constant", got.consts[i], x));
  define([...got.jaxpr.constvars, ...got.jaxpr.invars], [...want.jaxpr.constvars, ...want.jaxpr.invars]);
  must(got.jaxpr.eqns.length === want.jaxpr.eqns.length, "equations", got, want);
  want.jaxpr.eqns.forEach((eqn, i) => {
    const other = got.jaxpr.eqns[i];
    must(other.primitive === eqn.primitive, "a primitive", other.primitive.name, eqn.primitive.name);
    read(other.inputs, eqn.inputs);
    expectSameValue({ ...other.params }, { ...eqn.params }, weak);
    define(other.outputs, eqn.outputs);
  });
  read(got.jaxpr.outs, want.jaxpr.outs);
}

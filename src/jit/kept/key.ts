/**
 * @file The key of a program: a text that says all that its module depends on, the same in every process. Equal keys mean
 * equal modules, so it is compared whole, never only its digest.
 *
 * Lowering reads the equations of the jaxpr, and nothing else: no setting, no operand. A parameter that is no plain data (a
 * function, a class of someone's) has no text that means the same tomorrow; such a program has no key, and is not kept.
 */
import { ComplexArray, ConcreteArray } from "../../core/array.ts";
import { ShapedArray } from "../../core/aval.ts";
import { type Atom, ClosedJaxpr, Literal, type Var } from "../../core/jaxpr/ir.ts";
import { simplify } from "../simplify.ts";

/** Constants of more bytes than this would make keys too long. */
const longestConstant = 16_384;

const maxDepth = 200;

/** Thrown where there is no text. */
class NoKey extends Error {}

const scalarText = (x: unknown): string => (Object.is(x, -0) ? "-0" : `${typeof x} ${String(x)}`);

function arrayText(x: ConcreteArray): string {
  const { raw } = x;
  if (x instanceof ComplexArray) throw new NoKey();
  if (typeof raw !== "object") return `${String(x.aval)}=${scalarText(raw)}`;
  if (raw.byteLength > longestConstant) throw new NoKey();
  return `${String(x.aval)}=${new Uint8Array(raw.buffer, raw.byteOffset, raw.byteLength).join()}`;
}

function paramText(x: unknown, depth: number): string {
  if (depth > maxDepth) throw new NoKey();
  if (x === null || ["undefined", "boolean", "number", "bigint"].includes(typeof x)) return scalarText(x);
  if (typeof x === "string") return JSON.stringify(x);
  if (typeof x !== "object") throw new NoKey();
  if (Array.isArray(x)) return `[${x.map((item) => paramText(item, depth + 1)).join()}]`;
  if (x instanceof ClosedJaxpr) return jaxprText(simplify(x), depth + 1);
  if (x instanceof ShapedArray) return `aval ${String(x)}`;
  if (x instanceof ConcreteArray) return arrayText(x);
  if (Object.getPrototypeOf(x) !== Object.prototype) throw new NoKey();
  const entries = Object.entries(x).filter(([, value]) => value !== undefined);
  return `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${paramText(value, depth + 1)}`).join()}}`;
}

/** A simplified jaxpr: its variables have the numbers of the order in which they are bound. */
function jaxprText({ jaxpr, consts }: ClosedJaxpr, depth: number): string {
  if (consts.length > 0) throw new NoKey();
  const numbers = new Map<Var, number>();
  const bind = (v: Var): string => {
    numbers.set(v, numbers.size);
    return String(v.aval);
  };
  const read = (a: Atom): string => {
    if (a instanceof Literal) return arrayText(a.value);
    const number = numbers.get(a);
    if (number === undefined) throw new NoKey();
    return `v${number}`;
  };
  const lines = [jaxpr.invars.map(bind).join()];
  for (const { primitive, params, inputs, outputs } of jaxpr.eqns)
    lines.push(
      `${primitive.name}(${inputs.map(read).join()})${paramText(params, depth)}:${outputs.map(bind).join()}`,
    );
  return `(${lines.join("\n")}\n${jaxpr.outs.map(read).join()})`;
}

/** The text of a simplified jaxpr; null if it has none. */
export function jaxprKey(simplified: ClosedJaxpr): string | null {
  try {
    return jaxprText(simplified, 0);
  } catch (e) {
    if (e instanceof NoKey) return null;
    throw e;
  }
}

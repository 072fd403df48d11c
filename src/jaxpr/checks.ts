/** @file What callers hand over: programs, primitives, and arrays for the inputs of a program. */
import { refuseMore, show } from "../base/checks.ts";
import { ArgumentError, CheckError, DTypeError, ShapeError } from "../base/errors.ts";
import type { ArrayLike, NDArray } from "../core/array.ts";
import type { ShapedArray } from "../core/aval.ts";
import { checkClosedJaxpr } from "../core/jaxpr/check.ts";
import { ClosedJaxpr, jaxprPrinter } from "../core/jaxpr/ir.ts";
import { printClosedJaxpr } from "../core/jaxpr/print.ts";
import { type Primitive, primitives } from "../core/primitive.ts";
import { shapeString } from "../dtypes/shape.ts";
import { asArray, asDType } from "../lax/operands/convert.ts";
import { JaxprError } from "./errors.ts";

/** @throws ArgumentError for anything but a program. */
export function checkProgram(where: string, x: unknown): ClosedJaxpr {
  jaxprPrinter.install(printClosedJaxpr);
  if (x instanceof ClosedJaxpr) return x;
  throw new ArgumentError(
    `${where}: expected a program, as makeJaxpr and parseJaxpr give it; got ${show(x)}.`,
  );
}

const bare = (name: string): string => name.replaceAll("_", "").toLowerCase();

/** The primitive of a name. */
export function lookUpPrimitive(name: string, fail: (detail: string) => never): Primitive {
  const found = primitives.get(name);
  if (found !== undefined) return found;
  const near = [...primitives.keys()]
    .filter((other) => bare(other) === bare(name) || bare(other).slice(0, 3) === bare(name).slice(0, 3))
    .slice(0, 5);
  return fail(
    `'${name}' is not the name of a primitive${near.length === 0 ? "" : ` (there are ${near.join(", ")})`}`,
  );
}

/** An argument for an input: numbers adopt its dtype. */
export function argumentFor(where: string, x: ArrayLike, aval: ShapedArray): NDArray {
  const given =
    typeof x === "object" ? asArray(x, where) : asDType(asArray(x, where), aval.dtype, aval.weakType, where);
  if (given.dtype !== aval.dtype && given.weakType) return asDType(given, aval.dtype, aval.weakType, where);
  if (given.dtype !== aval.dtype)
    throw new DTypeError(
      `${where}: expected ${aval.dtype}; got ${given.dtype}. Convert it with x.astype(…).`,
    );
  if (given.aval.ndim !== aval.ndim || given.shape.some((d, i) => d !== aval.shape[i]))
    throw new ShapeError(
      `${where}: expected the shape ${shapeString(aval.shape)}; got ${shapeString(given.shape)}.`,
    );
  return given;
}

/** @throws ArgumentError unless there are as many as the program has inputs. */
export function argumentsFor(where: string, { jaxpr }: ClosedJaxpr, args: readonly ArrayLike[]): NDArray[] {
  const { length } = jaxpr.invars;
  if (args.length !== length)
    throw new ArgumentError(`${where}: the program has ${length} inputs; got ${args.length} arguments.`);
  return args.map((x, i) => argumentFor(`${where}: input ${i}`, x, jaxpr.invars[i].aval));
}

/**
 * Checks a program: every variable is bound before it is used, and once; and each equation's results have the types that its
 * primitive computes. Programs within it are checked, too. Gives the program back.
 * @throws JaxprError that shows the equations around the culprit
 * @throws ArgumentError for anything but a program
 * @see jax.core.check_jaxpr
 * @example
 * checkJaxpr(makeJaxpr((x: Array) => np.sin(x))(1)).jaxpr.eqns.length; // 1
 */
export function checkJaxpr(jaxpr: ClosedJaxpr, ...more: readonly unknown[]): ClosedJaxpr {
  refuseMore("checkJaxpr", 1, more);
  const program = checkProgram("checkJaxpr", jaxpr);
  try {
    checkClosedJaxpr(program);
  } catch (e) {
    if (!(e instanceof CheckError)) throw e;
    throw new JaxprError(e.detail.replace(/^internal: /, "checkJaxpr: "));
  }
  return program;
}

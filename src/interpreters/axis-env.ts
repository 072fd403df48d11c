/** @file The named axes that enclosing `vmap`s bind, innermost last: what collectives refer to. */
import { show } from "../base/checks.ts";
import type { BatchAxis } from "../core/primitive.ts";
import { ArgumentError, UnboundAxisError } from "../base/errors.ts";

let bound: readonly BatchAxis[] = [];

export function withAxis<R>(axis: BatchAxis, f: () => R): R {
  if (axis.name === null) return f();
  const before = bound;
  bound = [...before, axis];
  try {
    return f();
  } finally {
    bound = before;
  }
}

/** Size of a named axis. @throws UnboundAxisError naming the axes there are. */
export function axisSizeOf(name: string, where: string): number {
  for (let i = bound.length - 1; i >= 0; i--) if (bound[i].name === name) return bound[i].size;
  if (typeof name !== "string")
    throw new ArgumentError(`${where}: the name of an axis must be a string; got ${show(name)}.`);
  const names = bound.map((a) => `'${a.name ?? ""}'`).join(", ");
  throw new UnboundAxisError(
    `${where}: no enclosing vmap binds the axis name '${name}' (${names === "" ? "none are bound" : `bound: ${names}`}). ` +
      `Use vmap(f, inAxes, { axisName: '${name}' }).`,
  );
}

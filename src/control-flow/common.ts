/** @file Bodies of loops and branches, traced from users' functions of trees, and what they must return. */
import type { NDArray } from "../core/array.ts";
import { type ShapedArray, sameType } from "../core/aval.ts";
import { jaxprAsFun } from "../core/jaxpr/eval.ts";
import type { ClosedJaxpr } from "../core/jaxpr/ir.ts";
import {
  type TreeDef,
  explainTreeMismatch,
  keystr,
  treeFlattenWithPath,
  treeUnflatten,
} from "../core/tree.ts";
import { DTypeError, TreeError } from "../base/errors.ts";
import { range } from "../base/util.ts";
import { type AnyFunction, FlatFunction, rebuildArgs } from "../api/flatten.ts";
import { type Hoisted, constsToInputs, traceToJaxpr } from "../interpreters/staging.ts";
import { type StateCell, traceStateful } from "../interpreters/state.ts";
import { traceFlat } from "./bodies.ts";

/** A body without constants: what it closed over are its first inputs. */
export interface Body extends Hoisted {
  readonly outDef: TreeDef;
}

/** A body with the references from outside that it uses. */
export interface StatefulBody extends Body {
  readonly cells: readonly StateCell[];
}

/** Traces a function of trees. */
export function traceBody(
  f: AnyFunction,
  defs: readonly TreeDef[],
  avals: readonly ShapedArray[],
  what: string,
): Body {
  const fun = new FlatFunction(f, what, rebuildArgs(defs));
  return { ...constsToInputs(traceToJaxpr(fun.call, avals, what)), outDef: fun.outDef };
}

/**
 * As `traceBody`, of a function that may use references from outside: they are further inputs and results of the body, behind
 * the others.
 */
export function traceStatefulBody(
  f: AnyFunction,
  defs: readonly TreeDef[],
  avals: readonly ShapedArray[],
  what: string,
): StatefulBody {
  const fun = new FlatFunction(f, what, rebuildArgs(defs));
  const { closed, cells } = traceStateful(fun.call, avals, what);
  return { ...constsToInputs(closed), outDef: fun.outDef, cells };
}

/** Bodies that all take what any of them closed over, before their inputs. */
export function shareConsts(
  bodies: readonly Hoisted[],
  what: string,
): { jaxprs: ClosedJaxpr[]; consts: readonly NDArray[] } {
  const consts = [...new Set(bodies.flatMap((b) => b.consts))];
  const jaxprs = bodies.map((b) => {
    const own = b.consts.map((c) => consts.indexOf(c));
    return traceFlat(
      (xs) => jaxprAsFun(b.jaxpr)([...own.map((i) => xs[i]), ...xs.slice(consts.length)]),
      [...consts.map((c) => c.aval), ...b.jaxpr.inAvals.slice(own.length)],
      what,
    );
  });
  return { jaxprs, consts };
}

/** Paths of a tree's leaves, for messages. */
export function leafPaths(def: TreeDef): string[] {
  const marks = Array.from({ length: def.numLeaves }, (_, i) => i);
  return treeFlattenWithPath(treeUnflatten(def, marks))[0].map(([path]) => keystr(path));
}

/** A tree of arrays as messages speak of it. */
export interface NamedType {
  readonly def: TreeDef;
  readonly avals: readonly ShapedArray[];
  readonly name: string;
}

/** @throws TreeError, DTypeError naming the leaf and both types where a result does not have the type it must. */
export function checkSameTypes(what: string, expected: NamedType, got: NamedType): void {
  const difference = explainTreeMismatch(expected.def, got.def);
  if (difference !== null) {
    throw new TreeError(
      `${what}: ${got.name} must have the structure of ${expected.name}: they differ ${difference}.`,
    );
  }
  const paths = leafPaths(expected.def);
  expected.avals.forEach((aval, i) => {
    if (sameType(aval, got.avals[i])) return;
    throw new DTypeError(
      `${what}: ${got.name}${paths[i]} has type ${got.avals[i].short()}, but ${expected.name}${paths[i]} has type ${aval.short()}; ` +
        `they must be equal. Convert with astype or reshape.`,
    );
  });
}

/**
 * The body of a function of one tree like the given one, or of several, that must return another; with `hasAux`,
 * `[tree, aux]`.
 */
export function traceLike(
  what: string,
  like: NamedType,
  name: string,
  f: AnyFunction,
  { hasAux = false, numArgs = 1 }: { hasAux?: boolean; numArgs?: number } = {},
): Body {
  const args = range(numArgs);
  const body = traceBody(
    f,
    args.map(() => like.def),
    args.flatMap(() => like.avals),
    what,
  );
  const { children } = body.outDef;
  if (hasAux && children.length !== 2)
    throw new TreeError(`${what}: with hasAux, ${name} must return [x, aux].`);
  checkSameTypes(what, like, {
    def: hasAux ? children[0] : body.outDef,
    avals: body.jaxpr.outAvals.slice(0, like.avals.length),
    name: `the result of ${name}`,
  });
  return body;
}

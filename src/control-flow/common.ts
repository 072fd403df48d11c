/**
 * @file What loops and branches share: bodies traced from users' functions, their transformations, and evaluation by
 * compiling the one equation.
 */
import type { ConcreteArray, NDArray } from "../core/array.ts";
import { type ShapedArray, sameType, shaped } from "../core/aval.ts";
import { ClosedJaxpr } from "../core/jaxpr/ir.ts";
import {
  type BatchAxis,
  type BatchDim,
  type Params,
  type Primitive,
  type PrimitiveDef,
  inlined,
} from "../core/primitive.ts";
import {
  type TreeDef,
  explainTreeMismatch,
  keystr,
  treeFlattenWithPath,
  treeUnflatten,
} from "../core/tree.ts";
import { type Tangent, isZero } from "../core/zero.ts";
import type { ArrayType } from "../dtypes/shape.ts";
import { DTypeError, TreeError } from "../base/errors.ts";
import { type AnyFunction, FlatFunction, rebuildArgs } from "../api/flatten.ts";
import { batchJaxpr } from "../interpreters/batch-jaxpr.ts";
import { jvpJaxpr } from "../interpreters/jvp.ts";
import { linearizeFlat } from "../interpreters/linearize.ts";
import { constsToInputs, traceToJaxpr } from "../interpreters/staging.ts";
import { flags, once } from "../core/jaxpr/derived.ts";
import { jaxprAsFun } from "../core/jaxpr/eval.ts";
import { instantiate, spread } from "../interpreters/tangents.ts";
import { equationJaxpr } from "../interpreters/complex.ts";
import { executableOf } from "../jit/executable.ts";
import { invariant } from "../base/util.ts";

/** A body without constants: what it closed over are its first inputs. */
export interface Body {
  readonly jaxpr: ClosedJaxpr;
  readonly consts: readonly NDArray[];
  readonly outDef: TreeDef;
}

/** Traces a function of trees. */
export function traceBody(
  f: AnyFunction,
  defs: readonly TreeDef[],
  avals: readonly ShapedArray[],
  what: string,
): Body {
  const fun = new FlatFunction(f, what, rebuildArgs(defs));
  const [jaxpr, consts] = constsToInputs(traceToJaxpr(fun.call, avals, what));
  return { jaxpr, consts, outDef: fun.outDef };
}

/** Bodies that all take what any of them closed over, before their inputs. */
export function shareConsts(
  bodies: readonly Body[],
  what: string,
): { jaxprs: ClosedJaxpr[]; consts: readonly NDArray[] } {
  const consts = [...new Set(bodies.flatMap((b) => b.consts))];
  const jaxprs = bodies.map((b) => {
    const own = b.consts.map((c) => consts.indexOf(c));
    return noConsts(
      traceToJaxpr(
        (xs) => jaxprAsFun(b.jaxpr)([...own.map((i) => xs[i]), ...xs.slice(consts.length)]),
        [...consts.map((c) => c.aval), ...b.jaxpr.inAvals.slice(own.length)],
        what,
      ),
    );
  });
  return { jaxprs, consts };
}

/** Paths of a tree's leaves, for messages. */
export function leafPaths(def: TreeDef): string[] {
  const marks = Array.from({ length: def.numLeaves }, (_, i) => i);
  return treeFlattenWithPath(treeUnflatten(def, marks))[0].map(([path]) => keystr(path));
}

/** @throws TreeError, DTypeError naming the leaf and both types where a result does not have the type it must. */
export function checkSameTypes(
  what: string,
  expected: { def: TreeDef; avals: readonly ShapedArray[]; name: string },
  got: { def: TreeDef; avals: readonly ShapedArray[]; name: string },
): void {
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

export const nonzeroOf = (ts: readonly Tangent[]): boolean[] => ts.map((t) => !isZero(t));

/** Of a primitive that computes what a body among its parameters does: everything but its transformations. */
export function callOf<P extends Params>(
  body: (params: P) => ClosedJaxpr,
): Pick<PrimitiveDef<P>, "kind" | "abstractEval" | "lower" | "evaluate"> {
  return {
    kind: "call",
    abstractEval: (_, p) => body(p).outAvals.map((a) => a.strong),
    lower: inlined,
    evaluate: (args, p) => jaxprAsFun(body(p))(args),
  };
}

/** Runs one equation on concrete arrays, as a compiled program of its own. */
export function evaluateCompiled<P extends Params>(
  primitive: Primitive<P>,
  key: ClosedJaxpr,
  args: readonly NDArray[],
  params: P,
  tag: string,
): NDArray[] {
  const avals = args.map((a) => a.aval);
  const program = once(key, `run ${tag} ${avals.map((a) => a.id).join()}`, () =>
    equationJaxpr(primitive as Primitive, avals, params, primitive.abstractEval(avals, params)),
  );
  return executableOf(program, primitive.name).call(args as ConcreteArray[]);
}

/** The jvp of a body: inputs, nonzero tangents → outputs, tangents of the outputs flagged (all of them arrays). */
export function jvpBody(
  jaxpr: ClosedJaxpr,
  nonzero: readonly boolean[],
  outNonzero: readonly boolean[],
): ClosedJaxpr {
  return once(jaxpr, `jvp ${flags(nonzero)} ${flags(outNonzero)}`, () => {
    const [full, found] = jvpJaxpr(jaxpr, nonzero, true);
    const n = jaxpr.outAvals.length;
    invariant(
      found.every((f) => f),
      "instantiated tangents are arrays",
    );
    const outs = full.jaxpr.outs.filter((_, i) => i < n || outNonzero[i - n]);
    return noConsts(new ClosedJaxpr({ ...full.jaxpr, outs }, full.consts));
  });
}

/** Which output tangents of a body are nonzero, given those of its inputs. */
export function tangentFlow(jaxpr: ClosedJaxpr, nonzero: readonly boolean[]): readonly boolean[] {
  return once(jaxpr, `flow ${flags(nonzero)}`, () => jvpJaxpr(jaxpr, nonzero)[1]);
}

/** Constants made while transforming a body (small arrays of rules) must not stay behind: bodies have none. */
export function noConsts(closed: ClosedJaxpr): ClosedJaxpr {
  if (closed.consts.length === 0) return closed;
  throw new Error("internal: a transformed body has array constants");
}

export interface LinearBody {
  /** Inputs → outputs, residuals. */
  readonly primal: ClosedJaxpr;
  /** Residuals, nonzero tangents of the inputs → tangents of the outputs flagged. */
  readonly tangent: ClosedJaxpr;
  readonly numResiduals: number;
}

/** Splits a body into its values with residuals, and its linear part. Flagged output tangents are arrays. */
export function linearBody(
  jaxpr: ClosedJaxpr,
  nonzero: readonly boolean[],
  outNonzero: readonly boolean[],
): LinearBody {
  return once(jaxpr, `linear ${flags(nonzero)} ${flags(outNonzero)}`, () => {
    let tangent: ClosedJaxpr | null = null;
    let numResiduals = 0;
    const primal = traceToJaxpr(
      (primals) => {
        const lin = linearizeFlat(jaxprAsFun(jaxpr), primals, "loop", { active: nonzero });
        const full = traceToJaxpr(
          (xs) => {
            const found = jaxprAsFun(new ClosedJaxpr(lin.jaxpr.jaxpr, xs.slice(0, lin.jaxpr.consts.length)))(
              xs.slice(lin.jaxpr.consts.length),
            );
            return spread(jaxpr.outAvals, lin.outNonzero, found)
              .filter((_, i) => outNonzero[i])
              .map((t) => instantiate(t));
          },
          [...lin.jaxpr.consts.map((c) => c.aval), ...lin.jaxpr.inAvals],
          "loop",
        );
        tangent = noConsts(full);
        numResiduals = lin.jaxpr.consts.length;
        return [...lin.outs, ...lin.jaxpr.consts];
      },
      jaxpr.inAvals,
      "loop",
    );
    invariant(tangent !== null, "nothing was linearised");
    return { primal: noConsts(primal), tangent, numResiduals };
  });
}

/** A body for all lanes, its outputs batched at axis 0 where flagged. */
export function batchBody(
  jaxpr: ClosedJaxpr,
  axis: BatchAxis,
  dims: readonly BatchDim[],
  outBatched: readonly boolean[],
): ClosedJaxpr {
  const key = `batch ${axis.size} ${axis.name ?? ""} ${dims.map((d) => d ?? "_").join()} ${flags(outBatched)}`;
  return once(jaxpr, key, () => noConsts(batchJaxpr(jaxpr, axis, dims, outBatched)[0]));
}

/** Which outputs of a body are batched, given which inputs are (at axis 0). */
export function batchFlow(jaxpr: ClosedJaxpr, axis: BatchAxis, batched: readonly boolean[]): boolean[] {
  const key = `lanes ${axis.size} ${axis.name ?? ""} ${flags(batched)}`;
  return once(jaxpr, key, () =>
    batchJaxpr(
      jaxpr,
      axis,
      batched.map((b) => (b ? 0 : null)),
    )[1].map((d) => d !== null),
  );
}

/** An aval with a leading axis. */
export const stacked = (aval: ShapedArray, n: number): ShapedArray => shaped([n, ...aval.shape], aval.dtype);

/** An aval without its leading axis. */
export const unstacked = (aval: ArrayType): ShapedArray => shaped(aval.shape.slice(1), aval.dtype);

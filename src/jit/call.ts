/**
 * @file The `jit` primitive: a call of a compiled program, with rules that give compiled programs again.
 *
 * Each transformation of the body is made once for each jaxpr and kept with it, so that `grad(jit(f))` in a loop traces
 * and compiles its derivative once.
 */
import type { ConcreteArray, NDArray } from "../core/array.ts";
import { isConcrete } from "../core/eval.ts";
import { dce, jaxprAsFun } from "../core/jaxpr/eval.ts";
import { flags, once } from "../core/jaxpr/derived.ts";
import type { ClosedJaxpr } from "../core/jaxpr/ir.ts";
import {
  type BatchDim,
  type Primitive,
  UndefPrimal,
  definePrimitive,
  inlined,
  isUndef,
} from "../core/primitive.ts";
import { bind } from "../core/trace.ts";
import { type Tangent, Zero, isZero } from "../core/zero.ts";
import { batchJaxpr } from "../interpreters/batch-jaxpr.ts";
import { jvpJaxpr } from "../interpreters/jvp.ts";
import { linearizeFlat } from "../interpreters/linearize.ts";
import { constsToInputs, traceToJaxpr } from "../interpreters/staging.ts";
import { arraysOf, spread } from "../interpreters/tangents.ts";
import { backwardPass } from "../interpreters/transpose.ts";
import { invariant } from "../base/util.ts";
import type { Backend } from "./backend.ts";
import { executableOf } from "./executable.ts";

/** `backend` is null where the configuration decides. */
export type JitParams = { name: string; jaxpr: ClosedJaxpr; backend: Backend | null };

/** The tangents of a call's outputs alone. */
function tangentCall(
  primals: readonly NDArray[],
  tangents: readonly Tangent[],
  { jaxpr, name, backend }: JitParams,
): Tangent[] {
  const nonzero = tangents.map((t) => !isZero(t));
  const [body, outNonzero, consts] = once(jaxpr, `jit tangents ${flags(nonzero)}`, () => {
    const [jvped, found] = jvpJaxpr(jaxpr, nonzero);
    const wanted = jvped.outAvals.map((_, i) => i >= jaxpr.outAvals.length);
    const [inner, values] = constsToInputs(dce(jvped, wanted));
    return [inner, found, values] as const;
  });
  if (!outNonzero.includes(true)) return jaxpr.outAvals.map((aval) => new Zero(aval));
  const found = bind(jitP, [...consts, ...primals, ...arraysOf(tangents)], {
    jaxpr: body,
    name: `tangent_${name}`,
    backend,
  });
  return spread(jaxpr.outAvals, outNonzero, found);
}

interface LinearParts {
  /** Inputs → outputs, residuals. */
  readonly primal: ClosedJaxpr;
  readonly primalConsts: readonly NDArray[];
  /** Residuals, nonzero tangents → nonzero output tangents. */
  readonly tangent: ClosedJaxpr;
  readonly outNonzero: readonly boolean[];
}

/** Splits a jaxpr into its values with residuals, and its linear part. */
function linearParts(jaxpr: ClosedJaxpr, nonzero: readonly boolean[]): LinearParts {
  let tangent: ClosedJaxpr | null = null;
  let outNonzero: readonly boolean[] = [];
  const traced = traceToJaxpr(
    (primals) => {
      const lin = linearizeFlat(jaxprAsFun(jaxpr), primals, "jit", { active: nonzero });
      const [linear, residuals] = constsToInputs(lin.jaxpr);
      tangent = linear;
      outNonzero = lin.outNonzero;
      return [...lin.outs, ...residuals];
    },
    jaxpr.inAvals,
    "jit",
  );
  invariant(tangent !== null, "nothing was linearised");
  const [primal, primalConsts] = constsToInputs(traced);
  return { primal, primalConsts, tangent, outNonzero };
}

/** The transpose, with the cotangents of some operands added to sums. */
function transposeCall(
  sums: readonly (NDArray | undefined)[],
  cotangents: readonly Tangent[],
  args: readonly (NDArray | UndefPrimal)[],
  { jaxpr, name, backend }: JitParams,
): (NDArray | Zero | null)[] {
  const linear = args.map((a) => isUndef(a));
  const nonzero = cotangents.map((ct) => !isZero(ct));
  const added = args.map((_, i) => sums[i] !== undefined);
  const key = `jit transpose ${flags(linear)} ${flags(nonzero)} ${flags(added)}`;
  const [body, nonzeroCts, consts] = once(jaxpr, key, () => {
    let given: boolean[] = [];
    const knownAvals = jaxpr.inAvals.filter((_, i) => !linear[i]);
    const sumAvals = jaxpr.inAvals.filter((_, i) => added[i]).map((a) => a.strong);
    const ctAvals = jaxpr.outAvals.filter((_, i) => nonzero[i]).map((a) => a.strong);
    const traced = traceToJaxpr(
      (xs) => {
        let k = 0;
        const values = jaxpr.inAvals.map((aval, i) => (linear[i] ? new UndefPrimal(aval) : xs[k++]));
        const into = added.map((has) => (has ? xs[k++] : undefined));
        const cts = spread(jaxpr.outAvals, nonzero, xs.slice(k));
        const outs = backwardPass(jaxpr, values, cts, into).filter((ct): ct is Tangent => ct !== null);
        given = outs.map((ct) => !isZero(ct));
        return arraysOf(outs);
      },
      [...knownAvals, ...sumAvals, ...ctAvals],
      "transpose",
    );
    const [inner, values] = constsToInputs(traced);
    return [inner, given, values] as const;
  });
  const known = args.filter((a): a is NDArray => !isUndef(a));
  const before = sums.filter((s) => s !== undefined);
  const found = bind(jitP, [...consts, ...known, ...before, ...arraysOf(cotangents)], {
    jaxpr: body,
    name: `transpose_${name}`,
    backend,
  });
  let at = 0;
  let k = 0;
  return args.map((a) => (isUndef(a) ? (nonzeroCts[k++] ? found[at++] : new Zero(a.aval)) : null));
}

export const jitP: Primitive<JitParams> = definePrimitive<JitParams>({
  name: "jit",
  kind: "call",
  abstractEval: (_, { jaxpr }) => jaxpr.outAvals,
  lower: inlined,
  evaluate: (args, { jaxpr, name, backend }) =>
    executableOf(jaxpr, name, backend ?? undefined).call(args as ConcreteArray[]),
  jvp: (primals, tangents, { jaxpr, name, backend }) => {
    // Values and tangents in one program, unless it may be transposed: then no value may come out of an equation with
    // linear inputs. (Staged into a larger program, what the two calls share is merged.)
    if (!primals.every(isConcrete) || !tangents.every((t) => isZero(t) || isConcrete(t))) {
      const outs = bind(jitP, primals, { jaxpr, name, backend });
      return [outs, tangentCall(primals, tangents, { jaxpr, name, backend })];
    }
    const nonzero = tangents.map((t) => !isZero(t));
    const [body, outNonzero, consts] = once(jaxpr, `jit jvp ${flags(nonzero)}`, () => {
      const [jvped, found] = jvpJaxpr(jaxpr, nonzero);
      const [inner, values] = constsToInputs(jvped);
      return [inner, found, values] as const;
    });
    const outs = bind(jitP, [...consts, ...primals, ...arraysOf(tangents)], {
      jaxpr: body,
      name: `jvp_${name}`,
      backend,
    });
    const n = jaxpr.outAvals.length;
    return [outs.slice(0, n), spread(jaxpr.outAvals, outNonzero, outs.slice(n))];
  },
  linearize: (primals, nonzero, { jaxpr, name, backend }) => {
    const parts = once(jaxpr, `jit linearize ${flags(nonzero)}`, () => linearParts(jaxpr, nonzero));
    const n = jaxpr.outAvals.length;
    const all = bind(jitP, [...parts.primalConsts, ...primals], {
      jaxpr: parts.primal,
      name: `linearize_${name}`,
      backend,
    });
    const residuals = all.slice(n);
    return [
      all.slice(0, n),
      (tangents) => {
        if (!parts.outNonzero.includes(true)) return jaxpr.outAvals.map((aval) => new Zero(aval));
        const found = bind(jitP, [...residuals, ...arraysOf(tangents)], {
          jaxpr: parts.tangent,
          name: `tangent_${name}`,
          backend,
        });
        return spread(jaxpr.outAvals, parts.outNonzero, found);
      },
    ];
  },
  transpose: (cotangents, args, params) => transposeCall([], cotangents, args, params),
  accumulate: transposeCall,
  batch: (axis, args, dims, { jaxpr, name, backend }) => {
    const key = `jit batch ${axis.size} ${axis.name === null ? "" : JSON.stringify(axis.name)} ${dims.map((d) => d ?? "_").join()}`;
    const [body, outDims, consts] = once(
      jaxpr,
      key,
      (): readonly [ClosedJaxpr, BatchDim[], readonly NDArray[]] => {
        const [batched, ds] = batchJaxpr(jaxpr, axis, dims);
        const [inner, values] = constsToInputs(batched);
        return [inner, ds, values];
      },
    );
    return [bind(jitP, [...consts, ...args], { jaxpr: body, name: `vmap_${name}`, backend }), outDims];
  },
  axisNames: ({ jaxpr }) => axisNamesIn(jaxpr),
  print: ({ name, jaxpr }) => `[name=${name} jaxpr=${String(jaxpr).replaceAll("\n", "\n    ")}]`,
});

/** The axis names that collectives inside refer to. */
function axisNamesIn(jaxpr: ClosedJaxpr): readonly string[] {
  return once(jaxpr, "axis names", () => [
    ...new Set(jaxpr.jaxpr.eqns.flatMap((e) => e.primitive.axisNames?.(e.params) ?? [])),
  ]);
}

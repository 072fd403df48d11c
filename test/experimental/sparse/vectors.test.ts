/** @file Sparse arrays against what JAX gave: shapes, dtypes, numbers of entries, their order, values, errors. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  errors,
  experimental,
  jvp,
  lax,
  numpy as np,
  random,
  vjp,
  jit,
  type Array as A,
} from "../../../src/index.ts";
import { decode, expectEncoded } from "./codec.ts";

const { sparse } = experimental;
const { sparsify } = sparse;

interface Case {
  readonly id: string;
  readonly fn: string;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly out?: unknown;
  readonly raises?: string;
}

const { cases } = JSON.parse(readFileSync(join(import.meta.dirname, "vectors.json"), "utf8")) as {
  readonly cases: readonly Case[];
};

type Func = (...args: never[]) => unknown;
const call = (f: unknown, args: readonly unknown[]): unknown => (f as Func)(...(args as never[]));

/** The functions that vectors name besides those of the namespace. */
const programs: Readonly<Record<string, Func>> = {
  sin: (m: A) => np.sin(m),
  cos: (m: A) => np.cos(m),
  chain: (m: A) => np.tanh(m).mul(2).sub(m).T,
  sum: (m: A) => m.sum(),
  sum0: (m: A) => m.sum(0),
  sumKeep: (m: A) => m.sum(1, { keepdims: true }),
  mean: (m: A) => m.mean(),
  scale: (m: A) => m.mul(np.arange(1, m.shape[m.ndim - 1] + 1).astype("float64")),
  quotient: (m: A) => m.div(np.arange(1, m.shape[m.ndim - 1] + 1).astype("float64")),
  square: (m: A) => m.pow(2),
  astype: (m: A) => m.astype("float32"),
  reshape: (m: A) => m.reshape(-1),
  rev: (m: A) => m.slice([null, null, -1]),
  row: (m: A) => m.slice(1),
  part: (m: A) => m.slice([1, 3], [null, null, 2]),
  stack: (m: A) => np.stack([m, m]),
  concatenate: (m: A) => np.concatenate([m, m], 1),
  expand: (m: A) => m.slice(null),
  loop: (m: A) => lax.foriLoop(0, 3, (_: A, c: A) => c.mul(2), m),
  cond: (m: A) =>
    lax.cond(
      m.sum().greater(0),
      (c: A) => c.mul(2),
      (c: A) => c,
      m,
    ),
  jitted: (m: A) => jit((c: A) => np.sinh(c).matmul(np.ones([c.shape[1]])))(m),
  toDense: (m: A) => np.exp(sparse.todense(m)),
  addDense: (m: A) => m.add(np.ones(m.shape)),
  addOne: (m: A) => m.add(1),
  add: (a: A, b: A) => a.add(b),
  sub: (a: A, b: A) => a.sub(b),
  mul: (a: A, b: A) => a.mul(b),
  matmulT: (a: A, b: A) => a.matmul(b.T),
  ratio: (a: A, b: A) => a.div(b),
  both: (a: A, b: A) => a.mul(a).add(a.sub(b).mul(2)),
};

type Sparse = experimental.sparse.BCOO;
const product = sparsify((m: A, v: A) => m.matmul(v)) as unknown as (m: Sparse, v: A) => A;
const loss = (m: Sparse, v: A): A => np.sin(product(m, v)).pow(2).sum();
const outputs = (m: Sparse, v: A): A => product(m, v).pow(2);
const { spsolve } = sparse.linalg;

const others: Readonly<Record<string, Func>> = {
  grad: sparse.grad(loss),
  "grad:1": sparse.grad(loss, 1),
  "grad:01": sparse.grad(loss, [0, 1]),
  value_and_grad: sparse.valueAndGrad(loss),
  jacfwd: sparse.jacfwd(outputs),
  jacrev: sparse.jacrev(outputs),
  spsolve,
  "spsolve:jvp": (d: A, i: A, p: A, b: A) =>
    jvp((x: A, y: A) => spsolve(x, i, p, y), [d, b], [np.cos(d), np.sin(b)])[1],
  "spsolve:vjpOfB": (d: A, i: A, p: A, b: A) => vjp((y: A) => spsolve(d, i, p, y), [b])[1](np.cos(b))[0],
  random_bcoo: (seed: number, shape: number[], options: object) =>
    sparse.randomBcoo(random.key(seed), shape, { ...options, dtype: "float32" }),
};

const camelCase = (name: string): string => name.replace(/_([a-z])/g, (_, c: string) => c.toUpperCase());

type Refused = (x: A, options: Readonly<Record<string, readonly number[]>>) => A;

/**
 * JAX 0.10.2 fails or forgets lanes (of arrays whose lanes share parts, and where dense axes grow), but there is a right result, that of the dense array: by the
 * functions, and the cases.
 */
const more: Readonly<Record<string, Refused>> = {
  bcoo_reduce_sum: (x, { axes }) => lax.reduceSum(x, axes),
  bcoo_update_layout: (x) => x,
  bcoo_broadcast_in_dim: (x, o) => lax.broadcastInDim(x, o.shape, o.broadcastDimensions),
};
const refusedByJax: readonly string[] = [
  "bcoo_reduce_sum/2",
  "bcoo_reduce_sum/3",
  "bcoo_update_layout/0",
  "bcoo_update_layout/1",
  "bcoo_update_layout/2",
  "bcoo_broadcast_in_dim/3",
];

/** Its draws are of 64 bits where JAX's integers are, so that the positions differ; their number and the rest do not. */
const wideDraws = "random_bcoo/5";

function run({ fn, args, kwargs }: Case): unknown {
  const values = args.map(decode);
  const options = Object.fromEntries(
    Object.entries(decode(kwargs) as Record<string, unknown>).filter(([, v]) => v !== null),
  );
  if (Array.isArray(kwargs.dimension_numbers) && fn === "bcoo_gather") {
    const [offsetDims, collapsedSliceDims, startIndexMap] = kwargs.dimension_numbers as number[][];
    options.dimensionNumbers = { offsetDims, collapsedSliceDims, startIndexMap };
  }
  if (kwargs.on_inefficient === null) options.onInefficient = null;
  const all = Object.keys(options).length === 0 ? values : [...values, options];
  if (fn.startsWith("sparsify:")) return call(sparsify(programs[fn.slice(9)] as never), values);
  if (Object.hasOwn(others, fn)) return call(others[fn], all);
  if (fn.endsWith("concatenate")) return call(sparse[camelCase(fn) as "bcooConcatenate"], [values, options]);
  const [cls, method] = fn.split(".");
  if (method === undefined) return call(sparse[camelCase(fn) as "bcooTodense"], all);
  const [x, ...rest] = values;
  if (method === "fromdense") return sparse[cls as "COO"].fromdense(values[0] as A);
  const f = (x as Record<string, unknown>)[camelCase(method)] as Func;
  return f.apply(x, [...rest, ...(Object.keys(options).length === 0 ? [] : [options])] as never[]);
}

/** Compares with what the dense array gives. */
function expectDense(got: unknown, f: Refused, { args, kwargs }: Case): void {
  const want = f((decode(args[0]) as Sparse).todense(), decode(kwargs) as never);
  expect((got as Sparse).todense().js()).toEqual(want.js());
}

const names = [...new Set(cases.map((c) => c.fn))];

describe("jax.experimental.sparse", () => {
  it.each(names)("%s", (fn) => {
    for (const c of cases.filter((x) => x.fn === fn)) {
      const where = `${c.id} ${JSON.stringify(c.kwargs)}`;
      try {
        if (c.id === wideDraws) expect(String(run(c))).toBe("BCOO(float32[3,4,5], nse=9)");
        else if (refusedByJax.includes(c.id)) expectDense(run(c), more[fn], c);
        else if (c.raises === undefined)
          expectEncoded(run(c), c.out, fn.startsWith("spsolve") ? 1e-10 : 1e-12);
        else expect(() => run(c), `${where} raises ${c.raises}`).toThrow(errors.AdjointError);
      } catch (e) {
        throw new Error(`${where}: ${String(e).slice(0, 1500)}`, { cause: e });
      }
    }
  });

  it("was recorded for all functions", () => {
    const recorded = new Set(names.map((n) => camelCase(n.split(":")[0])));
    const functions = Object.entries(sparse)
      .filter(([, f]) => typeof f === "function" && !/^class\b/.test(Function.prototype.toString.call(f)))
      .map(([name]) => name);
    expect(functions.filter((name) => !recorded.has(name))).toEqual(["jacobian"]);
  });
});

/**
 * @file The programs that a visitor can time: each in several ways that compute the same. The first way of each is a loop
 * written by hand, against which the others' results are checked.
 */
import { type Array as NDArray, grad, jit, numpy as np } from "adjoint";
import { type WorkloadName, sizes } from "./descriptions.ts";

export interface Way {
  readonly name: string;
  /** One run. What it returns depends on all that it computed. */
  run(): number;
}

/** The ways of a workload; `wasm` says whether there is WebAssembly. */
type Ways = (wasm: boolean) => readonly Way[];

const noise = (n: number, seed = 1): Float64Array => {
  let state = seed;
  return Float64Array.from({ length: n }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
};

const last = (x: NDArray): number => {
  const data = x.dataSync();
  return data[data.length - 1];
};

/** A function under `jit`, once for each generator. */
function compiled(f: (x: NDArray) => NDArray, x: NDArray, wasm: boolean): Way[] {
  const backends = wasm ? (["js", "wasm"] as const) : (["js"] as const);
  return backends.map((backend) => {
    const made = jit(f, { backend });
    return {
      name: backend === "js" ? "adjoint, JavaScript" : "adjoint, WebAssembly",
      run: () => last(made(x)),
    };
  });
}

const matmul: Ways = (wasm) => {
  const n = sizes.matmul;
  const a = noise(n * n);
  const byHand = (): number => {
    const out = new Float64Array(n * n);
    for (let i = 0; i < n; i++)
      for (let k = 0; k < n; k++) {
        const aik = a[i * n + k];
        for (let j = 0; j < n; j++) out[i * n + j] += aik * a[k * n + j];
      }
    return out[n * n - 1];
  };
  const x = np.array(a).reshape([n, n]);
  return [{ name: "by hand", run: byHand }, ...compiled((m) => np.matmul(m, m), x, wasm)];
};

const chain: Ways = (wasm) => {
  const n = sizes.elements;
  const data = noise(n);
  const byHand = (): number => {
    const out = new Float64Array(n);
    for (let i = 0; i < n; i++) out[i] = Math.tanh(Math.sin(data[i]) * data[i] + 1);
    return out[n - 1];
  };
  const f = (x: NDArray): NDArray => np.tanh(np.sin(x).mul(x).add(1));
  return [{ name: "by hand", run: byHand }, ...compiled(f, np.array(data), wasm)];
};

const gradient: Ways = (wasm) => {
  const n = sizes.elements;
  const data = noise(n);
  const byHand = (): number => {
    const out = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      const square = data[i] * data[i];
      out[i] = Math.exp(-square) * (1 - 2 * square);
    }
    return out[n - 1];
  };
  const f = grad((x: NDArray) => np.sum(np.exp(np.square(x).neg()).mul(x)));
  return [{ name: "by hand", run: byHand }, ...compiled((x) => f(x), np.array(data), wasm)];
};

/** Calls of a program of one number, each of the one before. */
const small: Ways = () => {
  const byHand = (): number => {
    let x = 0.5;
    for (let i = 0; i < sizes.calls; i++) x = Math.cos(x) * x + Math.sin(x) - x / 2;
    return x;
  };
  const f = jit((x: NDArray) => grad((t: NDArray) => np.sin(t).mul(t))(x).sub(x.div(2)));
  const calls = (): number => {
    let x: NDArray = np.array(0.5);
    for (let i = 0; i < sizes.calls; i++) x = f(x);
    return x.item();
  };
  return [
    { name: "by hand", run: byHand },
    { name: "adjoint, JavaScript", run: calls },
  ];
};

export const workloads: Readonly<Record<WorkloadName, Ways>> = { matmul, chain, gradient, small };

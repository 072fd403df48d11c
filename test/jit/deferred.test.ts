/**
 * @file Functions of the library on large arrays, whose equations are put off and compiled together: what they give is what
 * they give one equation at a time, to the bit, for every exported function.
 */
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { config, lax, makeJaxpr, numpy as np } from "../../src/index.ts";
import { ComplexArray, ConcreteArray, NDArray } from "../../src/core/array.ts";
import { leastSize, setLeastSize } from "../../src/core/deferral.ts";
import { isFloat } from "../../src/dtypes/dtype.ts";
import { publicFunctions } from "../hostile/calls.ts";

const n = 96;
const spread = (f: (i: number) => number): Float64Array => Float64Array.from({ length: n }, (_, i) => f(i));
const pool = {
  x: np.array(spread((i) => Math.sin(i * 12.9898) * 3)),
  y: np.array(spread((i) => ((i * 7919) % 1009) / 100 - 5)),
  whole: np.array(Int32Array.from({ length: n }, (_, i) => (i * 7919) % 331)),
  mask: np.array(spread((i) => i % 3)).greater(0),
  single: np.array(Float32Array.from({ length: n }, (_, i) => Math.cos(i) * 2)),
  rows: np.array(spread((i) => Math.sin(i * 78.233))).reshape([8, n / 8]),
  gaps: np.array(spread((i) => (i % 50 === 0 ? NaN : i % 51 === 0 ? Infinity : i % 52 === 0 ? -0 : i))),
  complex: lax.complex(np.array(spread(Math.sin)), np.array(spread(Math.cos))),
};

const calls: readonly (readonly unknown[])[] = [
  [pool.x],
  [pool.single],
  [pool.whole],
  [pool.gaps],
  [pool.rows],
  [pool.mask],
  [pool.complex],
  [pool.x, pool.y],
  [pool.whole, pool.whole],
  [pool.rows, 1],
  [pool.x, pool.whole],
  [pool.mask, pool.x, pool.y],
  [pool.x, 0.25, 0.75],
  [[pool.x, pool.y]],
];

/** The data of whatever a function gave, as bits. */
function bits(x: unknown): unknown {
  if (x instanceof ComplexArray) return [String(x.aval), bits(x.re), bits(x.im)];
  if (x instanceof ConcreteArray) {
    const { raw } = x;
    if (typeof raw !== "object") return [String(x.aval), Object.is(raw, -0) ? "-0" : String(raw)];
    const data = raw.slice();
    // The sign of a NaN means nothing.
    if (isFloat(x.dtype)) for (let i = 0; i < data.length; i++) if (data[i] !== data[i]) data[i] = NaN;
    return [String(x.aval), Buffer.from(data.buffer).toString("latin1")];
  }
  if (Array.isArray(x)) return x.map(bits);
  return typeof x === "object" && x !== null ? Object.entries(x).map(([k, v]) => [k, bits(v)]) : String(x);
}

function outcome(f: (...args: readonly unknown[]) => unknown, args: readonly unknown[]): unknown {
  try {
    return bits(f(...args));
  } catch (e) {
    return (e as Error).message.split("\n")[0];
  }
}

/** Elements that the equations of a call make; 0 if their number depends on the data. */
function made(f: (...args: unknown[]) => unknown, args: readonly unknown[]): number {
  const arrays = args.filter((x) => x instanceof NDArray);
  try {
    let at = 0;
    const { jaxpr } = makeJaxpr((...xs: NDArray[]) => {
      at = 0;
      return f(...args.map((x) => (x instanceof NDArray ? xs[at++] : x)));
    })(...arrays);
    return jaxpr.eqns.reduce((sum, e) => sum + e.outputs.reduce((m, v) => m + v.aval.size, 0), 0);
  } catch {
    return 0;
  }
}

const functions = [...publicFunctions()].filter(([name]) =>
  /^(numpy|nn|scipy\.(special|stats))\./.test(name),
);

describe("functions give what they give one equation at a time, to the bit", () => {
  const before = { least: leastSize, backend: config.values.backend };
  beforeAll(() => {
    setLeastSize(16);
    // JavaScript's exp and that of WebAssembly differ in the last place: one of them.
    config.update({ backend: "wasm" });
  });
  afterAll(() => {
    setLeastSize(before.least);
    config.update({ backend: before.backend });
  });

  it.each(functions)("%s", (_, f) => {
    for (const args of calls) {
      if (made(f, args) > 2 ** 24) continue;
      const plain = config.with({ disableJit: true }, () => outcome(f, args));
      // Little work is done equation by equation when it is met first, and compiled when it comes again.
      const same = [outcome(f, args), outcome(f, args)].map((x) => isDeepStrictEqual(x, plain));
      expect({ args: args.map(String), same }).toEqual({ args: args.map(String), same: [true, true] });
    }
  });
});

/**
 * @file The element-wise functions among the exported names, found by calling them: of an array a function gives a floating
 * array of its shape whose elements are each what the function gives for that element alone.
 */
import { NDArray } from "../../src/core/array.ts";
import * as adjoint from "../../src/index.ts";

const np = adjoint.numpy;

export type Call = (...xs: NDArray[]) => NDArray;

export interface Found {
  /** `np.sin`. */
  readonly name: string;
  readonly arity: 1 | 2;
  readonly call: Call;
}

const namespaces: Readonly<Record<string, object>> = {
  lax: adjoint.lax,
  np,
  nn: adjoint.nn,
  special: adjoint.scipy.special,
};

/** Unsorted, without symmetry: within, beyond 1 and below 0, since functions are NaN or constant somewhere. */
const probes = [
  [0.55, 0.3, 0.8],
  [1.55, 1.3, 2.8],
  [-0.4, 0, -1.6],
];
/** Second operands, and such that differ from them in sign too. */
const others = [0.7, 0.9, 0.4];
const changed = [-0.35, 0.2, 2.65];

function outcome(f: Call, ...xs: readonly (readonly number[])[]): readonly number[] | null {
  try {
    const out: unknown = f(...xs.map((x) => np.array([...x])));
    const fits =
      out instanceof NDArray && out.dtype === "float64" && out.shape.join() === String(xs[0].length);
    return fits ? globalThis.Array.from(out.dataSync(), Number) : null;
  } catch {
    return null;
  }
}

const same = (a: readonly number[] | null, b: readonly number[] | null): boolean =>
  a !== null && b !== null && a.every((x, i) => Object.is(x, b[i]));

/** Each element of the result is that of the elements at its place alone. */
function isElementwise(f: Call, ...xs: readonly (readonly number[])[]): boolean {
  const whole = outcome(f, ...xs);
  const alone = xs[0].map((_, i) => outcome(f, ...xs.map((x) => [x[i]])));
  return whole !== null && alone.every((one, i) => same(one, [whole[i]]));
}

function arityOf(f: Call): 0 | 1 | 2 {
  const binary =
    probes.some((x) => isElementwise(f, x, others)) &&
    probes.some((x) => !same(outcome(f, x, others), outcome(f, x, changed)));
  if (binary) return 2;
  return probes.some((x) => isElementwise(f, x)) ? 1 : 0;
}

/** All of them, by namespace. */
export function elementwiseNames(): Found[] {
  return Object.entries(namespaces).flatMap(([space, names]) =>
    Object.entries(names as Readonly<Record<string, unknown>>).flatMap(([name, value]): Found[] => {
      if (typeof value !== "function" || /^[A-Z]/.test(name)) return [];
      const call = value as Call;
      const arity = arityOf(call);
      return arity === 0 ? [] : [{ name: `${space}.${name}`, arity, call }];
    }),
  );
}

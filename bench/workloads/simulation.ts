/**
 * @file Loops over numbers, float64: the logistic map, an orbit by leapfrog, Lorenz's equations by Runge and Kutta's method;
 * values, and derivatives in forward mode.
 */
import type { Array } from "../../src/index.ts";
import { adjoint, jit } from "../lib/library.ts";
import { type Entry, type Workload } from "../lib/measure.ts";
import { numpyName, numpyOf } from "../lib/numpy.ts";
import { xlaOf } from "../lib/xla.ts";
import * as byHand from "./simulation-by-hand.ts";

const { jvp, lax, numpy: np } = adjoint;

/** x ← r·x·(1−x) */
const logistic = (r: Array): Array =>
  lax.foriLoop(0, 1_000_000, (_: Array, x: Array) => r.mul(x).mul(np.subtract(1, x)), 0.3);

type Orbit = [x: Array, y: Array, u: Array, v: Array];

/** Distance from the focus after 10 000 steps of kick, drift, kick, begun at (1, 0) with speed `v`. */
function kepler(v: Array): Array {
  const h = 1e-3;
  const kick = ([x, y, u, w]: Orbit): Orbit => {
    const r2 = x.mul(x).add(y.mul(y));
    const pull = np.divide(h / 2, r2.mul(np.sqrt(r2)));
    return [x, y, u.sub(x.mul(pull)), w.sub(y.mul(pull))];
  };
  const step = (_: Array, state: Orbit): Orbit => {
    const [x, y, u, w] = kick(state);
    return kick([x.add(u.mul(h)), y.add(w.mul(h)), u, w]);
  };
  const [x, y] = lax.foriLoop(0, 10_000, step, [1, 0, 0, v]);
  return np.sqrt(x.mul(x).add(y.mul(y)));
}

type Point = [x: Array, y: Array, z: Array];

/** x + y + z after 10 000 steps of Lorenz's equations with parameter ρ. */
function lorenz(rho: Array): Array {
  const h = 1e-3;
  const slope = ([x, y, z]: Point): Point => [
    y.sub(x).mul(10),
    x.mul(rho.sub(z)).sub(y),
    x.mul(y).sub(z.mul(8 / 3)),
  ];
  const along = (p: Point, k: Point, t: number): Point => [
    p[0].add(k[0].mul(t)),
    p[1].add(k[1].mul(t)),
    p[2].add(k[2].mul(t)),
  ];
  const step = (_: Array, p: Point): Point => {
    const k1 = slope(p);
    const k2 = slope(along(p, k1, h / 2));
    const k3 = slope(along(p, k2, h / 2));
    const k4 = slope(along(p, k3, h));
    const next = (i: 0 | 1 | 2): Array =>
      p[i].add(
        k1[i]
          .add(k2[i].add(k3[i]).mul(2))
          .add(k4[i])
          .mul(h / 6),
      );
    return [next(0), next(1), next(2)];
  };
  const [x, y, z] = lax.foriLoop(0, 10_000, step, [1, 1, 1]);
  return x.add(y).add(z);
}

interface Simulation {
  readonly name: string;
  readonly text: string;
  readonly run: (parameter: Array) => Array;
  readonly at: number;
  readonly byHand: (parameter: number) => number;
  readonly tangentByHand: (parameter: number) => number;
  /** The name of its program in bench/children/numpy_programs.py. */
  readonly numpy: string;
  /** What rounding in another order may change at the end. */
  readonly tolerance: number;
}

const simulations: readonly Simulation[] = [
  {
    name: "logistic map",
    text: "1 000 000 steps of x ← r·x·(1−x)",
    run: logistic,
    at: 3.5,
    byHand: byHand.logistic,
    numpy: "logistic",
    tangentByHand: byHand.logisticTangent,
    tolerance: 1e-10,
  },
  {
    name: "kepler",
    text: "10 000 steps of leapfrog along an orbit",
    run: kepler,
    at: 0.8,
    byHand: byHand.kepler,
    numpy: "kepler",
    tangentByHand: byHand.keplerTangent,
    tolerance: 1e-9,
  },
  {
    name: "lorenz",
    text: "10 000 steps of Runge and Kutta's method for Lorenz's equations",
    run: lorenz,
    at: 28,
    byHand: byHand.lorenz,
    numpy: "lorenz",
    tangentByHand: byHand.lorenzTangent,
    tolerance: 1e-8,
  },
];

async function value({ run, at, byHand: hand, numpy }: Simulation): Promise<Entry[]> {
  const f = jit(run);
  return [
    { name: "adjoint", call: () => f(at).item() },
    await xlaOf(run, [np.array(at)]),
    await numpyOf(numpy, [np.array(at)]),
    { name: "by hand", call: () => hand(at) },
  ];
}

async function derivative({ run, at, tangentByHand }: Simulation): Promise<Entry[]> {
  const tangent = (x: Array): Array => jvp(run, [x], [1])[1];
  const f = jit(tangent);
  return [
    { name: "adjoint", call: () => f(at).item() },
    await xlaOf(tangent, [np.array(at)]),
    { name: "by hand", call: () => tangentByHand(at) },
  ];
}

const absent = { "@jax-js/jax": "it has no loops", tfjs: "it has no float64" };

export const simulationWorkloads: Workload[] = simulations.flatMap((s) => [
  {
    name: s.name,
    group: "loops",
    text: `${s.text}, float64.`,
    tolerance: s.tolerance,
    make: () => value(s),
    absent,
  },
  {
    name: `${s.name} derivative`,
    group: "loops",
    text: `${s.text}, with the derivative by a parameter in forward mode, float64.`,
    tolerance: s.tolerance,
    make: () => derivative(s),
    absent: { ...absent, [numpyName]: "it has no derivatives" },
  },
]);

/**
 * @file Gaussian process regression on points that are clicked. How smooth, how high and how noisy the function is, is
 * found by gradients of the marginal likelihood, through a Cholesky decomposition.
 */
import "adjoint/methods";
import { type NDArray, jit, numpy as np, optim, random, scipy, valueAndGrad } from "adjoint";
import { assert, type Demo } from "./lib/demo.ts";
import { type Point, Stage } from "./lib/stage.ts";

export const title = "Gaussian process regression";
export const summary =
  "Click to add points, drag to move them. The curve, its uncertainty, and how smooth it should be follow at once.";

/** Logarithms of the length scale, the height and the noise. */
type Hyper = { length: NDArray; height: NDArray; noise: NDArray };
/** Room for 48 points, so that nothing is compiled anew; `there` is 1 for those that exist. */
type Points = { x: NDArray; y: NDArray; there: NDArray };
const [room, columns, curves] = [48, 160, 3];

function kernel(h: Hyper, a: NDArray, b: NDArray): NDArray {
  const apart = a
    .reshape([-1, 1])
    .sub(b.reshape([1, -1]))
    .div(np.exp(h.length));
  return np.exp(np.square(apart).div(-2).add(h.height.mul(2)));
}
/** Cholesky's factor of the covariance of the points; a missing one is independent of all others, with variance 1. */
function factor(h: Hyper, { x, there }: Points): NDArray {
  const both = there.reshape([-1, 1]).mul(there);
  const noise = np.exp(h.noise.mul(2)).add(1e-6).mul(there).add(np.subtract(1, there));
  return np.linalg.cholesky(kernel(h, x, x).mul(both).add(np.diag(noise)));
}
/** Minus the logarithm of the probability of the points, and of a wide prior that keeps few points sensible. */
function loss(h: Hyper, points: Points): NDArray {
  const l = factor(h, points);
  const white = scipy.linalg.solveTriangular(l, points.y.mul(points.there), { lower: true });
  const prior = np
    .square(h.length.add(1))
    .div(0.7)
    .add(np.square(h.height.add(0.5)).div(1))
    .add(np.square(h.noise.add(2.5)).div(1));
  return np
    .square(white)
    .sum()
    .div(2)
    .add(np.log(np.diag(l)).sum())
    .add(prior.div(2));
}
const adam = optim.adam(0.03);
const improve = jit((h: Hyper, state: ReturnType<typeof adam.init>, points: Points) => {
  const [value, slope] = valueAndGrad(loss)(h, points);
  const [updates, next] = adam.update(slope, state, h);
  return [
    optim.applyUpdates(h, updates),
    next,
    value,
    np.hypot(np.hypot(slope.length, slope.height), slope.noise),
  ] as const;
});
/** Mean and deviation at `at`, and curves drawn from the posterior with the white noise `z`. */
const predict = jit((h: Hyper, points: Points, at: NDArray, z: NDArray) => {
  const l = factor(h, points);
  const solve = (b: NDArray): NDArray => scipy.linalg.solveTriangular(l, b, { lower: true });
  const across = solve(kernel(h, points.x, at).mul(points.there.reshape([-1, 1]))); // [room, columns]
  const mean = np.matmul(across.T, solve(points.y.mul(points.there)));
  const covariance = kernel(h, at, at).sub(np.matmul(across.T, across));
  const root = np.linalg.cholesky(covariance.add(np.eye(columns).mul(1e-7)));
  const deviation = np.sqrt(np.maximum(np.diag(covariance), 0));
  return [mean, deviation, np.matmul(root, z).add(mean.reshape([-1, 1])).T] as const;
});

export function start(host: HTMLElement): Demo {
  const stage = new Stage(host, {
    label: "Points, and the curve that a Gaussian process sees in them",
    narrow: "1 / 1.1",
  });
  let points: [number, number][] = Array.from({ length: 18 }, (_, i) => {
    const x = -0.88 + 0.075 * i + (i > 10 ? 0.42 : 0);
    return [x, 0.5 * Math.sin(5 * x) + 0.1 * Math.sin(78.2 * i * i)];
  });
  const first = (): Hyper => ({ length: np.array(-2.5), height: np.array(0), noise: np.array(-1) });
  let [hyper, steps, steep] = [first(), 0, 1];
  let [state, held, samples] = [adam.init(hyper), -1, true];
  const at = np.linspace(-1, 1, columns);
  const z = random.normal(random.key(4), [columns, curves]);
  const place = ([x, y]: readonly [number, number]): Point => ({
    x: (stage.width * (x + 1)) / 2,
    y: (stage.height * (1 - y)) / 2,
  });
  const where = (p: Point): [number, number] => [(2 * p.x) / stage.width - 1, 1 - (2 * p.y) / stage.height];
  stage.drag({
    down: (p) => {
      const near = points.map((q) => Math.hypot(place(q).x - p.x, place(q).y - p.y));
      held = near.findIndex((d) => d < 22 && d === Math.min(...near));
      if (held < 0 && points.length < room) held = points.push(where(p)) - 1;
      steep = 1;
    },
    move: (p) => {
      if (held >= 0) points[held] = where(p);
      steep = 1;
    },
    up: () => (held = -1),
  });
  const again = (): void => {
    [hyper, steps, steep] = [first(), 0, 1];
    state = adam.init(hyper);
  };
  stage.controls.button("Learn again", again);
  stage.controls.button("No points", () => ([points, steep] = [[], 1]));
  stage.controls.button("Samples", () => (samples = !samples), "Show or hide curves drawn at random");

  stage.animate(() => {
    const { colors, context } = stage;
    const padded = Array.from({ length: room }, (_, i) => points[i] ?? [0, 0]);
    const data = {
      x: np.array(padded.map((p) => p[0])),
      y: np.array(padded.map((p) => p[1])),
      there: np.array(padded.map((_, i) => Number(i < points.length))),
    };
    for (let i = 0; i < 2 && steep > 1e-3; i++) {
      const [next, nextState, , slope] = improve(hyper, state, data);
      [hyper, state, steep] = [next, nextState, slope.item()];
      steps += 1;
    }
    const [mean, deviation, drawn] = predict(hyper, data, at, z);
    const [m, d] = [mean.dataSync(), deviation.dataSync()];
    const column = (i: number): number => (2 * i) / (columns - 1) - 1;
    for (const [k, alpha] of [
      [2, 0.13],
      [1, 0.17],
    ]) {
      const edge = (sign: number): Point[] =>
        Array.from({ length: columns }, (_, i) => place([column(i), m[i] + sign * k * d[i]]));
      context.beginPath();
      for (const { x, y } of [...edge(1), ...edge(-1).reverse()]) context.lineTo(x, y);
      Object.assign(context, { fillStyle: colors.accent, globalAlpha: alpha });
      context.fill();
      context.globalAlpha = 1;
    }
    if (samples)
      for (const curve of drawn.js<number[][]>())
        stage.line(
          curve.map((v, i) => place([column(i), v])),
          colors.violet,
          1.3,
          0.55,
        );
    stage.line(
      Array.from({ length: columns }, (_, i) => place([column(i), m[i]])),
      colors.accent,
      3,
    );
    for (const point of points) {
      stage.disc(place(point), 7, colors.paper);
      stage.disc(place(point), 5.5, colors.warm);
    }
    const size = (v: NDArray): string => Math.exp(v.item()).toFixed(3);
    stage.controls.note(
      `${points.length} points; length scale ${size(hyper.length)}, height ${size(hyper.height)}, noise ${size(hyper.noise)}; ${steps} steps`,
    );
    return steep > 1e-3;
  });
  return stage.demo(() => ({
    steps,
    steep,
    length: Math.exp(hyper.length.item()),
    noise: Math.exp(hyper.noise.item()),
  }));
}

export function check(result: unknown): void {
  const { steps, steep, length, noise } = result as Record<"steps" | "steep" | "length" | "noise", number>;
  assert(steep < 0.05, `after ${steps} steps the slope of the likelihood is ${steep}`);
  assert(length > 0.15 && length < 0.6, `the length scale is ${length}`);
  assert(noise > 0.02 && noise < 0.2, `the noise is ${noise}, where 0.07 was put`);
}

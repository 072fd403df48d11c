/**
 * @file The Mandelbrot set: a loop for every point, compiled to WebAssembly. How far a point is from the set follows from
 * the derivative of the iteration, which `jvp` carries along.
 */
import "adjoint/methods";
import { type NDArray, jit, jvp, lax, numpy as np } from "adjoint";
import { ramp } from "./lib/colors.ts";
import { assert, type Demo } from "./lib/demo.ts";
import { Progressive } from "./lib/progressive.ts";
import { Stage } from "./lib/stage.ts";

export const title = "The Mandelbrot set";
export const summary =
  "Tap to go closer, drag to move. Every point is a loop in WebAssembly; its derivative tells the distance to the set.";

const tile = 32;

type Orbit = [x: NDArray, y: NDArray, steps: NDArray];

/** z ← z² + c until |z|² passes 1000: the last z and the number of steps. */
function orbit(cx: NDArray, cy: NDArray, most: NDArray): Orbit {
  const bounded = ([x, y, steps]: Orbit): NDArray =>
    np.logicalAnd(np.square(x).add(np.square(y)).less(1000), steps.less(most));
  const next = ([x, y, steps]: Orbit): Orbit => [
    np.square(x).sub(np.square(y)).add(cx),
    x.mul(y).mul(2).add(cy),
    steps.add(1),
  ];
  return lax.whileLoop(bounded, next, [cx.mul(0), cy.mul(0), most.mul(0)]);
}

/** Smooth count of steps, −1 in the set; and the distance to the set. */
function point(cx: NDArray, cy: NDArray, most: NDArray): NDArray {
  // the iteration is analytic: the derivative along the real direction is the complex one
  const [[x, y, steps], [dx, dy]] = jvp((cx: NDArray) => orbit(cx, cy, most), [cx], [1]);
  const size = np.maximum(np.hypot(x, y), 1.000001);
  const smooth = steps.add(1).sub(np.log2(np.log(size)));
  const distance = size.mul(np.log(size)).div(np.hypot(dx, dy)).mul(2);
  return np.where(steps.less(most), np.stack([smooth, distance]), np.array([-1, 0]));
}

/** `tile` × `tile` points from a corner, `step` apart: [tile², 2]. */
const compute = jit(
  (x: NDArray, y: NDArray, step: NDArray, most: NDArray) => {
    const k = np.arange(tile * tile);
    const xs = np.mod(k, tile).mul(step).add(x);
    const ys = np.floorDivide(k, tile).mul(step).add(y);
    return lax.map(([cx, cy]: NDArray[]) => point(cx, cy, most), [xs, ys]).astype("float32");
  },
  { name: "mandelbrot", backend: "wasm" },
);

const palette = ramp(
  [
    [12, 10, 48],
    [32, 80, 190],
    [140, 210, 240],
    [255, 245, 220],
    [250, 170, 60],
    [150, 40, 70],
    [12, 10, 48],
  ],
  2048,
);

export function start(host: HTMLElement): Demo {
  const stage = new Stage(host, { label: "A part of the Mandelbrot set" });
  let patience = 300;
  const screen = new Progressive(stage, tile, (x, y, step, paint) => {
    const values = compute(x, y, step, patience * (1 + Math.log10(1.3 / screen.half))).dataSync();
    for (let i = 0; i < tile * tile; i++) {
      const [smooth, distance] = [values[2 * i], values[2 * i + 1]];
      if (smooth < 0) paint(i, 6, 5, 14);
      else {
        const c = 3 * (Math.floor(270 * Math.sqrt(smooth)) & 2047);
        const light = Math.min(1, 0.25 + 0.3 * Math.sqrt(Math.sqrt(distance / screen.pixel)));
        paint(i, light * palette[c], light * palette[c + 1], light * palette[c + 2]);
      }
    }
  });
  const home = (): void => screen.go({ x: -0.7, y: 0 }, 1.3);
  stage.controls.slider({ label: "Patience", min: 100, max: 3000, value: patience, step: 100 }, (v) => {
    patience = v;
    screen.again();
  });
  stage.controls.button("+", () => screen.zoom(0.4), "Closer");
  stage.controls.button("−", () => screen.zoom(2.5), "Farther");
  stage.controls.button("All", home);
  stage.controls.button("Seahorses", () => screen.go({ x: -0.7453, y: 0.1127 }, 0.0055));
  stage.controls.button("Spirals", () => screen.go({ x: -0.743643887, y: 0.131825904 }, 2e-5));
  home();
  stage.animate((seconds) => {
    const busy = screen.draw(seconds);
    const width = (2 * screen.half * stage.width) / Math.min(stage.width, stage.height);
    stage.controls.note(
      `width ${width.toPrecision(3)}; ${screen.points} points computed, ${(screen.rate / 1000).toFixed(0)} a millisecond`,
    );
    return busy;
  });
  return stage.demo(() => {
    const probe = (x: number, y: number): readonly number[] =>
      Array.from(compute(x, y, 0, 2000).dataSync().slice(0, 2));
    return {
      done: screen.done,
      inside: probe(-0.1, 0.1),
      outside: probe(0.5, 0),
      far: probe(-3, 0),
      points: screen.points,
    };
  });
}

export function check(result: unknown): void {
  const { done, inside, outside, far } = result as Record<"inside" | "outside" | "far", number[]> & {
    done: boolean;
  };
  assert(done, "the picture is not finished");
  assert(inside[0] === -1, `−0.1 + 0.1i is in the set, not ${inside.join()}`);
  assert(outside[0] > 3 && outside[0] < 8, `0.5 leaves after some five steps, not ${outside.join()}`);
  // the set ends at −2; the estimate is between the distance and four times that
  assert(far[1] > 0.5 && far[1] < 4, `−3 is at distance 1 from the set, estimated as ${far.join()}`);
}

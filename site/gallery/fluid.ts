/**
 * @file A fluid to stir; or find the first push that brings its smoke into a given shape, by gradients carried back
 * through forty steps of the simulation. The page never waits: forward and backward steps are done a few in each frame.
 */
import "adjoint/methods";
import { type NDArray, jit, numpy as np, optim, vjp } from "adjoint";
import { ramp, rgb } from "./lib/colors.ts";
import { assert, type Demo } from "./lib/demo.ts";
import { flow, hump, n } from "./lib/fluid.ts";
import { glyph } from "./lib/glyph.ts";
import { Picture } from "./lib/picture.ts";
import { plot } from "./lib/plot.ts";
import { type Point, Stage } from "./lib/stage.ts";

export const title = "A fluid, stirred and steered";
export const summary =
  "Stir the smoke with a finger. Or let gradients through the simulation find the one push that turns a disc of it into a letter.";

const horizon = 40;

const forward = jit(flow);
/** The cotangent of a step's argument, from that of its result. */
const backward = jit((state: NDArray, cotangent: NDArray) => vjp(flow, [state])[1](cotangent)[0]);
const stir = jit((state: NDArray, x: NDArray, y: NDArray, dx: NDArray, dy: NDArray) => {
  const spot = hump(x, y, 2.5);
  const smoke = spot.mul(np.minimum(np.hypot(dx, dy), 1).mul(0.25));
  return flow(state.mul(0.998).add(np.stack([spot.mul(dx), spot.mul(dy), smoke])));
});

/** The search for the push: `work` does one step of it. */
class Search {
  movie: NDArray[] = [];
  readonly losses: number[] = [];
  readonly target: Float32Array;
  private readonly adam = optim.adam(0.06);
  private push: NDArray = np.zeros([2, n, n], "float32");
  private state = this.adam.init(this.push);
  private readonly states: NDArray[] = [];
  private cotangent: NDArray | undefined;
  private readonly smoke: NDArray;
  private readonly wanted: NDArray;
  private readonly update = jit((push: NDArray, slope: NDArray, state: typeof this.state) => {
    const [change, next] = this.adam.update(slope.add(push.mul(1e-7)), state, push);
    return [push.add(change), next] as const;
  });
  private readonly miss = jit((end: NDArray, wanted: NDArray) => {
    const off = end.slice(2).sub(wanted);
    const slope = np.stack([np.zerosLike(off), np.zerosLike(off), off.mul(2 / n ** 2)]);
    return [np.square(off).mean(), slope] as const;
  });

  constructor(letter: string) {
    this.target = glyph(letter, n, n);
    this.wanted = np.array(this.target).reshape([n, n]);
    const radius = Math.sqrt(this.target.reduce((a, b) => a + b, 0) / Math.PI);
    const [x, y] = [np.arange(n).reshape([1, n]), np.arange(n).reshape([n, 1])];
    const r = np.hypot(x.sub(n / 2), y.sub(n / 2));
    this.smoke = np
      .clip(np.subtract(radius + 0.5, r), 0, 1)
      .astype("float32")
      .reshape([1, n, n]);
  }

  work(): void {
    const { states } = this;
    if (this.cotangent === undefined) {
      states.push(states.length === 0 ? np.concatenate([this.push, this.smoke]) : forward(states.at(-1)!));
      if (states.length <= horizon) return;
      this.movie = [...states];
      const [loss, slope] = this.miss(states.pop()!, this.wanted);
      this.losses.push(loss.item());
      this.cotangent = slope;
    } else {
      this.cotangent = backward(states.pop()!, this.cotangent);
      if (states.length > 0) return;
      [this.push, this.state] = this.update(this.push, this.cotangent.slice([0, 2]), this.state);
      this.cotangent = undefined;
    }
  }
}

/** Smoke at rest, to be stirred. */
const atRest = (): NDArray =>
  np.stack([
    np.zeros([n, n], "float32"),
    np.zeros([n, n], "float32"),
    np.array(glyph("∂", n, n)).reshape([n, n]),
  ]);

export function start(host: HTMLElement): Demo {
  const stage = new Stage(host, { label: "Smoke in a moving fluid", narrow: "1 / 1.3" });
  const picture = new Picture(n, n);
  let search: Search | undefined = new Search("∂");
  let [state, frame, shown] = [atRest(), 0, [] as NDArray[]];
  const wanted: { at: Point; by: Point }[] = [];

  /** Of one copy of the fluid: of all that is seen when it is stirred, else with room for the panel. */
  const side = (): number => {
    const { width, height } = stage;
    if (search === undefined) return height;
    return width > 1.25 * height ? height : Math.min(width, height * 0.78);
  };
  const layout = () => {
    const { width, height } = stage;
    const wide = width > 1.25 * height;
    return { wide, side: side(), x: wide ? 0 : (width - side()) / 2, rest: (wide ? width : height) - side() };
  };
  stage.drag({
    move: (to, from) => {
      if (search !== undefined) return;
      const cells = n / side();
      const [dx, dy] = [(to.x - from.x) * cells, (to.y - from.y) * cells];
      wanted.push({ at: { x: to.x * cells, y: to.y * cells }, by: { x: dx, y: dy } });
    },
  });
  const begin = (letter?: string): void => {
    search = letter === undefined ? undefined : new Search(letter);
    [state, shown, frame] = [atRest(), [], 0];
  };
  stage.controls.choice<string | undefined>(
    [
      ["Find ∂", "∂"],
      ["Find ♥", "♥"],
      ["Find J", "J"],
      ["Stir", undefined],
    ],
    begin,
  );

  const drawPanel = (found: Search): void => {
    const { wide, side, rest } = layout();
    const { colors } = stage;
    const [x, y] = wide ? [side + 24, 30] : [14, side + 18];
    const small = Math.min(rest - 48, wide ? stage.height * 0.38 : rest - 24);
    stage.text("wanted", { x, y: y - 8 }, colors.muted, 12);
    const inset = new Picture(n, n);
    inset.shade(found.target, table());
    inset.draw(stage.context, x, y, small, small);
    const [left, top] = wide ? [x, y + small + 40] : [x + small + 24, y];
    const box = {
      x: left,
      y: top,
      width: stage.width - left - 20,
      height: wide ? stage.height - top - 24 : small,
    };
    plot(stage, box, `difference, after ${found.losses.length} tries`, found.losses[0] ?? 1, 20, [
      { values: found.losses, color: colors.warm },
    ]);
  };
  const table = (): Uint8Array => {
    const { paper, violet, accent, ink } = stage.colors;
    return ramp([paper, accent, violet, ink].map(rgb));
  };

  stage.animate(() => {
    const { side, x } = layout();
    if (search === undefined) {
      const { at, by } = wanted.shift() ?? { at: { x: 0, y: 0 }, by: { x: 0, y: 0 } };
      if (wanted.length > 3) wanted.splice(0, wanted.length - 3);
      state = stir(state, at.x, at.y, by.x, by.y);
      stage.controls.note("Drag to stir.");
    } else {
      const until = performance.now() + 8;
      while (search.losses.length < 150 && performance.now() < until) search.work();
      // the latest try, from its beginning, over and over
      if (frame % 80 === 0) shown = search.movie;
      state = shown[Math.min((frame % 80) >> 0, horizon)] ?? state;
      frame += 1;
      const [first, last] = [search.losses[0], search.losses.at(-1)];
      if (first !== undefined && last !== undefined)
        stage.controls.note(
          `${((100 * last) / first).toFixed(0)} % of the difference is left; ${2 * n * n} numbers are sought`,
        );
    }
    picture.shade(state.slice(2).dataSync(), table());
    // the fluid is a torus: there is no edge, only the same again
    const copies = search === undefined ? Math.ceil(stage.width / side) : 1;
    const left = search === undefined ? 0 : x;
    for (let i = 0; i < copies; i++) picture.draw(stage.context, left + i * side, 0, side, side);
    if (search !== undefined) drawPanel(search);
    return true;
  });
  return stage.demo(() => search?.losses ?? []);
}

export function check(result: unknown): void {
  const losses = result as number[];
  assert(losses.length >= 40, `${losses.length} tries so far`);
  const left = losses.at(-1)! / losses[0];
  assert(left < 0.5, `${left} of the difference is left`);
}

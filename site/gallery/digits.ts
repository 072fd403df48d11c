/**
 * @file A network of two layers learns to read digits, in the page, from 1797 small pictures; then it reads what is drawn,
 * and learns from that too.
 */
import "adjoint/methods";
import { type NDArray, jit, nn, numpy as np, optim, random, valueAndGrad } from "adjoint";
import { labels, packed } from "./data/digits.ts";
import { assert, type Demo } from "./lib/demo.ts";
import { DigitPad, drawBars } from "./lib/digit-pad.ts";
import { Stage } from "./lib/stage.ts";

export const title = "Learning to read digits";
export const summary =
  "Draw a digit. A network, trained here and now on 1500 others, reads it; tell it what you drew, and it learns your hand.";

type Layer = { weights: NDArray; bias: NDArray };
const [hidden, batch, heldBack, enough, own] = [64, 64, 297, 900, 64];

const logits = ([first, last]: Layer[], images: NDArray): NDArray => {
  const inner = nn.relu(np.matmul(images, first.weights).add(first.bias));
  return np.matmul(inner, last.weights).add(last.bias);
};
const loss = (net: Layer[], images: NDArray, digits: NDArray): NDArray =>
  optim.softmaxCrossEntropyWithIntegerLabels(logits(net, images), digits).mean();

function newNet(): Layer[] {
  const keys = random.split(random.key(1), 2);
  return [
    [64, hidden],
    [hidden, 10],
  ].map(([inputs, outputs], i) => ({
    weights: random.normal(keys.slice(i), [inputs, outputs], "float32").mul(Math.sqrt(2 / inputs)),
    bias: np.zeros([outputs], "float32"),
  }));
}

/** The pictures and what they show, shuffled: neighbours are of one hand. */
function readData(): { images: NDArray; digits: NDArray } {
  const bytes = Uint8Array.from(atob(packed), (c) => c.charCodeAt(0));
  const pixels = new Float32Array(2 * bytes.length);
  bytes.forEach((b, i) => pixels.set([(b >> 4) / 15, (b & 15) / 15], 2 * i));
  const order = random.permutation(random.key(0), labels.length);
  const images = np.array(pixels).reshape([-1, 64]).slice(order);
  return { images, digits: np.array(Int32Array.from(labels, Number)).slice(order) };
}

export function start(host: HTMLElement): Demo {
  const all = readData();
  const test = { images: all.images.slice([null, heldBack]), digits: all.digits.slice([null, heldBack]) };
  const train = { images: all.images.slice([heldBack, null]), digits: all.digits.slice([heldBack, null]) };
  const count = train.digits.shape[0];

  const adam = optim.adam(3e-3);
  const step = jit(
    (net: Layer[], state: ReturnType<typeof adam.init>, key: random.Key, taught: typeof train) => {
      const [forRows, forOwn, forNoise] = random.split(key, 3);
      const rows = random.randint(forRows, [batch], 0, count);
      const ownRows = random.randint(forOwn, [8], 0, own);
      const pixels = np.concatenate([train.images.slice(rows), taught.images.slice(ownRows)]);
      const noisy = pixels.add(random.normal(forNoise, pixels.shape, "float32").mul(0.15));
      const [value, slope] = valueAndGrad(loss)(
        net,
        noisy,
        np.concatenate([train.digits.slice(rows), taught.digits.slice(ownRows)]),
      );
      const [updates, next] = adam.update(slope, state, net);
      return [optim.applyUpdates(net, updates), next, value] as const;
    },
  );
  const read = jit((net: Layer[], image: NDArray) => nn.softmax(logits(net, image)));
  const accuracy = jit((net: Layer[]) => logits(net, test.images).argmax(1).equal(test.digits).mean());

  let net = newNet();
  let state = adam.init(net);
  let [steps, right] = [0, 0];
  const losses: number[] = [];
  // pictures the visitor taught, over a beginning of known ones
  const taughtImages = Float32Array.from(train.images.slice([0, own]).ravel().dataSync());
  const taughtDigits = Int32Array.from(train.digits.slice([0, own]).dataSync());
  let taught = { images: np.array(taughtImages).reshape([own, 64]), digits: np.array(taughtDigits) };
  let [lessons, until, heights] = [0, enough, [] as number[]];

  const stage = new Stage(host, {
    label: "A pad to draw a digit on, and what the network reads",
    narrow: "1 / 1.4",
  });
  const pad = new DigitPad(stage);
  stage.controls.label("It is a");
  for (let digit = 0; digit < 10; digit++)
    stage.controls.button(String(digit), () => teach(digit), `Teach: the drawing is a ${digit}`);
  stage.controls.button("Clear", () => pad.clear());

  function teach(digit: number): void {
    if (pad.empty) return;
    for (let i = 0; i < 8; i++) {
      const at = (8 * lessons + i) % own; // the oldest are forgotten
      taughtImages.set(pad.pixels(), 64 * at);
      taughtDigits[at] = digit;
    }
    taught = { images: np.array(taughtImages).reshape([own, 64]), digits: np.array(taughtDigits) };
    lessons += 1;
    until = steps + 150;
  }

  stage.animate(() => {
    const begin = performance.now();
    while (steps < until && performance.now() - begin < 6) {
      const [next, nextState, value] = step(net, state, random.key(++steps), taught);
      [net, state] = [next, nextState];
      losses.push(value.item());
    }
    if (steps % 20 < 5 || steps === until) right = accuracy(net).item();
    const scores = pad.empty ? [] : read(net, np.array(pad.pixels())).js<number[]>();
    heights = Array.from({ length: 10 }, (_, i) => 0.7 * (heights[i] ?? 0) + 0.3 * (scores[i] ?? 0));
    const settled = heights.every((h, i) => Math.abs(h - (scores[i] ?? 0)) < 1e-3);
    pad.draw();
    drawBars(stage, pad.bars(), heights, losses);
    stage.controls.note(
      `${steps} steps; ${(100 * right).toFixed(1)} % of ${heldBack} held-back digits read right; loss ${losses.at(-1)?.toFixed(3) ?? "–"}` +
        (lessons > 0 ? `; ${lessons} of your own learned` : ""),
    );
    return steps < until || !settled;
  });
  return stage.demo(() => ({ steps, accuracy: right }));
}

export function check(result: unknown): void {
  const { steps, accuracy } = result as { steps: number; accuracy: number };
  assert(steps >= enough, `trained for ${steps} of ${enough} steps`);
  assert(accuracy > 0.93, `only ${accuracy} of the held-back digits are read right`);
}

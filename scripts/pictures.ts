/**
 * @file Makes the pictures of docs/pictures.md: `npm run pictures`. A test compares them with what is made anew.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import {
  type Array,
  colouringOf,
  grad,
  graphOf,
  hessianSparsity,
  lax,
  loopsOf,
  memoryOf,
  namedScope,
  nn,
  numpy as np,
} from "../src/index.ts";

const root = resolve(import.meta.dirname, "..");
const { ones } = np;

const normalise = (x: Array): Array => {
  const centred = x.sub(x.mean(-1, { keepdims: true }));
  return centred.div(np.sqrt(centred.mul(centred).mean(-1, { keepdims: true }).add(1e-5)));
};

type Weights = Readonly<Record<string, Array>>;

function block(p: Weights, x: Array): Array {
  const [t, d] = x.shape;
  const heads = (y: Array): Array => np.transpose(np.reshape(y, [t, 4, d / 4]), [1, 0, 2]);
  const y = namedScope("attention", () => {
    const n = namedScope("norm", () => normalise(x));
    const [q, k, v] = [p.q, p.k, p.v].map((w) => heads(np.matmul(n, w)));
    const scores = nn.softmax(np.matmul(q, np.transpose(k, [0, 2, 1])).div(Math.sqrt(d / 4)));
    return x.add(np.matmul(np.reshape(np.transpose(np.matmul(scores, v), [1, 0, 2]), [t, d]), p.o));
  });
  return namedScope("mlp", () => {
    const n = namedScope("norm", () => normalise(y));
    return y.add(np.matmul(nn.gelu(np.matmul(n, p.a)), p.b));
  });
}

const weights = (d: number): Weights => ({
  ...Object.fromEntries(["q", "k", "v", "o"].map((name) => [name, ones([d, d])])),
  a: ones([d, 4 * d]),
  b: ones([4 * d, d]),
});

const layer = (w: Array, x: Array): Array => namedScope("layer", () => np.tanh(np.matmul(x, w)));
const powers = (x: Array): Array => lax.scan((c: Array, y: Array) => [np.sin(c).mul(y), c], x, ones([10]))[0];
const grid = (x: Array): Array => {
  const y = np.reshape(x, [5, 5]);
  return np
    .square(np.diff(y))
    .sum()
    .add(np.square(np.diff(y, 1, 0)).sum());
};

/** The pictures, by their names. */
export function pictures(): Readonly<Record<string, string>> {
  const loss = (p: Weights, x: Array): Array => block(p, x).sum();
  const made = {
    layer: graphOf(
      grad((w: Array, x: Array) => layer(w, x).sum()),
      ones([8, 4]),
      ones([16, 8]),
    ).svg(),
    block: graphOf(grad(loss), weights(32), ones([16, 32])).svg(),
    "block-folded": graphOf(grad(loss), weights(32), ones([16, 32])).svg({ depth: 1 }),
    loop: graphOf(
      (x: Array) => lax.cond(x.sum().less(3), powers, (y: Array) => y.mul(2), x),
      ones([5]),
    ).svg(),
    loops: loopsOf(
      function scores(x: Array) {
        return nn.softmax(np.matmul(x, x));
      },
      ones([30, 30]),
    ).svg(),
    memory: memoryOf(grad(loss), weights(32), ones([16, 32])).svg(),
    colouring: colouringOf(hessianSparsity(grid)(ones([25])), { mode: "symmetric" }).svg(),
  };
  // Lines are told from the root of the repository.
  return Object.fromEntries(
    Object.entries(made).map(([name, svg]) => [name, svg.replaceAll(`${root}/`, "")]),
  );
}

if (process.argv[1] === import.meta.filename) {
  const folder = join(root, "docs/pictures");
  mkdirSync(folder, { recursive: true });
  for (const [name, svg] of Object.entries(pictures())) writeFileSync(join(folder, `${name}.svg`), svg);
}

/** @file Programs that the tests run on several devices: a training step of a perceptron, attention, and their shardings. */
import {
  type Array as NDArray,
  lax,
  nn,
  numpy as np,
  optim,
  random,
  sharding,
  tree,
  valueAndGrad,
} from "../../src/index.ts";

const { NamedSharding, P, makeMesh } = sharding;

export interface Layer {
  w: NDArray;
  b: NDArray;
}
export type Params = Layer[];

export const params = (): Params =>
  [
    [16, 32],
    [32, 8],
  ].map(([m, n], i) => ({
    w: random.normal(random.key(i), [m, n], "float32").mul(0.3),
    b: np.zeros([n], "float32"),
  }));
export const batch = (): [NDArray, NDArray] => [
  random.normal(random.key(7), [32, 16], "float32"),
  random.normal(random.key(8), [32, 8], "float32"),
];

export const mixed = makeMesh([2, 2], ["data", "model"]);
const hidden = new NamedSharding(mixed, P("data", "model"));

const perceptron =
  (constrained: boolean) =>
  ([first, last]: Params, x: NDArray): NDArray => {
    const h = np.tanh(np.dot(x, first.w).add(first.b));
    return np.dot(constrained ? lax.withShardingConstraint<NDArray>(h, hidden) : h, last.w).add(last.b);
  };

const tx = optim.adam(0.01);
/** One step of Adam; its hidden layer is constrained to both axes of the mesh, if asked. */
export const stepOf =
  (constrained: boolean) => (p: Params, s: ReturnType<typeof tx.init<Params>>, x: NDArray, y: NDArray) => {
    const forward = perceptron(constrained);
    const [loss, g] = valueAndGrad((q: Params) => np.mean(np.square(forward(q, x).sub(y))))(p);
    const [updates, next] = tx.update(g, s, p);
    return { loss, params: optim.applyUpdates(p, updates), state: next };
  };
export const initState = (p: Params): ReturnType<typeof tx.init<Params>> => tx.init(p);

/** Causal attention of several heads. */
export function attention(x: NDArray, wq: NDArray, wk: NDArray, wv: NDArray, wo: NDArray): NDArray {
  const heads = 4;
  const [b, t, d] = x.shape;
  const split = (w: NDArray): NDArray => np.dot(x, w).reshape([b, t, heads, d / heads]);
  const [q, k, v] = [split(wq), split(wk), split(wv)];
  const scores = np.einsum("bqhd,bkhd->bhqk", q, k).mul(1 / Math.sqrt(d / heads));
  const mask = np.tril(np.ones([t, t], "float32"));
  const p = nn.softmax(scores.add(mask.sub(1).mul(1e9)), -1);
  return np.dot(np.einsum("bhqk,bkhd->bqhd", p, v).reshape([b, t, d]), wo);
}
export const attentionArgs = (): [NDArray, NDArray, NDArray, NDArray, NDArray] => {
  const w = (i: number): NDArray => random.normal(random.key(20 + i), [16, 16], "float32").mul(0.25);
  return [random.normal(random.key(19), [4, 8, 16], "float32"), w(0), w(1), w(2), w(3)];
};

/** The greatest difference between two trees. */
export function distance(a: unknown, b: unknown): number {
  const [xs, ys] = [tree.leaves(a), tree.leaves(b)] as [NDArray[], NDArray[]];
  if (xs.length !== ys.length) throw new Error("trees of different sizes");
  return Math.max(...xs.map((x, i) => np.max(np.abs(x.sub(ys[i]))).item()));
}

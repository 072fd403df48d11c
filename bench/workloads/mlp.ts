/**
 * @file A training step of a network 784-256-128-10 on 128 examples: the loss (cross entropy), its gradient, and a step of
 * gradient descent, float32. The programs are also what the first-call benchmark compiles.
 */
import type * as Source from "../../src/index.ts";
import type { Array } from "../../src/index.ts";
import { matmul, matmulLeftTransposed, matmulRightTransposed } from "../lib/by-hand.ts";
import { normal32 } from "../lib/data.ts";
import { type JaxJs, type JaxJsArray, jaxJs, readJax } from "../lib/jax-js.ts";
import { type Contender, type Values, type Workload, arrays } from "../lib/measure.ts";
import type * as Numpy from "../lib/numpy.ts";
import type * as Xla from "../lib/xla.ts";
import { type Tensor, type Tf, readTf, tfJs } from "../lib/tfjs.ts";

const usual = [784, 256, 128, 10];
const batch = 128;
const rate = 0.1;

export interface MlpData {
  /** Widths of the layers. */
  readonly sizes: readonly number[];
  /** Weights and biases in turn, layer by layer. */
  readonly params: readonly (readonly [data: Float32Array, shape: readonly number[]])[];
  readonly x: readonly [Float32Array, readonly number[]];
  /** One-hot rows. */
  readonly y: readonly [Float32Array, readonly number[]];
}

export function mlpData(sizes: readonly number[] = usual): MlpData {
  const params = sizes.slice(1).flatMap((out, k) => {
    const inputs = sizes[k];
    return [
      [normal32(inputs * out, k + 1, 1 / Math.sqrt(inputs)), [inputs, out]] as const,
      [normal32(out, k + 10, 0.1), [out]] as const,
    ];
  });
  const y = new Float32Array(batch * 10);
  for (let i = 0; i < batch; i++) y[i * 10 + ((i * 7) % 10)] = 1;
  return { sizes, params, x: [normal32(batch * 784, 20), [batch, 784]], y: [y, [batch, 10]] };
}

export type Step = () => Values;

/** The library is given, because the first-call benchmark loads one of them only. */
type Library = Pick<typeof Source, "jit" | "numpy" | "nn" | "valueAndGrad">;

type AdjointArgs = [params: Array[], x: Array, y: Array];

function adjointProgram({
  numpy: np,
  nn,
  valueAndGrad,
}: Library): (...args: AdjointArgs) => [loss: Array, params: Array[]] {
  const loss = ([w1, b1, w2, b2, w3, b3]: Array[], x: Array, y: Array): Array => {
    const h1 = nn.relu(np.matmul(x, w1).add(b1));
    const h2 = nn.relu(np.matmul(h1, w2).add(b2));
    const logits = np.matmul(h2, w3).add(b3);
    return np.sum(nn.logSoftmax(logits).mul(y)).div(-batch);
  };
  return (params, x, y) => {
    const [value, grads] = valueAndGrad(loss)(params, x, y);
    return [value, params.map((p, k) => p.sub(grads[k].mul(rate)))];
  };
}

function adjointArgs({ numpy: np }: Library, data: MlpData): AdjointArgs {
  const params = data.params.map(([values, shape]) => np.array(values).reshape([...shape]));
  const [x, y] = [data.x, data.y].map(([values, shape]) => np.array(values).reshape([...shape]));
  return [params, x, y];
}

export function adjointStep(library: Library, data: MlpData): [step: () => number, values: Step] {
  const step = library.jit(adjointProgram(library));
  const [params, x, y] = adjointArgs(library, data);
  return [
    () => step(params, x, y)[0].item(),
    () => {
      const [value, next] = step(params, x, y);
      return [value, ...next].map((a) => a.dataSync());
    },
  ];
}

export function jaxStep(jax: JaxJs, data: MlpData): [step: () => number, values: Step] {
  const { numpy: np, nn } = jax;
  const loss = ([w1, b1, w2, b2, w3, b3]: JaxJsArray[], x: JaxJsArray, y: JaxJsArray): JaxJsArray => {
    const h1 = nn.relu(np.matmul(x, w1).add(b1));
    const h2 = nn.relu(np.matmul(h1, w2).add(b2));
    const logits = np.matmul(h2, w3).add(b3);
    return np.sum(nn.logSoftmax(logits, -1).mul(y)).div(-batch);
  };
  const compiled = jax.jit(
    (params: JaxJsArray[], x: JaxJsArray, y: JaxJsArray): [JaxJsArray, JaxJsArray[]] => {
      const [value, grads] = jax.valueAndGrad(loss)(jax.tree.ref(params), x, y);
      return [value, params.map((p, k) => p.sub(grads[k].mul(rate)))];
    },
  );
  const make = ([values, shape]: MlpData["x"]): JaxJsArray =>
    jax.numpy.array(values, { dtype: "float32", shape });
  const [params, x, y] = [data.params.map(make), make(data.x), make(data.y)];
  const step = (): [JaxJsArray, JaxJsArray[]] => compiled(jax.tree.ref(params), x.ref, y.ref);
  return [
    () => {
      const [value, next] = step();
      const [loss] = value.dataSync(); // this computes the rest too
      jax.tree.dispose(next);
      return loss;
    },
    () => {
      const [value, next] = step();
      return readJax(value, ...next);
    },
  ];
}

export function tfStep(tf: Tf, data: MlpData): [step: () => number, values: Step] {
  const make = ([values, shape]: MlpData["x"]): Tensor => tf.tensor(values, [...shape]);
  const [params, x, y] = [data.params.map(make), make(data.x), make(data.y)];
  const loss = (...[w1, b1, w2, b2, w3, b3]: Tensor[]): Tensor => {
    const h1 = tf.relu(tf.add(tf.matMul(x, w1), b1));
    const h2 = tf.relu(tf.add(tf.matMul(h1, w2), b2));
    const logits = tf.add(tf.matMul(h2, w3), b3);
    return tf.div(tf.sum(tf.mul(tf.logSoftmax(logits), y)), -batch);
  };
  const valueAndGrads = tf.valueAndGrads(loss);
  const step = (): Tensor[] => {
    const { value, grads } = valueAndGrads(params);
    return [value, ...params.map((p, k) => tf.sub(p, tf.mul(grads[k], rate)))];
  };
  return [
    () => {
      const results = tf.tidy(step);
      const [loss] = results[0].dataSync();
      tf.dispose(results);
      return loss;
    },
    () => readTf(tf, step),
  ];
}

/** A layer's values, and the gradient with respect to them, in arrays that are made once. */
class Layer {
  readonly values: Float32Array;
  readonly gradient: Float32Array;
  readonly width: number;

  constructor(width: number) {
    this.width = width;
    this.values = new Float32Array(batch * width);
    this.gradient = new Float32Array(batch * width);
  }
}

function affine(from: Layer, to: Layer, w: Float32Array, b: Float32Array, isLast: boolean): void {
  matmul(to.values, from.values, w, batch, from.width, to.width);
  for (let i = 0; i < batch; i++)
    for (let j = 0; j < to.width; j++) {
      const v = to.values[i * to.width + j] + b[j];
      to.values[i * to.width + j] = isLast ? v : Math.max(0, v);
    }
}

/** The loss; what the logits' gradient is goes to the last layer. */
function crossEntropy({ values, gradient, width }: Layer, y: Float32Array): number {
  let loss = 0;
  for (let from = 0; from < values.length; from += width) {
    const row = values.subarray(from, from + width);
    const largest = row.reduce((a, b) => Math.max(a, b), -Infinity);
    const sum = row.reduce((a, b) => a + Math.exp(b - largest), 0);
    for (let j = 0; j < width; j++) {
      loss -= y[from + j] * (row[j] - largest - Math.log(sum));
      gradient[from + j] = (Math.exp(row[j] - largest) / sum - y[from + j]) / batch;
    }
  }
  return loss / batch;
}

export function stepByHand(data: MlpData): [step: () => number, values: Step] {
  const layers = data.sizes.map((width) => new Layer(width));
  layers[0].values.set(data.x[0]);
  const params = data.params.map(([values]) => values);
  const next = params.map((p) => new Float32Array(p.length));
  const step = (): number => {
    for (let k = 0; k < 3; k++) affine(layers[k], layers[k + 1], params[2 * k], params[2 * k + 1], k === 2);
    const loss = crossEntropy(layers[3], data.y[0]);
    for (let k = 2; k >= 0; k--) {
      const [from, to] = [layers[k], layers[k + 1]];
      const [w, b] = [params[2 * k], params[2 * k + 1]];
      const [newW, newB] = [next[2 * k], next[2 * k + 1]];
      if (k < 2) to.values.forEach((v, i) => (to.gradient[i] = v > 0 ? to.gradient[i] : 0));
      matmulLeftTransposed(newW, from.values, to.gradient, batch, from.width, to.width);
      newW.forEach((g, i) => (newW[i] = w[i] - rate * g));
      newB.fill(0);
      to.gradient.forEach((g, i) => (newB[i % to.width] += g));
      newB.forEach((g, j) => (newB[j] = b[j] - rate * g));
      if (k > 0) matmulRightTransposed(from.gradient, to.gradient, w, batch, from.width, to.width);
    }
    return loss;
  };
  return [step, () => [[step()], ...next.map((a) => a.slice())]];
}

const contender = (name: string, [call, values]: [step: () => number, values: Step]): Contender => ({
  ...arrays(name, values),
  call,
});

export function mlpWorkload(
  library: Library,
  xlaOf: typeof Xla.xlaOf,
  numpyOf: typeof Numpy.numpyOf,
): Workload {
  return {
    name: "mlp step",
    group: "networks",
    text: "A training step of a network 784-256-128-10 on 128 examples: loss, gradient and new parameters; read the loss.",
    tolerance: 1e-4,
    make: async () => {
      const data = mlpData();
      return [
        contender("adjoint", adjointStep(library, data)),
        await xlaOf(adjointProgram(library), adjointArgs(library, data), { read: [0] }),
        await numpyOf("mlp_step", adjointArgs(library, data), { read: [0] }),
        contender("@jax-js/jax", jaxStep(await jaxJs(), data)),
        contender("tfjs", tfStep(await tfJs(), data)),
        contender("by hand", stepByHand(data)),
      ];
    },
  };
}

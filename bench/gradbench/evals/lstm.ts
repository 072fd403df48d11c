/**
 * @file lstm: the loss of a recurrent network with diagonal weights that predicts the next character of a text, and its
 * gradient in all weights (reverse mode through the text).
 */
import { grad, lax, nn, numpy as np, type Array } from "../../../src/index.ts";
import { type Eval, evaluation } from "../lib/evaluation.ts";

interface Input {
  /** For each layer a row of weights and one of biases, each for forgetting, input, output and change. */
  readonly main_params: readonly number[][];
  /** Weights of the input, weights and biases of the output. */
  readonly extra_params: readonly number[][];
  /** For each layer a row of hidden values and one of cells. */
  readonly state: readonly number[][];
  /** The text, one row of bits for each character. */
  readonly sequence: readonly number[][];
}

interface Layer {
  readonly hidden: Array;
  readonly cell: Array;
}

/** One step of one layer; `parameters` is [2, 4, b]. */
function advance(parameters: Array, { hidden, cell }: Layer, input: Array): Layer {
  const gate = (i: number, x: Array): Array => x.mul(parameters.slice(0, i)).add(parameters.slice(1, i));
  const forget = nn.sigmoid(gate(0, input));
  const ingate = nn.sigmoid(gate(1, hidden));
  const outgate = nn.sigmoid(gate(2, input));
  const change = np.tanh(gate(3, hidden));
  const next = cell.mul(forget).add(ingate.mul(change));
  return { hidden: outgate.mul(np.tanh(next)), cell: next };
}

/** The mean over the text of what the next character's bits lose; weights [2l, 4b] and [3, b], state [2l, b]. */
function loss(main: Array, extra: Array, state: Array, sequence: Array): Array {
  const [length, bits] = sequence.shape;
  const layers = [...main.reshape([-1, 2, 4, bits])];
  const [inWeight, outWeight, outBias] = extra;
  const start = layers.map((_, i) => ({ hidden: state.slice(2 * i), cell: state.slice(2 * i + 1) }));

  type Carry = { readonly total: Array; readonly states: readonly Layer[] };
  const step = ({ total, states }: Carry, [now, next]: [Array, Array]): [Carry, null] => {
    let signal = now.mul(inWeight);
    const advanced = layers.map((parameters, i) => {
      const layer = advance(parameters, states[i], signal);
      signal = layer.hidden;
      return layer;
    });
    const predicted = signal.mul(outWeight).add(outBias);
    const normaliser = np.log(np.exp(predicted).sum().add(2));
    const gain = next.mul(predicted.sub(normaliser)).sum();
    return [{ total: total.add(gain), states: advanced }, null];
  };

  const pairs: [Array, Array] = [sequence.slice([0, -1]), sequence.slice([1])];
  const [{ total }] = lax.scan(step, { total: np.array(0), states: start }, pairs);
  return total.neg().div((length - 1) * bits);
}

/** Both gradients in one vector. */
function gradient(main: Array, extra: Array, state: Array, sequence: Array): Array {
  const parts = grad(loss, { argnums: [0, 1] })(main, extra, state, sequence);
  return np.concatenate(parts.map((part) => part.ravel()));
}

const args = (input: Input): [Array, Array, Array, Array] => [
  np.array(input.main_params),
  np.array(input.extra_params),
  np.array(input.state),
  np.array(input.sequence),
];

export const lstm: Eval = {
  objective: evaluation({ args, fn: () => loss }),
  jacobian: evaluation({ args, fn: () => gradient }),
};

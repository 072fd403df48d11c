/** @file Losses of small models: multilayer perceptron, recurrent and attention networks, convolution, autoencoder. */
import { either, lax, nn, np } from "../library.ts";
import type { Arr } from "../library.ts";
import type { Programs } from "./common.ts";

type Weights = Readonly<Record<string, Arr>>;

const mlp = (params: readonly [Arr, Arr][], x: Arr): Arr => {
  const layer = (h: Arr, [w, b]: [Arr, Arr]): Arr => np.matmul(h, w).add(b);
  const hidden = params.slice(0, -1).reduce((h, wb) => np.tanh(layer(h, wb)), x);
  return layer(hidden, params[params.length - 1]);
};

const mlpLoss = (params: readonly [Arr, Arr][], x: Arr, y: Arr): Arr =>
  np.mean(np.square(mlp(params, x).sub(y)).sum(1));

const recurrent: Programs = {
  "program.lstm_loss": (p: Weights, xs: Arr, ys: Arr) => {
    type Carry = [Arr, Arr];
    const n = p.Wh.shape[0];
    const step = ([h, s]: Carry, { x, y }: { x: Arr; y: Arr }): [Carry, Arr] => {
      const z = np.matmul(x, p.Wx).add(np.matmul(h, p.Wh)).add(p.b);
      const [i, f, g, o] = np.split<[Arr, Arr, Arr, Arr]>(z, 4);
      const state = nn
        .sigmoid(f)
        .mul(s)
        .add(nn.sigmoid(i).mul(np.tanh(g)));
      const out = nn.sigmoid(o).mul(np.tanh(state));
      return [[out, state], np.square(np.matmul(out, p.Wo).sub(y)).sum()];
    };
    const [, losses] = lax.scan<[Carry, Arr]>(step, [np.zeros([n]), np.zeros([n])], { x: xs, y: ys });
    return losses.sum();
  },

  "program.gru_loss": (p: Weights, xs: Arr, ys: Arr) => {
    const step = (h: Arr, { x, y }: { x: Arr; y: Arr }): [Arr, Arr] => {
      const z = nn.sigmoid(np.matmul(x, p.Wz).add(np.matmul(h, p.Uz)).add(p.bz));
      const r = nn.sigmoid(np.matmul(x, p.Wr).add(np.matmul(h, p.Ur)).add(p.br));
      const n = np.tanh(
        np
          .matmul(x, p.Wn)
          .add(r.mul(np.matmul(h, p.Un)))
          .add(p.bn),
      );
      const next = z.neg().add(1).mul(n).add(z.mul(h));
      return [next, np.square(np.matmul(next, p.Wo).sub(y)).sum()];
    };
    const h0 = np.zeros([p.Uz.shape[0]]);
    return lax.scan<[Arr, Arr]>(step, h0, { x: xs, y: ys })[1].sum();
  },
};

const attention = (p: Weights, x: Arr): Arr => {
  const [length, width] = x.shape as [number, number];
  const heads = 2;
  const size = width / heads;
  const split = (w: Arr): Arr => np.transpose(np.reshape(np.matmul(x, w), [length, heads, size]), [1, 0, 2]);
  const [q, k, v] = [split(p.Wq), split(p.Wk), split(p.Wv)];
  const scores = np.matmul(q, np.swapaxes(k, 1, 2)).div(Math.sqrt(size));
  const visible = np.tril(np.ones([length, length], { dtype: "bool" }));
  const weights = nn.softmax(np.where(visible, scores, -Infinity), { axis: -1 });
  const joined = np.reshape(np.transpose(np.matmul(weights, v), [1, 0, 2]), [length, width]);
  return x.add(np.matmul(joined, p.Wo));
};

const layerNorm = (x: Arr, gain: Arr, bias: Arr): Arr => {
  const centred = x.sub(x.mean({ axis: -1, keepdims: true }));
  const variance = np.square(centred).mean({ axis: -1, keepdims: true });
  return centred
    .div(np.sqrt(variance.add(1e-5)))
    .mul(gain)
    .add(bias);
};

/** The mean of -log softmax at the labels. */
const crossEntropy = (logits: Arr, labels: Arr): Arr => {
  const chosen = np.takeAlongAxis(nn.logSoftmax(logits, { axis: -1 }), np.expandDims(labels, -1), {
    axis: -1,
  });
  return np.mean(chosen).neg();
};

const transformers: Programs = {
  "program.attention_block": attention,

  "program.transformer_loss": (p: Weights, tokens: Arr) => {
    const input = p.emb.slice(tokens.slice([0, -1]));
    const attended = attention(p, layerNorm(input, p.g1, p.b1));
    const hidden = nn.gelu(np.matmul(layerNorm(attended, p.g2, p.b2), p.W1), { approximate: true });
    const x = attended.add(np.matmul(hidden, p.W2));
    return crossEntropy(np.matmul(x, p.emb.T), tokens.slice([1]));
  },
};

const others: Programs = {
  "program.mlp_loss": mlpLoss,
  "program.mlp_loss_f32": mlpLoss,

  "program.logistic_regression": (w: Arr, x: Arr, y: Arr) => {
    const margins = y.neg().mul(np.matmul(x, w));
    return nn.softplus(margins).mean().add(np.square(w).sum().mul(0.1));
  },

  "program.vae_elbo": (m: Arr, s: Arr, w: Arr, x: Arr, eps: Arr) => {
    const z = m.add(np.exp(s).mul(eps));
    const error = x.sub(np.tanh(np.matmul(w, z)));
    const likelihood = np.sum(
      np
        .square(error)
        .add(Math.log(2 * Math.PI))
        .mul(-0.5),
    );
    const divergence = np.exp(s.mul(2)).add(np.square(m)).sub(1).sub(s.mul(2)).mul(0.5);
    return likelihood.sub(divergence.sum());
  },

  "program.convnet_loss": (kernel: Arr, v: Arr, x: Arr) => {
    const features = nn.relu(
      lax.convGeneralDilated(x, kernel, {
        windowStrides: [1, 1],
        padding: "SAME",
        dimensionNumbers: ["NCHW", "OIHW", "NCHW"],
      }),
    );
    const maximum = either(lax.max, np.maximum);
    const window = [1, 1, 2, 2];
    const pooled = lax.reduceWindow(features, -Infinity, maximum, {
      windowDimensions: window,
      windowStrides: window,
      padding: "VALID",
    });
    const logits = np.matmul(np.reshape(pooled, [x.shape[0], -1]), v);
    return crossEntropy(logits, np.array([1], { dtype: "int32" }));
  },
};

export const learningPrograms: Programs = { ...recurrent, ...transformers, ...others };

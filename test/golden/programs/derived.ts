/**
 * @file The `derived.*` programs: combinations of library functions that do not depend on arbitrary choices (signs of
 * eigenvectors, order of eigenvalues), layers and losses, and programs on random keys.
 */
import { grad, lax, nn, np, random, scipy, vmap } from "../library.ts";
import type { Arr } from "../library.ts";
import type { Fun, Programs } from "./common.ts";

const { linalg } = np;

/** a diag(d) b */
const sandwich = (a: Arr, d: Arr, b: Arr): Arr => np.matmul(a.mul(d), b);

const gram = (a: Arr): Arr => np.matmul(a.T, a);

const decompositions: Programs = {
  "derived.qr": (a: Arr) => {
    const [q, r] = linalg.qr<[Arr, Arr]>(a);
    const signs = np.sign(np.diagonal(r));
    return [np.matmul(q, r), gram(q), r.mul(np.expandDims(signs, 1))];
  },

  "derived.qr_projector": (a: Arr) => {
    const [q] = linalg.qr<[Arr, Arr]>(a);
    return np.matmul(q, q.T);
  },

  "derived.qr_complete": (a: Arr) => {
    const [q, r] = linalg.qr<[Arr, Arr]>(a, { mode: "complete" });
    return [np.matmul(q, r), gram(q)];
  },

  "derived.qr_r": (a: Arr) => np.abs(linalg.qr(a, { mode: "r" })),

  "derived.eigh_spectral": (a: Arr) => {
    const [w, v] = linalg.eigh<[Arr, Arr]>(a);
    return [w, sandwich(v, np.exp(w.neg()), v.T), sandwich(v, w, v.T)];
  },

  "derived.eigh_absvec": (a: Arr) => np.square(linalg.eigh<[Arr, Arr]>(a)[1]),

  "derived.eigh_trace": (a: Arr) => np.square(linalg.eigvalsh(a)).sum(),

  "derived.eig": (a: Arr) => {
    const w = linalg.eigvals(a);
    return [w.sum(), np.square(w).sum(), w.prod()];
  },

  "derived.eig_residual": (a: Arr) => {
    const [w, v] = linalg.eig<[Arr, Arr]>(a);
    const residual = np.matmul(a.astype(v.dtype), v).sub(v.mul(w));
    return np.abs(residual).sum().less(1e-9);
  },

  "derived.svd": (a: Arr) => {
    const [u, s, vt] = linalg.svd<[Arr, Arr, Arr]>(a, { fullMatrices: false });
    return [s, sandwich(u, s, vt), sandwich(u, np.tanh(s), vt), np.matmul(u, u.T)];
  },

  "derived.svd_full": (a: Arr) => {
    const [u, s, vt] = linalg.svd<[Arr, Arr, Arr]>(a, { fullMatrices: true });
    return [s, gram(u), np.matmul(vt, vt.T)];
  },

  "derived.lstsq": (a: Arr, b: Arr) => linalg.lstsq<[Arr]>(a, b)[0],

  "derived.hessenberg": (a: Arr) => {
    const [h, q] = scipy.linalg.hessenberg<[Arr, Arr]>(a, { calcQ: true });
    return [np.matmul(np.matmul(q, h), q.T), np.abs(np.diagonal(h, { offset: -1 }))];
  },
};

const secondDerivatives = (x: Arr, functions: readonly Fun[]): Arr[] =>
  functions.map((f) => vmap<Fun>(grad(grad(f)))(x));

const softplus: Fun = (x) => nn.softplus(x);

const layers: Programs = {
  "derived.layer_norm": (x: Arr, gain: Arr, bias: Arr) => {
    const last = { axis: -1, keepdims: true };
    const scale = np.sqrt(np.var(x, last).add(1e-5));
    return x.sub(x.mean(last)).div(scale).mul(gain).add(bias);
  },

  "derived.rms_norm": (x: Arr, gain: Arr) => {
    const meanSquare = np.square(x).mean({ axis: -1, keepdims: true });
    return x.mul(gain).div(np.sqrt(meanSquare.add(1e-6)));
  },

  "derived.cross_entropy": (x: Arr, labels: Arr) => {
    const rows = np.arange(x.shape[0]);
    return nn.logSoftmax(x, { axis: -1 }).slice(rows, labels).mean().neg();
  },

  "derived.bce": (x: Arr, y: Arr) => softplus(x).sub(x.mul(y)).mean(),

  "derived.focal": (x: Arr) => np.square(nn.sigmoid(x).neg().add(1)).mul(nn.logSigmoid(x).neg()).sum(),

  "derived.second_derivative": (x: Arr) =>
    secondDerivatives(x, [softplus, (x) => nn.gelu(x), (x) => nn.silu(x)]),

  "derived.special_second": (x: Arr) =>
    secondDerivatives(x, [
      (x) => scipy.special.gammaln(x),
      (x) => scipy.special.erf(x),
      (x) => scipy.special.i0e(x),
    ]),

  "derived.norm_ppf_cdf": (x: Arr) => scipy.stats.norm.ppf(scipy.stats.norm.cdf(x)),

  "derived.avg_pool": (x: Arr) => {
    const window = { windowDimensions: [1, 2, 2, 1], windowStrides: [1, 2, 2, 1], padding: "SAME" };
    const sums = (x: Arr): Arr => lax.reduceWindow(x, 0, lax.add, window);
    return sums(x).div(sums(np.onesLike(x)));
  },

  "derived.conv_hvp": (x: Arr, w: Arr) => {
    const total = (x: Arr, w: Arr): Arr => np.sin(lax.conv(x, w, [1, 1], "SAME")).sum();
    const slope = (w: Arr): Arr => np.square(grad<typeof total>(total, 0)(x, w)).sum();
    return grad<Fun>(slope)(w);
  },

  "derived.stft_istft": (x: Arr) => {
    const spectrum = scipy.signal.stft<[Arr, Arr, Arr]>(x, { nperseg: 8 })[2];
    return scipy.signal.istft<[Arr, Arr]>(spectrum, { nperseg: 8 })[1].slice([0, x.shape[0]]);
  },
};

const randomness: Programs = {
  "derived.random_vmap": (key: Arr) => vmap<Fun>((k: Arr) => random.uniform(k, [2]))(random.split(key, 3)),

  "derived.random_vmap_fold": (key: Arr, i: Arr) =>
    random.keyData(vmap<Fun>((j: Arr) => random.foldIn(key, j))(i)),

  "derived.random_chain": (first: Arr) => {
    const emitted: Arr[] = [];
    let key = first;
    for (let i = 0; i < 4; i++) {
      const [next, sub] = [...random.split(key)] as [Arr, Arr];
      emitted.push(random.keyData(sub));
      key = next;
    }
    return emitted;
  },

  "derived.random_scan": (first: Arr) => {
    const step = (key: Arr): [Arr, Arr] => {
      const pair = random.split(key);
      return [pair.slice(0), random.normal(pair.slice(1))];
    };
    return lax.scan<[Arr, Arr]>(step, first, null, { length: 5 })[1];
  },

  "derived.random_mean": (key: Arr) => [
    random.normal(key, [1000]).mean(),
    random.uniform(key, [1000]).mean(),
  ],

  "derived.dropout": (key: Arr, x: Arr) => np.where(random.bernoulli(key, 0.8, x.shape), x.div(0.8), 0),
};

export const derivedPrograms: Programs = { ...decompositions, ...layers, ...randomness };

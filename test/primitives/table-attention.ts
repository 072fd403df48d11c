/**
 * @file Rows of fused attention, in blocks so small that several of each kind meet, some of which overlap. References are the
 * definition and its derivatives, pair by pair.
 */
import type { NDArray } from "../../src/core/array.ts";
import { bind } from "../../src/core/trace.ts";
import type { FusedParams } from "../../src/nn/attention/blocks.ts";
import { attentionGradientP, attentionP, attentionTangentP } from "../../src/nn/attention/fused.ts";
import * as np from "../../src/numpy/index.ts";
import { type Ref, at, tabulate } from "../util/reference.ts";
import { type OpRow, bools, ints, real, row } from "./row.ts";

const [B, T, K, G, H, S] = [2, 3, 2, 2, 2, 5];
const queries = [B, T, K, G, H];
const keys = [B, S, K, H];
const rows = [B, K, G, T];

const plain: FusedParams = {
  scale: 0.7,
  isCausal: false,
  window: null,
  bias: false,
  mask: false,
  queryLengths: false,
  keyLengths: false,
  blocks: [2, 2],
};

/** The log-sum-exp of rows that have keys; 0 for others. */
const sums = (most: NDArray, sum: NDArray): NDArray =>
  np.where(np.greater(most, -1e300), np.add(most, np.log(sum)), 0);

/** Keys and values come as one operand. */
const both = [2, ...keys];
const parts = (kv: NDArray): NDArray[] => kv.unpack(2);

function attention(p: FusedParams, q: NDArray, kv: NDArray, rest: readonly NDArray[]): NDArray[] {
  const [out, most, sum] = bind(attentionP, [q, ...parts(kv), ...rest], p);
  return [out, sums(most, sum)];
}

/** What the optional operands say of one pair: what is added to its logit, and whether it is allowed. */
type Pair = (
  b: number,
  n: number,
  t: number,
  s: number,
) => { readonly bias: number; readonly allowed: boolean };

const everyPair: Pair = () => ({ bias: 0, allowed: true });

/** One row by definition: what of each key counts. */
interface Weights {
  readonly weights: readonly number[];
  readonly allowed: readonly boolean[];
  readonly lse: number;
}

const sum = (n: number, f: (i: number) => number): number => {
  let out = 0;
  for (let i = 0; i < n; i++) out += f(i);
  return out;
};

function weightsOf(q: Ref, kv: Ref, pair: Pair, [b, k, g, t]: readonly number[]): Weights {
  const logits: number[] = [];
  const allowed: boolean[] = [];
  for (let s = 0; s < S; s++) {
    const { bias, allowed: is } = pair(b, k * G + g, t, s);
    const product = sum(H, (h) => at(q, [b, t, k, g, h]) * at(kv, [0, b, s, k, h]));
    logits.push(is ? product * plain.scale + bias : -Infinity);
    allowed.push(is);
  }
  if (allowed.every((is) => !is)) return { weights: allowed.map(() => 1 / S), allowed, lse: 0 };
  const most = Math.max(...logits);
  const scaled = logits.map((x) => Math.exp(x - most));
  const total = sum(S, (s) => scaled[s]);
  return { weights: scaled.map((x) => x / total), allowed, lse: most + Math.log(total) };
}

const reference =
  (pairOf: (rest: readonly Ref[]) => Pair) =>
  (q: Ref, kv: Ref, ...rest: Ref[]): Ref[] => {
    const pair = pairOf(rest);
    const out = tabulate(queries, ([b, t, k, g, h]) => {
      const { weights } = weightsOf(q, kv, pair, [b, k, g, t]);
      return sum(S, (s) => weights[s] * at(kv, [1, b, s, k, h]));
    });
    return [out, tabulate(rows, (index) => weightsOf(q, kv, pair, index).lse)];
  };

const causal: Pair = (_b, _n, t, s) => ({ bias: 0, allowed: s <= t });
const windowed: Pair = (_b, _n, t, s) => ({ bias: 0, allowed: s >= t - 1 && s <= t + 1 });

const attentionRow: OpRow = row(
  "attention",
  {
    name: "plain",
    call: (q, k, v) => {
      const [out, most, total] = bind(attentionP, [q, k, v], plain);
      return [out, sums(most, total)];
    },
    operands: [real(queries), real(keys), real(keys)],
    reference: (q, k, v) => reference(() => everyPair)(q, { shape: both, data: [...k.data, ...v.data] }),
  },
  {
    name: "causal",
    call: (q, kv) => attention({ ...plain, isCausal: true, blocks: [1, 2] }, q, kv, []),
    operands: [real(queries), real(both)],
    reference: reference(() => causal),
  },
  {
    name: "in a window",
    call: (q, kv) => attention({ ...plain, window: [1, 1] }, q, kv, []),
    operands: [real(queries), real(both)],
    reference: reference(() => windowed),
  },
  {
    name: "causal, with bias and mask",
    call: (q, kv, bias, mask) =>
      attention({ ...plain, isCausal: true, bias: true, mask: true }, q, kv, [bias, mask]),
    operands: [real(queries), real(both), real([1, K, G, T, S]), bools([B, 1, 1, 1, S])],
    reference: reference(([bias, mask]) => (b, n, t, s) => ({
      bias: at(bias, [0, Math.floor(n / G), n % G, t, s]),
      allowed: s <= t && at(mask, [b, 0, 0, 0, s]) !== 0,
    })),
  },
  {
    name: "of lengths",
    call: (q, kv, ql, kl) => attention({ ...plain, queryLengths: true, keyLengths: true }, q, kv, [ql, kl]),
    operands: [real(queries), real(both), ints([B], 0, T), ints([B], 0, S)],
    reference: reference(([ql, kl]) => (b, _n, t, s) => ({
      bias: 0,
      allowed: t < at(ql, [b]) && s < at(kl, [b]),
    })),
  },
);

/** ∂logit for tangents of queries and keys, where it counts. */
const change = (q: Ref, kv: Ref, dq: Ref, dkv: Ref, [b, k, g, t]: readonly number[], s: number): number =>
  plain.scale *
  sum(
    H,
    (h) =>
      at(dq, [b, t, k, g, h]) * at(kv, [0, b, s, k, h]) + at(q, [b, t, k, g, h]) * at(dkv, [0, b, s, k, h]),
  );

function tangentReference(pair: Pair, q: Ref, kv: Ref, dq: Ref, dkv: Ref): Ref[] {
  const rowOf = (
    index: readonly number[],
  ): Weights & { readonly changes: number[]; readonly mean: number } => {
    const w = weightsOf(q, kv, pair, index);
    const changes = w.weights.map((_, s) => (w.allowed[s] ? change(q, kv, dq, dkv, index, s) : 0));
    return { ...w, changes, mean: sum(S, (s) => w.weights[s] * changes[s]) };
  };
  const out = tabulate(queries, ([b, t, k, g, h]) => {
    const { weights, changes, mean } = rowOf([b, k, g, t]);
    return sum(
      S,
      (s) => weights[s] * ((changes[s] - mean) * at(kv, [1, b, s, k, h]) + at(dkv, [1, b, s, k, h])),
    );
  });
  return [out, tabulate(rows, (index) => rowOf(index).mean)];
}

/** Jᵀ·(dout, dlse), from the derivatives of each weight. */
function gradientReference(pair: Pair, q: Ref, kv: Ref, dout: Ref, dlse: Ref): Ref[] {
  const toValues = (b: number, t: number, k: number, g: number, s: number): number =>
    sum(H, (h) => at(dout, [b, t, k, g, h]) * at(kv, [1, b, s, k, h]));
  const slope = (b: number, t: number, k: number, g: number, s: number): number => {
    const { weights, allowed } = weightsOf(q, kv, pair, [b, k, g, t]);
    if (!allowed[s]) return 0;
    const mean = sum(S, (r) => weights[r] * toValues(b, t, k, g, r));
    return plain.scale * weights[s] * (toValues(b, t, k, g, s) - mean + at(dlse, [b, k, g, t]));
  };
  const dq = tabulate(queries, ([b, t, k, g, h]) =>
    sum(S, (s) => slope(b, t, k, g, s) * at(kv, [0, b, s, k, h])),
  );
  const dkv = tabulate(both, ([which, b, s, k, h]) =>
    sum(T, (t) =>
      sum(G, (g) =>
        which === 0
          ? slope(b, t, k, g, s) * at(q, [b, t, k, g, h])
          : weightsOf(q, kv, pair, [b, k, g, t]).weights[s] * at(dout, [b, t, k, g, h]),
      ),
    ),
  );
  return [dq, dkv];
}

const causalParams: FusedParams = { ...plain, isCausal: true };
const forms = [
  ["plain", plain, everyPair],
  ["causal", causalParams, causal],
] as const;

const tangentRow: OpRow = row(
  "attention_tangent",
  ...forms.map(([name, p, pair]) => ({
    name,
    call: (q: NDArray, kv: NDArray, dq: NDArray, dkv: NDArray): NDArray[] => {
      const given = [q, ...parts(kv)];
      return bind(attentionTangentP, [...given, ...bind(attentionP, given, p), dq, ...parts(dkv)], p);
    },
    operands: [real(queries), real(both), real(queries), real(both)],
    linear: [[2, 3]],
    reference: (q: Ref, kv: Ref, dq: Ref, dkv: Ref) => tangentReference(pair, q, kv, dq, dkv),
  })),
);

const gradientRow: OpRow = row(
  "attention_gradient",
  ...forms.map(([name, p, pair]) => ({
    name,
    call: (q: NDArray, kv: NDArray, dout: NDArray, dlse: NDArray): NDArray[] => {
      const given = [q, ...parts(kv)];
      const outs = bind(attentionP, given, p);
      const [dq, dk, dv] = bind(attentionGradientP, [...given, ...outs, dout, dlse], p);
      return [dq, np.stack([dk, dv])];
    },
    operands: [real(queries), real(both), real(queries), real(rows)],
    linear: [[2, 3]],
    reference: (q: Ref, kv: Ref, dout: Ref, dlse: Ref) => gradientReference(pair, q, kv, dout, dlse),
  })),
);

export const attentionRows: readonly OpRow[] = [attentionRow, tangentRow, gradientRow];

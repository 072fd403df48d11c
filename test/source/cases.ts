/** @file Programs that are written: loops, branches, calls, rules of the user's, functions of all rooms. */
import {
  type Array,
  checkpoint,
  checkpointPolicies,
  customGradient,
  customJvp,
  customVjp,
  image,
  jit,
  lax,
  nn,
  numpy as np,
  odeint,
  scipy,
} from "../../src/index.ts";
import type { Fn } from "./module.ts";

export const xs = np.array([0.3, -1.2, 2.5, 0.7]);
export const w = np.array([
  [0.1, -0.3, 0.5, 0.2],
  [0.7, 0.4, -0.2, 0.9],
  [-0.6, 0.8, 0.3, -0.1],
  [0.2, 0.1, 0.4, 0.6],
]);

/** A function and its argument. */
export const cases: Readonly<Record<string, readonly [Fn, ...unknown[]]>> = {
  "scan with a number": [
    (a: Array) => lax.scan((c: Array, x: Array) => [c.mul(a).add(x), c], 0, xs)[0],
    np.array(0.5),
  ],
  "scan over trees": [
    (a: Array) => {
      const step = ({ h, n }: { h: Array; n: Array }, [x, y]: [Array, Array]) =>
        [
          { h: np.tanh(h.mul(a).add(x)), n: n.add(1) },
          { sum: h.add(y), twice: [x.mul(2), y] },
        ] as const;
      const [{ h }, ys] = lax.scan(step, { h: np.array(0.1), n: 0 }, [xs, xs.mul(3)], {
        reverse: true,
      }) as unknown as [{ h: Array }, { sum: Array }];
      return h.add(ys.sum.sum());
    },
    np.array(0.5),
  ],
  "scan that keeps few states": [
    (a: Array) =>
      lax
        .scan((c: Array, x: Array) => [np.sin(c.mul(a)).add(x), c], np.array(0.2), xs, { checkpoint: 2 })[1]
        .sum(),
    np.array(0.5),
  ],
  "scan of scans": [
    (a: Array) =>
      lax.scan(
        (c: Array, x: Array) => {
          const [inner] = lax.scan((d: Array, y: Array) => [d.mul(y).add(a), null], c, xs);
          return [np.cos(inner), x];
        },
        np.array(0.2),
        xs,
      )[0],
    np.array(0.5),
  ],
  "scan with square root": [
    (a: Array) =>
      lax.scan((c: Array) => [np.sin(c.mul(a)), null], np.array(0.2), null, {
        length: 20,
        checkpoint: "sqrt",
      })[0],
    np.array(0.5),
  ],
  whileLoop: [
    (a: Array) =>
      lax.whileLoop(
        (c: Array) => c.less(100),
        (c: Array) => c.mul(a).add(1),
        a,
      ),
    np.array(1.5),
  ],
  "whileLoop over a tree": [
    (a: Array) =>
      lax.whileLoop(
        ([i]: [Array, { c: Array }]) => i.less(7),
        ([i, { c }]: [Array, { c: Array }]) => [i.add(1), { c: np.sin(c).mul(a) }] as [Array, { c: Array }],
        [np.array(0, "int32"), { c: a }] as [Array, { c: Array }],
      )[1].c,
    np.array(1.5),
  ],
  foriLoop: [(a: Array) => lax.foriLoop(1, 5, (i: Array, c: Array) => c.mul(a).add(i), a), np.array(1.5)],
  "foriLoop with a traced bound": [
    (a: Array) => lax.foriLoop(0, a.astype("int32").add(3), (i: Array, c: Array) => c.mul(a).add(i), a),
    np.array(1.5),
  ],
  "foriLoop over matrices": [
    (a: Array) =>
      lax
        .foriLoop(
          0,
          4,
          (i: Array, [c, d]: [Array, Array]) => [np.matmul(w, c).mul(a), d.at(i).set(c.sum())],
          [xs, np.zeros([4])] as [Array, Array],
        )[1]
        .sum(),
    np.array(0.8),
  ],
  cond: [
    (a: Array) =>
      lax.cond(
        a.less(2),
        (x: Array) => x.mul(a),
        (x: Array) => np.sin(x),
        a.mul(3),
      ),
    np.array(1.5),
  ],
  switch: [
    (a: Array) =>
      lax.switch(a.astype("int32"), [(x: Array) => x, (x: Array) => x.mul(a), (x: Array) => np.exp(x)], a),
    np.array(1.5),
  ],
  "cond in scan": [
    (a: Array) =>
      lax.scan(
        (c: Array, x: Array) => [
          lax.cond(
            x.greater(0),
            (d: Array) => d.mul(a),
            (d: Array) => np.sin(d).sub(x),
            c,
          ),
          c,
        ],
        np.array(0.4),
        xs,
      )[0],
    np.array(0.5),
  ],
  map: [(a: Array) => lax.map((x: Array) => np.sin(x.mul(a)), xs).sum(), np.array(0.5)],
  associativeScan: [
    (a: Array) => lax.associativeScan((x: Array, y: Array) => x.mul(y), xs.mul(a)).sum(),
    np.array(0.5),
  ],
  "jit in jit": [
    (a: Array) => {
      const inner = jit((x: Array) => np.sin(x).mul(a), { name: "inner" });
      const outer = jit((x: Array) => inner(x).add(inner(x.mul(2))));
      return outer(a.add(1));
    },
    np.array(0.5),
  ],
  checkpoint: [
    (a: Array) => checkpoint((x: Array) => np.sin(np.sin(x.mul(a))))(a).add(checkpoint(np.cos)(a)),
    np.array(0.5),
  ],
  "checkpoint with a policy": [
    (a: Array) =>
      checkpoint((x: Array) => np.tanh(np.matmul(w, x)).sum(), { policy: checkpointPolicies.dotsSaveable })(
        xs.mul(a),
      ),
    np.array(0.5),
  ],
  customJvp: [
    (a: Array) => {
      const f = customJvp((x: Array, y: Array) => np.sin(x).mul(y));
      f.defJvp(([x, y]: [Array, Array], [dx, dy]: [Array, Array]) => [
        np.sin(x).mul(y),
        dx
          .mul(np.cos(x))
          .mul(y)
          .mul(2)
          .add(dy.mul(np.sin(x))),
      ]);
      return f(a, a.mul(2));
    },
    np.array(0.5),
  ],
  customVjp: [
    (a: Array) => {
      const f = customVjp((x: Array, n: Array) => np.sin(x).mul(n));
      f.defVjp(
        (x: Array, n: Array) => [np.sin(x).mul(n), [x, n]],
        ([x, n]: [Array, Array], ct: Array) => [ct.mul(np.cos(x)).mul(n).mul(3), null],
      );
      return f(a, a.mul(2));
    },
    np.array(0.5),
  ],
  customGradient: [
    (a: Array) => customGradient((x: Array) => [x.mul(x), (g: Array) => g.mul(x)])(a),
    np.array(0.5),
  ],
  customLinearSolve: [
    (a: Array) =>
      lax
        .customLinearSolve(
          (x: Array) => x.mul(a),
          xs,
          (_: unknown, b: Array) => b.div(a),
          { transposeSolve: (_: unknown, b: Array) => b.div(a) },
        )
        .sum(),
    np.array(2.5),
  ],
  customRoot: [
    (a: Array) =>
      lax.customRoot<Array>(
        (x: Array) => x.mul(x).sub(a),
        np.array(1),
        (_f: unknown, x0: Array) => lax.foriLoop(0, 8, (_i: Array, x: Array) => x.add(a.div(x)).mul(0.5), x0),
        ((g: (x: Array) => Array, y: Array) => y.div(g(np.array(1)))) as never,
      ),
    np.array(2.5),
  ],
  softmax: [(a: Array) => nn.softmax(xs.mul(a)).mul(xs).sum().add(nn.gelu(a)).add(nn.relu(a)), np.array(0.5)],
  indexing: [
    (a: Array) => {
      const y = xs.mul(a);
      return y
        .slice([1, 3])
        .sum()
        .add(
          y
            .at(np.array([0, 2], "int32"))
            .add(a)
            .slice(2),
        )
        .add(np.take(y, np.array([1, 1]).astype("int32")).sum());
    },
    np.array(0.5),
  ],
  statistics: [
    (a: Array) =>
      np
        .std(xs.mul(a))
        .add(np.var(w.mul(a), { axis: 0 }).sum())
        .add(np.sort(xs.mul(a)).slice(1)),
    np.array(0.5),
  ],
  einsum: [(a: Array) => np.einsum("ij,jk,k->i", w.mul(a), w, xs).sum(), np.array(0.5)],
  linalg: [
    (a: Array) => {
      const m = np.matmul(w, w.T).add(np.eye(4)).mul(a);
      const [s, logdet] = np.linalg.slogdet(m);
      return np.linalg
        .inv(m)
        .sum()
        .add(logdet.mul(s))
        .add(np.linalg.cholesky(m).sum())
        .add(np.linalg.solve(m, xs).sum());
    },
    np.array(1.5),
  ],
  factorisations: [
    (a: Array) => {
      const m = np.matmul(w, w.T).add(np.diag(xs)).mul(a);
      return np.linalg
        .eigh(m)[0]
        .slice(0)
        .add(np.linalg.svd(w.mul(a))[1].sum())
        .add(np.linalg.qr(w.mul(a))[1].slice(0, 0));
    },
    np.array(1.5),
  ],
  fft: [
    (a: Array) =>
      np
        .abs(np.fft.fft(xs.mul(a)))
        .sum()
        .add(np.fft.irfft(np.fft.rfft(xs.mul(a))).slice(1)),
    np.array(0.5),
  ],
  complex: [
    (a: Array) =>
      np
        .real(np.exp(lax.complex(a, a.mul(2))).mul(lax.complex(1, -0)))
        .add(np.abs(lax.complex(a, np.array(3)))),
    np.array(0.5),
  ],
  convolution: [(a: Array) => np.convolve(xs.mul(a), xs, "same").sum(), np.array(0.5)],
  special: [
    (a: Array) =>
      scipy.special
        .gammaln(a.add(2))
        .add(scipy.special.erf(a))
        .add(scipy.special.i0(a))
        .add(scipy.stats.norm.logpdf(a)),
    np.array(0.5),
  ],
  odeint: [
    (a: Array) =>
      odeint((y: Array, _t: Array, k: Array) => y.neg().mul(k), np.array(1), np.array([0, 0.5, 1]), a).sum(),
    np.array(0.5),
  ],
  resize: [(a: Array) => image.resize(w.mul(a), [3, 2], "linear").sum(), np.array(0.5)],
  "loops of the host": [
    (a: Array) => {
      let y = a;
      for (let i = 0; i < 3; i++) {
        const h = np.sin(y).mul(i + 1);
        y = h.add(a);
      }
      return y;
    },
    np.array(0.5),
  ],
};

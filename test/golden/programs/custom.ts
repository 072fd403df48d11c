/**
 * @file Programs about rules of one's own: `customJvp`, `customVjp`, `customGradient`, `customRoot`, `stopGradient`,
 * `checkpoint`.
 */
import {
  checkpoint,
  customGradient,
  customJvp,
  customVjp,
  either,
  grad,
  jit,
  lax,
  library,
  np,
  stopGradient,
} from "../library.ts";
import type { Arr, Call } from "../library.ts";
import { vector } from "./common.ts";
import type { Fun, Programs } from "./common.ts";
import { sineWithRule } from "./vmap.ts";

/** The identity, whose cotangent is clipped to [-0.5, 0.5]. */
const clipGradient = (): Fun => {
  const f = customVjp<Call & Fun>((x: Arr) => x);
  f.defVjp(
    (x: Arr) => [x, null],
    (_: null, ct: Arr) => [np.clip(ct, -0.5, 0.5)],
  );
  return f;
};

const jvpRules: Programs = {
  "program.custom_jvp_log1pexp": (x: Arr) => {
    const f = customJvp<Call & Fun>((x: Arr) => np.log(np.exp(x).add(1)));
    f.defJvp(([x]: Arr[], [t]: Arr[]) => {
      const slope = np.subtract(1, np.divide(1, np.exp(x).add(1)));
      return [f(x), slope.mul(t)];
    });
    return [f(x), grad<Fun>(f)(x), grad<Fun>(grad(f))(x)];
  },

  "program.custom_jvp_two_args": (x: Arr, y: Arr) => {
    const f = customJvp<Call>((x: Arr, y: Arr) => x.mul(y));
    f.defJvp(([x, y]: Arr[], [tx, ty]: Arr[]) => [f(x, y), tx.mul(y).mul(2).add(x.mul(ty).mul(3))]);
    return f(x, y);
  },

  "program.custom_jvp_defjvps": (x: Arr, y: Arr) => {
    const f = customJvp<Call>((x: Arr, y: Arr) => np.sin(x).mul(y));
    f.defJvps(null, (t: Arr, _: Arr, x: Arr) => np.sin(x).mul(t));
    return f(x, y);
  },
};

const vjpRules: Programs = {
  "program.custom_vjp_clip": (x: Arr) => np.square(clipGradient()(x)).sum(),

  "program.custom_vjp_nondiff": (x: Arr) => {
    const f = customVjp<Call>((n: number, x: Arr) => np.power(x, n), { nondiffArgnums: [0] });
    f.defVjp(
      (n: number, x: Arr) => [np.power(x, n), x],
      (n: number, x: Arr, ct: Arr) => [
        np
          .power(x, n - 1)
          .mul(n)
          .mul(ct)
          .add(0.001),
      ],
    );
    return f(3, x).sum();
  },

  "program.custom_vjp_residual_tree": (a: Arr, b: Arr) => {
    type P = { a: Arr; b: Arr };
    const f = customVjp<Call>((p: P) => p.a.mul(np.sin(p.b)));
    f.defVjp(
      (p: P) => [p.a.mul(np.sin(p.b)), { a: p.a, b: p.b }],
      ({ a, b }: P, ct: Arr) => [{ a: ct.mul(np.sin(b)), b: ct.mul(a).mul(-7) }],
    );
    return f({ a, b }).sum();
  },

  "program.custom_vjp_in_scan": (w: Arr, c0: Arr) => {
    const clip = clipGradient();
    const step = (c: Arr): [Arr, null] => [clip(c.mul(w)), null];
    return lax.scan<[Arr, null]>(step, c0, null, { length: 4 })[0];
  },

  "program.custom_vjp_jit": (x: Arr) => jit<Fun>(sineWithRule())(x).sum(),

  "program.custom_gradient": (x: Arr) => {
    const f = customGradient<Fun>((x: Arr) => [np.square(x), (ct: Arr) => [ct.mul(5)]]);
    return f(x).sum();
  },
};

const stopping: Programs = {
  "program.stop_gradient": (x: Arr) => np.sum(x.mul(np.square(stopGradient(x))).add(stopGradient(np.sin(x)))),

  "program.straight_through_round": (x: Arr) => x.add(stopGradient(np.round(x).sub(x))),

  "program.optimization_barrier": (x: Arr) => np.sum(x.mul(lax.optimizationBarrier(x))),

  "program.pure_callback_free_where_grad": (x: Arr) => {
    const s = np.square(x).sum();
    const positive = s.greater(0);
    return np.where(positive, np.sqrt(np.where(positive, s, 1)), 0);
  },

  "program.argsort_permutation_grad": (x: Arr) =>
    np.sum(x.slice(np.argsort(x.neg())).mul(vector([1, 2, 3, 4]))),
};

const checkpoints: Programs = {
  "program.checkpoint": (x: Arr) => {
    const f = checkpoint<Fun>((x: Arr) => np.sin(np.sin(np.sin(x))));
    return f(x).sum();
  },

  "program.checkpoint_scan": (w: Arr, c: Arr) => {
    const body = checkpoint<Fun>((c: Arr) => np.tanh(np.matmul(w, c)));
    return lax.scan<[Arr, null]>((c: Arr) => [body(c), null], c, null, { length: 5 })[0].sum();
  },

  "program.checkpoint_policy": (a: Arr, x: Arr) => {
    const policy = library.checkpointPolicies.dotsSaveable;
    const f = checkpoint<Fun>((x: Arr) => np.tanh(np.matmul(a, np.sin(x))), { policy });
    return f(x).sum();
  },
};

const roots: Programs = {
  "program.custom_root_sqrt": (a: Arr) => {
    const bisect = (f: Fun): Arr => {
      const step = (_: Arr, [lo, hi]: [Arr, Arr]): [Arr, Arr] => {
        const middle = lo.add(hi).div(2);
        const below = f(middle).less(0);
        return [np.where(below, middle, lo), np.where(below, hi, middle)];
      };
      return lax.foriLoop<[Arr, Arr]>(0, 60, step, [np.array(0), np.array(10)])[0];
    };
    const tangentSolve = (g: Fun, y: Arr): Arr => y.div(g(np.ones([])));
    const customRoot = either(lax.customRoot, library.customRoot);
    return customRoot((x: Arr) => x.mul(x).sub(a), np.array(1), bisect, tangentSolve);
  },
};

export const customPrograms: Programs = {
  ...jvpRules,
  ...vjpRules,
  ...stopping,
  ...checkpoints,
  ...roots,
};

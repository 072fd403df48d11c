/**
 * @file Small functions known from the literature: the examples of surveys of automatic differentiation, and the test
 * functions of Moré, Garbow and Hillstrom (residual vectors, and the objectives that are their sums of squares).
 */
import { np } from "../library.ts";
import type { Arr } from "../library.ts";
import { elements, vector } from "./common.ts";
import type { Fun, Programs } from "./common.ts";

const surveyF = (x1: Arr, x2: Arr): Arr => np.log(x1).add(x1.mul(x2)).sub(np.sin(x2));

const surveyG = (x1: Arr, x2: Arr): Arr => x1.add(x2).mul(np.log(x1.add(x2)));

const classics: Programs = {
  "program.survey_f": surveyF,
  "program.survey_f_jet": surveyF,
  "program.survey_f_vec": (x: Arr) => surveyF(x.slice(0), x.slice(1)),
  "program.survey_g": surveyG,
  "program.survey_g_vec": (x: Arr) => surveyG(x.slice(0), x.slice(1)),

  "program.logistic_l4": (x: Arr) => {
    let l = x;
    for (let n = 1; n < 4; n++) l = l.mul(4).mul(l.neg().add(1));
    return l;
  },

  "program.helmholtz": (x: Arr, b: Arr, a: Arr, rt: Arr) => {
    const bx = np.dot(b, x);
    const ideal = rt.mul(np.sum(x.mul(np.log(x.div(bx.neg().add(1))))));
    const attraction = np.dot(x, np.matmul(a, x)).div(bx.mul(Math.sqrt(8)));
    const [plus, minus] = [1 + Math.SQRT2, 1 - Math.SQRT2].map((c) => bx.mul(c).add(1));
    return ideal.sub(attraction.mul(np.log(plus.div(minus))));
  },

  "program.rosenbrock_sum": (x: Arr) => {
    const [head, tail] = [x.slice([0, -1]), x.slice([1])];
    return np.sum(
      np
        .square(tail.sub(np.square(head)))
        .mul(100)
        .add(np.square(head.neg().add(1))),
    );
  },
};

/** The numbers 1 … n as a vector. */
const oneTo = (n: number): Arr => vector(Array.from({ length: n }, (_, i) => i + 1));

const bardY = [0.14, 0.18, 0.22, 0.25, 0.29, 0.32, 0.35, 0.39, 0.37, 0.58, 0.73, 0.96, 1.34, 2.1, 4.39];
const kowalikY = [0.1957, 0.1947, 0.1735, 0.16, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323, 0.0235, 0.0246];
const kowalikU = [4, 2, 1, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625];

/** Residuals in few variables. */
const small: Readonly<Record<string, Fun>> = {
  rosenbrock: (x) => {
    const [x1, x2] = elements(x) as [Arr, Arr];
    return np.stack([x2.sub(np.square(x1)).mul(10), x1.neg().add(1)]);
  },

  freudenstein_roth: (x) => {
    const [x1, x2] = elements(x) as [Arr, Arr];
    const f1 = x1.sub(13).add(x2.neg().add(5).mul(x2).sub(2).mul(x2));
    return np.stack([f1, x1.sub(29).add(x2.add(1).mul(x2).sub(14).mul(x2))]);
  },

  beale: (x) => {
    const [x1, x2] = elements(x) as [Arr, Arr];
    return np.stack(
      [1.5, 2.25, 2.625].map((y, i) =>
        np.subtract(
          y,
          x1.mul(
            np
              .power(x2, i + 1)
              .neg()
              .add(1),
          ),
        ),
      ),
    );
  },

  jennrich_sampson: (x) => {
    const i = oneTo(10);
    return i
      .mul(2)
      .add(2)
      .sub(np.exp(i.mul(x.slice(0))).add(np.exp(i.mul(x.slice(1)))));
  },

  helical_valley: (x) => {
    const [x1, x2, x3] = elements(x) as [Arr, Arr, Arr];
    const half = np.where(x1.less(0), 0.5, 0);
    const theta = np
      .arctan(x2.div(x1))
      .div(2 * Math.PI)
      .add(half);
    const radius = np.sqrt(np.square(x1).add(np.square(x2)));
    return np.stack([x3.sub(theta.mul(10)).mul(10), radius.sub(1).mul(10), x3]);
  },

  bard: (x) => {
    const [x1, x2, x3] = elements(x) as [Arr, Arr, Arr];
    const u = oneTo(15);
    const v = u.neg().add(16);
    return vector(bardY).sub(x1.add(u.div(v.mul(x2).add(np.minimum(u, v).mul(x3)))));
  },

  box3d: (x) => {
    const [x1, x2, x3] = elements(x) as [Arr, Arr, Arr];
    const t = oneTo(10).mul(0.1);
    const right = np.exp(t.neg()).sub(np.exp(t.mul(-10)));
    return np
      .exp(t.neg().mul(x1))
      .sub(np.exp(t.neg().mul(x2)))
      .sub(x3.mul(right));
  },

  powell_singular: (x) => {
    const [x1, x2, x3, x4] = elements(x) as [Arr, Arr, Arr, Arr];
    return np.stack([
      x1.add(x2.mul(10)),
      x3.sub(x4).mul(Math.sqrt(5)),
      np.square(x2.sub(x3.mul(2))),
      np.square(x1.sub(x4)).mul(Math.sqrt(10)),
    ]);
  },

  wood: (x) => {
    const [x1, x2, x3, x4] = elements(x) as [Arr, Arr, Arr, Arr];
    return np.stack([
      x2.sub(np.square(x1)).mul(10),
      x1.neg().add(1),
      x4.sub(np.square(x3)).mul(Math.sqrt(90)),
      x3.neg().add(1),
      x2.add(x4).sub(2).mul(Math.sqrt(10)),
      x2.sub(x4).div(Math.sqrt(10)),
    ]);
  },

  kowalik_osborne: (x) => {
    const [x1, x2, x3, x4] = elements(x) as [Arr, Arr, Arr, Arr];
    const u = vector(kowalikU);
    const u2 = np.square(u);
    const fit = x1.mul(u2.add(u.mul(x2))).div(u2.add(u.mul(x3)).add(x4));
    return vector(kowalikY).sub(fit);
  },

  brown_dennis: (x) => {
    const [x1, x2, x3, x4] = elements(x) as [Arr, Arr, Arr, Arr];
    const t = oneTo(20).div(5);
    const left = x1.add(t.mul(x2)).sub(np.exp(t));
    return np.square(left).add(np.square(x3.add(x4.mul(np.sin(t))).sub(np.cos(t))));
  },
};

/** Residuals in any number of variables. */
const large: Readonly<Record<string, Fun>> = {
  penalty1: (x) => {
    const last = np.square(x).sum().sub(0.25);
    return np.concatenate([x.sub(1).mul(Math.sqrt(1e-5)), np.reshape(last, [1])]);
  },

  variably_dim: (x) => {
    const s = np.sum(oneTo(x.shape[0]).mul(x.sub(1)));
    return np.concatenate([x.sub(1), np.stack([s, np.square(s)])]);
  },

  trigonometric: (x) => {
    const n = x.shape[0];
    const cosines = np.cos(x);
    return np
      .subtract(n, cosines.sum())
      .add(oneTo(n).mul(cosines.neg().add(1)))
      .sub(np.sin(x));
  },

  broyden_tridiagonal: (x) => {
    const zero = np.zeros([1]);
    const before = np.concatenate([zero, x.slice([0, -1])]);
    const after = np.concatenate([x.slice([1]), zero]);
    return x.mul(-2).add(3).mul(x).sub(before).sub(after.mul(2)).add(1);
  },

  chebyquad: (x) => {
    const n = x.shape[0];
    const angle = np.arccos(x.mul(2).sub(1));
    const residual = (i: number): Arr =>
      np
        .cos(angle.mul(i))
        .mean()
        .sub(i % 2 === 1 ? 0 : -1 / (i * i - 1));
    return np.stack(Array.from({ length: n }, (_, k) => residual(k + 1)));
  },
};

/** Each residual function, and the objective that is its sum of squares. */
const residuals = Object.entries({ ...small, ...large }).flatMap(([name, f]): [string, Fun][] => [
  [`program.mgh_${name}`, f],
  [`program.mgh_${name}_objective`, (x) => np.square(f(x)).sum()],
]);

export const surveyPrograms: Programs = { ...classics, ...Object.fromEntries(residuals) };

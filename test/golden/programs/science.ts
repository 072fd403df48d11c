/**
 * @file Programs of scientific computing: ADBench's objectives, integrators, implicit differentiation, statistics,
 * finance, mechanics.
 */
import { checkpoint, customVjp, grad, hessian, jacfwd, lax, np, scipy, vjp, vmap } from "../library.ts";
import type { Arr, Call } from "../library.ts";
import { elements } from "./common.ts";
import type { Fun, Programs } from "./common.ts";

/** log of the multivariate gamma function. */
const multigammaln = (a: Arr, d: number): Arr => {
  const terms = Array.from({ length: d }, (_, j) => scipy.special.gammaln(a.sub(j / 2)));
  return terms.reduce((s, t) => s.add(t)).add(((d * (d - 1)) / 4) * Math.log(Math.PI));
};

/** The strictly lower triangular matrix whose entries are given column by column. */
const lowerTriangle = (entries: Arr, d: number): Arr => {
  const places: [number[], number[]] = [[], []];
  for (let column = 0; column < d; column++) {
    for (let row = column + 1; row < d; row++) {
      places[0].push(row);
      places[1].push(column);
    }
  }
  const [rows, columns] = places.map((p) => np.array(p, { dtype: "int32" })) as [Arr, Arr];
  return np.zeros([d, d]).at(rows, columns).set(entries);
};

const mixture: Programs = {
  "program.adbench_gmm": (alphas: Arr, means: Arr, icf: Arr, x: Arr, gamma: Arr, m: Arr) => {
    const [k, d] = means.shape as [number, number];
    const n = x.shape[0];
    const logDiagonal = icf.slice([], [0, d]);
    const below = icf.slice([], [d]);
    const sums = logDiagonal.sum(1);
    const exponent = (q: Arr, l: Arr, mean: Arr): Arr => {
      const factor = np.diag(np.exp(q)).add(lowerTriangle(l, d));
      return np
        .square(np.matmul(x.sub(mean), factor.T))
        .sum(1)
        .mul(-0.5);
    };
    const quadratic = vmap<(q: Arr, l: Arr, mean: Arr) => Arr>(exponent)(logDiagonal, below, means);
    const inner = scipy.special.logsumexp(alphas.add(sums).add(quadratic.T), { axis: 1 });
    const fit = inner.sum().sub(scipy.special.logsumexp(alphas).mul(n));
    const squares = np.square(np.exp(logDiagonal)).sum().add(np.square(below).sum());
    const prior = np.square(gamma).mul(0.5).mul(squares).sub(m.mul(sums.sum()));
    const freedom = m.add(d + 1);
    const constant = freedom
      .mul(d)
      .mul(np.log(gamma.div(Math.SQRT2)))
      .sub(multigammaln(freedom.div(2), d));
    return fit
      .add(prior)
      .sub(constant.mul(k))
      .sub((n * d * Math.log(2 * Math.PI)) / 2);
  },
};

/** Rodrigues' rotation of v by the vector r; to first order where r is zero. */
const rotate = (r: Arr, v: Arr): Arr => {
  const turned = (r: Arr): Arr => {
    const angle = np.sqrt(np.square(r).sum());
    const u = r.div(angle);
    const [cos, sin] = [np.cos(angle), np.sin(angle)];
    const along = u.mul(np.dot(u, v)).mul(cos.neg().add(1));
    return v.mul(cos).add(np.cross(u, v).mul(sin)).add(along);
  };
  return lax.cond(np.square(r).sum().greater(0), turned, (r: Arr) => v.add(np.cross(r, v)), r);
};

const reprojection = (camera: Arr, point: Arr, weight: Arr, feature: Arr): Arr => {
  const [r, centre, x0] = [camera.slice([0, 3]), camera.slice([3, 6]), camera.slice([7, 9])];
  const [f, k1, k2] = [camera.slice(6), camera.slice(9), camera.slice(10)];
  const seen = rotate(r, point.sub(centre));
  const p = seen.slice([0, 2]).div(seen.slice(2));
  const s = np.dot(p, p);
  const distortion = k1.mul(s).add(k2.mul(s).mul(s)).add(1);
  return p.mul(f).mul(distortion).add(x0).sub(feature).mul(weight);
};

const bundles: Programs = {
  "program.adbench_ba": reprojection,
  "program.adbench_ba_zero_rotation": reprojection,

  "program.adbench_ba_batched": (cameras: Arr, points: Arr, weights: Arr, features: Arr) => {
    const errors = vmap<typeof reprojection>(reprojection)(cameras, points, weights, features);
    const weightErrors = np.square(weights).neg().add(1);
    return np.square(errors).sum().add(np.square(weightErrors).sum());
  },
};

const acceleration = (q: Arr): Arr => q.neg().div(np.power(np.square(q).sum(), 1.5));

const energy = (q: Arr, p: Arr): Arr =>
  np
    .square(p)
    .sum()
    .div(2)
    .sub(np.divide(1, np.sqrt(np.square(q).sum())));

type Phase = [Arr, Arr];

const leapfrog = (dt: Arr, wrap: (f: (s: Phase) => Phase) => (s: Phase) => Phase) => {
  const step = wrap(([q, p]: Phase): Phase => {
    const half = p.add(acceleration(q).mul(dt.div(2)));
    const next = q.add(half.mul(dt));
    return [next, half.add(acceleration(next).mul(dt.div(2)))];
  });
  return (q: Arr, p: Arr): Phase =>
    lax.scan<[Phase, null]>((s: Phase) => [step(s), null], [q, p], null, { length: 20 })[0];
};

const integrators: Programs = {
  "program.neural_ode": (w: { W1: Arr; b1: Arr; W2: Arr; b2: Arr }, y0: Arr, target: Arr) => {
    const h = 0.1;
    const f: Fun = (y) => np.matmul(w.W2, np.tanh(np.matmul(w.W1, y).add(w.b1))).add(w.b2);
    const step = (y: Arr): [Arr, null] => {
      const k1 = f(y);
      const k2 = f(y.add(k1.mul(h / 2)));
      const k3 = f(y.add(k2.mul(h / 2)));
      const k4 = f(y.add(k3.mul(h)));
      return [
        y.add(
          k1
            .add(k2.mul(2))
            .add(k3.mul(2))
            .add(k4)
            .mul(h / 6),
        ),
        null,
      ];
    };
    const [y] = lax.scan<[Arr, null]>(step, y0, null, { length: 8 });
    return np.square(y.sub(target)).sum();
  },

  "program.kepler_leapfrog": (q: Arr, p: Arr, dt: Arr) => {
    const [q1, p1] = leapfrog(dt, (f) => f)(q, p);
    return [q1, p1, energy(q1, p1)];
  },

  "program.kepler_energy_grad": (q: Arr, p: Arr, dt: Arr) => {
    const [q1, p1] = leapfrog(dt, (f) => checkpoint(f))(q, p);
    return np.square(energy(q1, p1).sub(energy(q, p)));
  },
};

type Iteration<P> = (params: P, z: Arr) => Arr;

/** Iterates to a fixed point. */
const iterate = (f: Fun, z0: Arr): Arr => {
  type State = [Arr, Arr];
  const moved = ([before, z]: State): Arr => np.max(np.abs(z.sub(before))).greater(1e-15);
  return lax.whileLoop<State>(moved, ([, z]: State) => [z, f(z)], [z0, f(z0)])[1];
};

/** The fixed point of z = f(params, z), differentiated by the implicit function theorem. */
const fixedPoint = <P>(f: Iteration<P>, params: P, z0: Arr): Arr => {
  const solve = customVjp<Call>((p: P, z0: Arr) => iterate((z) => f(p, z), z0));
  solve.defVjp(
    (p: P, z0: Arr) => {
      const z = iterate((z) => f(p, z), z0);
      return [z, [p, z]];
    },
    ([p, z]: [P, Arr], ct: Arr) => {
      const [, pull] = vjp<[Arr, (ct: Arr) => [Arr]]>((z: Arr) => f(p, z), [z]);
      const adjoint = iterate((w) => ct.add(pull(w)[0]), ct);
      const [, pullParams] = vjp<[Arr, (ct: Arr) => [P]]>((p: P) => f(p, z), [p]);
      return [pullParams(adjoint)[0], np.zerosLike(z)];
    },
  );
  return solve(params, z0);
};

const implicit: Programs = {
  "program.fixed_point_implicit": (w: Arr, x: Arr) =>
    fixedPoint(([w, x]: [Arr, Arr], z) => np.tanh(np.matmul(w, z).add(x)), [w, x], np.zerosLike(x)),

  "program.fixed_point_sqrt": (a: Arr) =>
    fixedPoint((a: Arr, z) => z.add(a.div(z)).div(2), a, np.onesLike(a)),
};

const normalCdf: Fun = (x) => scipy.special.ndtr(x);

const various: Programs = {
  "program.lennard_jones": (x: Arr) => {
    const pair = (i: number, j: number): Arr => {
      const r2 = np.square(x.slice(i).sub(x.slice(j))).sum();
      return np.power(r2, -6).sub(np.power(r2, -3)).mul(4);
    };
    return pair(0, 1).add(pair(0, 2)).add(pair(1, 2));
  },

  "program.black_scholes": (x: Arr) => {
    const [s, k, r, sigma, t] = elements(x) as [Arr, Arr, Arr, Arr, Arr];
    const spread = sigma.mul(np.sqrt(t));
    const d1 = np
      .log(s.div(k))
      .add(r.add(np.square(sigma).div(2)).mul(t))
      .div(spread);
    const d2 = d1.sub(spread);
    return s.mul(normalCdf(d1)).sub(k.mul(np.exp(r.neg().mul(t))).mul(normalCdf(d2)));
  },

  "program.lagrangian_pendulum": (q: Arr, v: Arr) => {
    const g = 9.81;
    const lagrangian = (q: Arr, v: Arr): Arr => {
      const [q1, q2, v1, v2] = [q.slice(0), q.slice(1), v.slice(0), v.slice(1)];
      const kinetic = np
        .square(v1)
        .add(np.square(v2).div(2))
        .add(v1.mul(v2).mul(np.cos(q1.sub(q2))));
      return kinetic.add(np.cos(q1).mul(2 * g)).add(np.cos(q2).mul(g));
    };
    type F = (q: Arr, v: Arr) => Arr;
    const mass = hessian<F>(lagrangian, 1)(q, v);
    const force = grad<F>(lagrangian, 0)(q, v);
    const mixed = jacfwd<F>(grad(lagrangian, 1), 0)(q, v);
    return np.linalg.solve(mass, force.sub(np.matmul(mixed, v)));
  },

  "program.kalman_filter": (y: Arr, q: Arr, r: Arr) => {
    type State = { m: Arr; p: Arr };
    const step = ({ m, p }: State, y: Arr): [State, Arr] => {
      const predicted = p.add(q);
      const variance = predicted.add(r);
      const gain = predicted.div(variance);
      const error = y.sub(m);
      const term = np
        .log(variance.mul(2 * Math.PI))
        .add(np.square(error).div(variance))
        .mul(-0.5);
      return [{ m: m.add(gain.mul(error)), p: predicted.mul(gain.neg().add(1)) }, term];
    };
    return lax.scan<[State, Arr]>(step, { m: np.zeros([]), p: np.ones([]) }, y)[1].sum();
  },

  "program.gp_marginal": (length: Arr, s: Arr, x: Arr, y: Arr) => {
    const n = x.shape[0];
    const distance = np.square(np.expandDims(x, 1).sub(np.expandDims(x, 0)));
    const kernel = np.square(s).mul(np.exp(distance.neg().div(np.square(length).mul(2))));
    const factor = np.linalg.cholesky(kernel.add(np.eye(n).mul(0.1)));
    const white = scipy.linalg.solveTriangular(factor, y, { lower: true });
    const logDet = np.log(np.diagonal(factor)).sum();
    return np
      .dot(white, white)
      .mul(-0.5)
      .sub(logDet)
      .sub((n / 2) * Math.log(2 * Math.PI));
  },
};

export const sciencePrograms: Programs = {
  ...mixture,
  ...bundles,
  ...integrators,
  ...implicit,
  ...various,
};

/**
 * @file Vectors that are named after a library function, but whose `doc` defines what is computed with it: part of
 * its result, or a call with functions as arguments. They are found by that text.
 */
import { either, lax, library, make, nn, np, random, scipy } from "../library.ts";
import type { Arr, Call } from "../library.ts";
import type { Fun, Program } from "./common.ts";

export interface Expression {
  readonly fn: string;
  readonly doc: string;
  readonly program: Program;
}

const expression = (fn: string, doc: string, program: Program): Expression => ({ fn, doc, program });

const { linalg } = np;

/** An iterative solver applied to x -> A x. */
const krylov = (name: "cg" | "gmres" | "bicgstab"): Expression =>
  expression(
    `scipy.sparse.linalg.${name}`,
    `${name}(x -> A x, b, tol=1e-13, maxiter=200)[0]`,
    (a: Arr, b: Arr) => {
      const solve = scipy.sparse.linalg[name];
      return solve<[Arr]>((x: Arr) => np.matmul(a, x), b, { tol: 1e-13, maxiter: 200 })[0];
    },
  );

const linearAlgebra: readonly Expression[] = [
  expression("scipy.linalg.cho_solve", "cho_solve(cho_factor(a), b)", (a: Arr, b: Arr) =>
    scipy.linalg.choSolve(scipy.linalg.choFactor<unknown>(a), b),
  ),
  expression("scipy.linalg.lu_solve", "lu_solve(lu_factor(a), b, trans=0)", (a: Arr, b: Arr) =>
    scipy.linalg.luSolve(scipy.linalg.luFactor<unknown>(a), b, { trans: 0 }),
  ),
  expression(
    "numpy.linalg.eigvalsh",
    "eigh(a, UPLO, symmetrize_input=False)[0]: only one triangle is read",
    (a: Arr) => linalg.eigh<[Arr]>(a, { UPLO: "U", symmetrizeInput: false })[0],
  ),
  expression("scipy.linalg.sqrtm", "real(sqrtm(a)) for SPD a", (a: Arr) => np.real(scipy.linalg.sqrtm(a))),
  expression(
    "lax.linalg.symmetric_product",
    "alpha a a^T (beta=0, symmetrize_output=True)",
    (a: Arr, c: Arr) => lax.linalg.symmetricProduct(a, c, { alpha: 1.5, beta: 0, symmetrizeOutput: true }),
  ),
  krylov("cg"),
  krylov("gmres"),
  krylov("bicgstab"),
  expression(
    "lax.custom_linear_solve",
    "custom_linear_solve(x -> A x, b, solve = dense solve, symmetric=True)",
    (a: Arr, b: Arr) => {
      const customLinearSolve = either(lax.customLinearSolve, library.customLinearSolve);
      const solve = (_: Fun, b: Arr): Arr => linalg.solve(a, b);
      return customLinearSolve((x: Arr) => np.matmul(a, x), b, solve, { symmetric: true });
    },
  ),
  expression(
    "nn.initializers.orthogonal",
    "q^T q for q = orthogonal()(key, shape)",
    (key: Arr, shape: number[]) => {
      const q = nn.initializers.orthogonal<(key: Arr, shape: number[]) => Arr>()(key, shape);
      return np.matmul(q.T, q);
    },
  ),
  expression("random.orthogonal", "q q^T", (key: Arr, n: number) => {
    const q = random.orthogonal(key, n);
    return np.matmul(q, q.T);
  }),
];

const shapes: readonly Expression[] = [
  expression("numpy.where", "where(x>0, sqrt(where(x>0,x,1)), 0)", (x: Arr) => {
    const positive = x.greater(0);
    return np.where(positive, np.sqrt(np.where(positive, x, 1)), 0);
  }),
  expression(
    "numpy.where",
    "where(x>0, sqrt(x), 0): the untaken branch gives NaN in the derivative at 0 (0*inf)",
    (x: Arr) => np.where(x.greater(0), np.sqrt(x), 0),
  ),
  expression("numpy.piecewise", "piecewise(x, [x<-1, x>1], [-x, x^2], default 0*x)", (x: Arr) => {
    const functions = [(x: Arr) => x.neg(), (x: Arr) => np.square(x), (x: Arr) => x.mul(0)];
    return np.piecewise(x, [x.less(-1), x.greater(1)], functions);
  }),
  expression("numpy.partition", "sort(partition(a,k)[:k])", (a: Arr, k: number) =>
    np.sort(np.partition(a, k).slice([0, k])),
  ),
  expression("numpy.argpartition", "argpartition(a,k)[k]", (a: Arr, k: number) =>
    np.argpartition(a, k).slice(k),
  ),
  expression("numpy.roots", "sort(real(roots(p)))", (p: Arr) =>
    np.sort(np.real(np.roots(p, { stripZeros: false }))),
  ),
  expression("numpy.ufunc", "numpy.add.outer(a, b)", (a: Arr, b: Arr) => {
    const { outer } = np.add as { readonly outer?: Call };
    return (outer ?? library.numpy.ufunc.outer)(a, b);
  }),
  expression("numpy.vectorize", "vectorize(dot, signature '(k),(k)->()')", (a: Arr, b: Arr) =>
    np.vectorize<(a: Arr, b: Arr) => Arr>((a: Arr, b: Arr) => np.dot(a, b), { signature: "(k),(k)->()" })(
      a,
      b,
    ),
  ),
  expression("numpy.vectorize", "vectorize((a,b) => a>b ? a-b : a*b)", (a: Arr, b: Arr) => {
    const f = (a: Arr, b: Arr): Arr => np.where(a.greater(b), a.sub(b), a.mul(b));
    return np.vectorize<typeof f>(f)(a, b);
  }),
];

const kde = (data: Arr, options?: object): Call =>
  make(scipy.stats.gaussianKde, data, ...(options === undefined ? [] : [options]));

/** An interpolator on a grid, applied to points. */
const interpolation = (doc: string, options: object): Expression =>
  expression("scipy.interpolate.RegularGridInterpolator", doc, (grid: Arr[], values: Arr, x: Arr) => {
    const made = make(scipy.interpolate.RegularGridInterpolator, grid, values, options);
    return typeof made === "function" ? made(x) : (made as Call).call(x);
  });

const rosenbrock: Fun = (x) => {
  const valley = np.square(x.slice(1).sub(np.square(x.slice(0)))).mul(100);
  return valley.add(np.square(x.slice(0).neg().add(1)));
};

interface Minimum {
  readonly x: Arr;
  readonly fun: Arr;
}

const rotation = library.scipy.spatial.transform.Rotation;

const odeint = either(
  library.experimental.ode.odeint,
  library.ode.odeint,
  library.scipy.integrate.odeint,
  library.odeint,
);

const scientific: readonly Expression[] = [
  expression(
    "scipy.stats.gaussian_kde",
    "gaussian_kde(data).evaluate(x), Scott bandwidth",
    (data: Arr, x: Arr) => kde(data).evaluate(x),
  ),
  expression(
    "scipy.stats.gaussian_kde",
    "gaussian_kde(data, bw_method='silverman').logpdf(x)",
    (data: Arr, x: Arr) => kde(data, { bwMethod: "silverman" }).logpdf(x),
  ),
  expression(
    "scipy.optimize.minimize",
    "minimize(sum((x-[1,2,3])^2*[1,2,3]), x0, method='BFGS', tol=1e-10): [x, fun]",
    (x0: Arr) => {
      const weights = np.array([1, 2, 3]);
      const f: Fun = (x) => np.square(x.sub(weights)).mul(weights).sum();
      const { x, fun } = scipy.optimize.minimize<Minimum>(f, x0, { method: "BFGS", tol: 1e-10 });
      return [x, fun];
    },
  ),
  expression(
    "scipy.optimize.minimize",
    "minimize(rosenbrock, x0, method='BFGS').x",
    (x0: Arr) => scipy.optimize.minimize<Minimum>(rosenbrock, x0, { method: "BFGS" }).x,
  ),
  interpolation("RegularGridInterpolator(points, values, method='linear')(x)", { method: "linear" }),
  interpolation("RegularGridInterpolator(points, values, method='nearest')(x)", { method: "nearest" }),
  interpolation("bounds_error=False, fill_value=-7", { boundsError: false, fillValue: -7 }),
  expression(
    "scipy.spatial.transform.Rotation",
    "Rotation.from_quat(q).as_matrix() (scalar-last, normalized)",
    (q: Arr) => rotation.fromQuat<Call>(q).asMatrix(),
  ),
  expression("scipy.spatial.transform.Rotation", "Rotation.from_rotvec(v).as_matrix()", (v: Arr) =>
    rotation.fromRotvec<Call>(v).asMatrix(),
  ),
  expression(
    "experimental.ode.odeint",
    "odeint(y' = [y1, -sin(y0) - b y1], y0, t, b, rtol=atol=1e-10); compare to the tolerance only",
    (y0: Arr, t: Arr, b: Arr) => {
      const pendulum = (y: Arr, _: Arr, b: Arr): Arr => {
        const [angle, speed] = [y.slice(0), y.slice(1)];
        return np.stack([speed, np.sin(angle).neg().sub(b.mul(speed))]);
      };
      return odeint(pendulum, y0, t, b, { rtol: 1e-10, atol: 1e-10 });
    },
  ),
  expression(
    "experimental.ode.odeint",
    "odeint(y' = -y (1+t), y0, t, rtol=atol=1e-10)",
    (y0: Arr, t: Arr) => {
      const decay = (y: Arr, t: Arr): Arr => y.neg().mul(t.add(1));
      return odeint(decay, y0, t, { rtol: 1e-10, atol: 1e-10 });
    },
  ),
];

export const libraryExpressions: readonly Expression[] = [...linearAlgebra, ...shapes, ...scientific];

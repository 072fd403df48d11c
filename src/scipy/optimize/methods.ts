/** @file The methods of `minimize` by name: which options each has, their defaults, and what it can take. */
import { show } from "../../base/checks.ts";
import { ArgumentError, checkOptions } from "../../base/errors.ts";
import { type ArrayLike } from "../../core/array.ts";
import { asArray } from "../../lax/operands/convert.ts";
import { cast } from "../../numpy/operands/promote.ts";
import { scaleByPower } from "../../numpy/ufuncs/powers-of-two.ts";
import { conjugateGradients } from "./conjugate-gradients.ts";
import { type DescentOptions, bfgs, descendScaled, lbfgs } from "./descent.ts";
import { lbfgsb } from "./lbfgsb.ts";
import { nelderMead } from "./nelder-mead.ts";
import { newtonCg } from "./newton-cg.ts";
import { powell } from "./powell.ts";
import type { Outcome, Problem } from "./problem.ts";
import { slsqp } from "./constrained/slsqp.ts";
import { dogleg, exact, krylov, steihaug } from "./trust-region/subproblems.ts";
import { int } from "./traced.ts";
import { trustConstr } from "./constrained/trust-constr.ts";
import { type Subproblem, trustRegion } from "./trust-region/trust-region.ts";

/** The methods of `minimize`. */
export type MinimizeMethod =
  | "Nelder-Mead"
  | "Powell"
  | "CG"
  | "BFGS"
  | "L-BFGS"
  | "L-BFGS-B"
  | "Newton-CG"
  | "SLSQP"
  | "trust-constr"
  | "dogleg"
  | "trust-ncg"
  | "trust-exact"
  | "trust-krylov";

/** Options of a method. */
export interface MethodOptions {
  /** The largest number of iterations; 200 times the number of unknowns for most methods. */
  readonly maxiter?: number | undefined;
  /**
   * Converged where no element of the gradient is larger; 1e-5 by default, for BFGS and L-BFGS relative to the first gradient
   * where that one is beyond ε^±2. For trust region methods the norm, 1e-4 by default; for trust-constr, 1e-8, of the
   * Lagrangian's gradient.
   */
  readonly gtol?: number | undefined;
  /** Steps of a line search, at most: 10 for BFGS, for L-BFGS 20. */
  readonly lineSearchMaxiter?: number | undefined;
  /** L-BFGS and L-BFGS-B: the number of steps remembered, 10 by default. */
  readonly maxcor?: number | undefined;
  /**
   * Stop where the value falls by less in a step: by 2.2e-9 for L-BFGS, by that part of it for L-BFGS-B; by 1e-4 of it in a
   * round for Powell; SLSQP: the accuracy, 1e-6.
   */
  readonly ftol?: number | undefined;
  /** Newton-CG: the mean change of the unknowns, 1e-5; Powell: that of line searches, 1e-4; trust-constr: the radius, 1e-8. */
  readonly xtol?: number | undefined;
  /** L-BFGS-B: the largest number of evaluations, 15 000. */
  readonly maxfun?: number | undefined;
  /** L-BFGS-B: steps of a line search, at most 20. */
  readonly maxls?: number | undefined;
  /** Nelder-Mead and Powell: the largest number of evaluations, 200 and 1000 times the number of unknowns. */
  readonly maxfev?: number | undefined;
  /** Nelder-Mead: the size of the simplex at the end, 1e-4. */
  readonly xatol?: number | undefined;
  /** Nelder-Mead: the spread of its values at the end, 1e-4. */
  readonly fatol?: number | undefined;
  /** Nelder-Mead: parameters that follow the number of unknowns; false by default. */
  readonly adaptive?: boolean | undefined;
  /** Nelder-Mead: the corners of the first simplex, [n + 1, n]. */
  readonly initialSimplex?: ArrayLike | undefined;
  /** Trust regions: the first radius, 1. */
  readonly initialTrustRadius?: number | undefined;
  /** Trust regions: the largest radius, 1000. */
  readonly maxTrustRadius?: number | undefined;
  /** Trust regions: steps are taken where the value falls by more than this part of what was predicted, 0.15. */
  readonly eta?: number | undefined;
  /** trust-constr: the first radius, 1. */
  readonly initialTrRadius?: number | undefined;
  /** trust-constr: the first weight of violations, 1. */
  readonly initialConstrPenalty?: number | undefined;
  /** trust-constr: the first weight of the barrier, 0.1. */
  readonly initialBarrierParameter?: number | undefined;
  /** trust-constr: how exactly the first barrier problem is solved, 0.1. */
  readonly initialBarrierTolerance?: number | undefined;
  /** trust-constr: the barrier's weight at the end, 1e-8. */
  readonly barrierTol?: number | undefined;
}

/** A method, with its options. */
export interface Method {
  readonly name: MinimizeMethod;
  readonly options: readonly (keyof MethodOptions)[];
  readonly takesBounds?: boolean;
  readonly takesConstraints?: boolean;
  /** The statuses of a run that converged; 0 alone by default. */
  readonly successes?: readonly number[];
  readonly run: (problem: Problem, given: MethodOptions, tol: number | undefined) => Outcome;
}

const descentOptions = (
  n: number,
  given: MethodOptions,
  tol: number | undefined,
  limited: boolean,
): DescentOptions => ({
  maxiter: given.maxiter ?? 200 * n,
  gtol: given.gtol ?? tol ?? 1e-5,
  ftol: limited ? (given.ftol ?? 2.220446049250313e-9) : null,
  lineSearchMaxiter: given.lineSearchMaxiter ?? (limited ? 20 : 10),
});

const quasiNewton =
  (limited: boolean): Method["run"] =>
  (problem, given, tol) => {
    const { x0, both } = problem;
    const options = descentOptions(x0.size, given, tol, limited);
    if (limited) {
      const { state } = descendScaled(both, x0, lbfgs(given.maxcor ?? 10), options);
      return { ...descentOutcome(state), inverse: null };
    }
    const { state, inverseExponent } = descendScaled(both, x0, bfgs, options);
    return { ...descentOutcome(state), inverse: scaleByPower(state.memory, inverseExponent) };
  };

type Descended = ReturnType<typeof descendScaled>["state"];

const descentOutcome = ({ x, status, iterations, evaluations }: Descended): Omit<Outcome, "inverse"> => ({
  x,
  status,
  iterations,
  evaluations,
  gradients: evaluations,
  hessians: int(0),
  multipliers: null,
});

const trust = (name: MinimizeMethod, subproblem: Subproblem): Method => ({
  name,
  options: ["maxiter", "gtol", "initialTrustRadius", "maxTrustRadius", "eta"],
  run: (problem, given, tol) => {
    const initialRadius = given.initialTrustRadius ?? 1;
    const maxRadius = given.maxTrustRadius ?? 1000;
    const eta = given.eta ?? 0.15;
    if (!(initialRadius > 0) || !(initialRadius < maxRadius) || !(eta >= 0 && eta < 0.25))
      throw new ArgumentError(
        `minimize: expected 0 < initialTrustRadius < maxTrustRadius and 0 ≤ eta < 0.25; got ${initialRadius}, ${maxRadius} and ${eta}.`,
      );
    const maxiter = given.maxiter ?? 200 * problem.x0.size;
    return trustRegion(problem, subproblem, {
      gtol: given.gtol ?? tol ?? 1e-4,
      maxiter,
      initialRadius,
      maxRadius,
      eta,
    });
  },
});

/** Limits of iterations and evaluations: where one of them is given the other is none. */
const limits = (given: MethodOptions, most: number): { maxiter: number; maxfev: number } => {
  const none = given.maxiter === undefined && given.maxfev === undefined;
  const endless = 2 ** 31 - 1;
  return {
    maxiter: Math.min(given.maxiter ?? (none ? most : endless), endless),
    maxfev: Math.min(given.maxfev ?? (none ? most : endless), endless),
  };
};

const methods: readonly Method[] = [
  {
    name: "Nelder-Mead",
    options: ["maxiter", "maxfev", "xatol", "fatol", "adaptive", "initialSimplex"],
    takesBounds: true,
    run: (problem, given, tol) => {
      const { x0 } = problem;
      const simplex = given.initialSimplex;
      return nelderMead(problem, {
        ...limits(given, 200 * x0.size),
        xatol: given.xatol ?? tol ?? 1e-4,
        fatol: given.fatol ?? tol ?? 1e-4,
        adaptive: given.adaptive ?? false,
        initialSimplex: simplex === undefined ? null : simplexOf(simplex, problem),
      });
    },
  },
  {
    name: "Powell",
    options: ["maxiter", "maxfev", "xtol", "ftol"],
    takesBounds: true,
    run: (problem, given, tol) =>
      powell(problem, {
        ...limits(given, 1000 * problem.x0.size),
        xtol: given.xtol ?? tol ?? 1e-4,
        ftol: given.ftol ?? tol ?? 1e-4,
      }),
  },
  {
    name: "CG",
    options: ["maxiter", "gtol"],
    run: (problem, given, tol) =>
      conjugateGradients(problem, {
        maxiter: given.maxiter ?? 200 * problem.x0.size,
        gtol: given.gtol ?? tol ?? 1e-5,
      }),
  },
  {
    name: "BFGS",
    options: ["maxiter", "gtol", "lineSearchMaxiter", "maxcor", "ftol"],
    run: quasiNewton(false),
  },
  {
    name: "L-BFGS",
    options: ["maxiter", "gtol", "lineSearchMaxiter", "maxcor", "ftol"],
    run: quasiNewton(true),
  },
  {
    name: "L-BFGS-B",
    options: ["maxiter", "gtol", "ftol", "maxcor", "maxfun", "maxls"],
    takesBounds: true,
    run: (problem, given, tol) =>
      lbfgsb(problem, {
        maxcor: given.maxcor ?? 10,
        ftol: given.ftol ?? tol ?? 2.220446049250313e-9,
        gtol: given.gtol ?? tol ?? 1e-5,
        maxiter: given.maxiter ?? 15_000,
        maxfun: given.maxfun ?? 15_000,
        maxls: given.maxls ?? 20,
      }),
  },
  {
    name: "Newton-CG",
    options: ["maxiter", "xtol"],
    run: (problem, given, tol) =>
      newtonCg(problem, {
        maxiter: given.maxiter ?? 200 * problem.x0.size,
        xtol: given.xtol ?? tol ?? 1e-5,
      }),
  },
  {
    name: "SLSQP",
    options: ["maxiter", "ftol"],
    takesBounds: true,
    takesConstraints: true,
    run: (problem, given, tol) =>
      slsqp(problem, { maxiter: given.maxiter ?? 100, ftol: given.ftol ?? tol ?? 1e-6 }),
  },
  {
    name: "trust-constr",
    options: [
      "maxiter",
      "gtol",
      "xtol",
      "barrierTol",
      "initialTrRadius",
      "initialConstrPenalty",
      "initialBarrierParameter",
      "initialBarrierTolerance",
    ],
    takesBounds: true,
    takesConstraints: true,
    successes: [1, 2],
    run: (problem, given, tol) =>
      trustConstr(problem, {
        maxiter: given.maxiter ?? 1000,
        gtol: given.gtol ?? tol ?? 1e-8,
        xtol: given.xtol ?? tol ?? 1e-8,
        barrierTol: given.barrierTol ?? tol ?? 1e-8,
        radius: given.initialTrRadius ?? 1,
        penalty: given.initialConstrPenalty ?? 1,
        barrier: given.initialBarrierParameter ?? 0.1,
        tolerance: given.initialBarrierTolerance ?? 0.1,
      }),
  },
  trust("dogleg", dogleg),
  trust("trust-ncg", steihaug),
  trust("trust-exact", exact),
  trust("trust-krylov", krylov),
];

/** Other names of methods, JAX's among them. */
const others: Readonly<Record<string, MinimizeMethod>> = {
  lbfgs: "L-BFGS",
  "l-bfgs-experimental-do-not-rely-on-this": "L-BFGS",
};

function simplexOf(simplex: ArrayLike, { x0 }: Problem): Outcome["x"] {
  const corners = asArray(simplex, "minimize: initialSimplex");
  if (corners.ndim !== 2 || corners.shape[0] !== x0.size + 1 || corners.shape[1] !== x0.size)
    throw new ArgumentError(
      `minimize: initialSimplex must have shape [${x0.size + 1},${x0.size}]; got [${corners.shape.join(",")}].`,
    );
  return cast(corners, x0.dtype);
}

const known = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(", ");

/** @throws ArgumentError for a name that no method has; the message lists those there are. */
export function methodOf(name: unknown): Method {
  if (typeof name !== "string")
    throw new ArgumentError(
      `minimize: the option method is required: one of ${known(methods.map((m) => m.name))}; got ${show(name)}.`,
    );
  const asked = (others[name.toLowerCase()] ?? name).toLowerCase();
  const found = methods.find((m) => m.name.toLowerCase() === asked);
  if (found === undefined)
    throw new ArgumentError(
      `minimize: method must be one of ${known(methods.map((m) => m.name))}; got ${show(name)}.`,
    );
  return found;
}

/** Options of which each is a number, or what its name says. */
export function checkMethodOptions(method: Method, given: MethodOptions | undefined): MethodOptions {
  checkOptions(`minimize: options of ${method.name}`, given, method.options);
  for (const [name, x] of Object.entries(given ?? {})) {
    if (x === undefined || name === "initialSimplex") continue;
    if (name === "adaptive") {
      if (typeof x !== "boolean")
        throw new ArgumentError(`minimize: adaptive must be true or false; got ${show(x)}.`);
    } else if (typeof x !== "number" || Number.isNaN(x))
      throw new ArgumentError(`minimize: ${name} must be a number; got ${show(x)}.`);
    else if (/^max(cor|ls)$/.test(name) && (!Number.isInteger(x) || x < 1))
      throw new ArgumentError(`minimize: ${name} must be a positive whole number; got ${show(x)}.`);
  }
  return given ?? {};
}

/** @throws ArgumentError where bounds or constraints are given to a method that has none. */
export function checkTakes(method: Method, bounds: boolean, constraints: boolean): void {
  const takers = (test: (m: Method) => boolean | undefined): string =>
    known(methods.filter(test).map((m) => m.name));
  if (bounds && method.takesBounds !== true)
    throw new ArgumentError(
      `minimize: ${method.name} does not take bounds; ${takers((m) => m.takesBounds)} do.`,
    );
  if (constraints && method.takesConstraints !== true)
    throw new ArgumentError(
      `minimize: ${method.name} does not take constraints; ${takers((m) => m.takesConstraints)} do.`,
    );
}

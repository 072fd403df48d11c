/** @file Constraints of named parameters: from a tree of bijectors to changes of variables of trees of arrays. */
import { callWith, flattenArrays } from "../../api/flatten.ts";
import { checkFunction, refuseMore, show } from "../../base/checks.ts";
import { ArgumentError } from "../../base/errors.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { isConcrete } from "../../core/eval.ts";
import type { ArrayTree, LikeTree } from "../../core/tree-types.ts";
import { type KeyPath, keystr, treeUnflatten } from "../../core/tree.ts";
import { isPlainObject } from "../../base/util.ts";
import { asArray } from "../../lax/operands/convert.ts";
import * as np from "../../numpy/index.ts";
import { type Bijector, isBijector } from "./bijector.ts";

/** Bijectors where the parameters stand that have constraints; objects and lists lead to those deeper in a tree. */
export type ConstraintSpec =
  Bijector | { readonly [name: string]: ConstraintSpec | undefined } | readonly ConstraintSpec[];

/** @throws ArgumentError for what is no tree of bijectors. */
export function checkSpec(what: string, spec: unknown, path = "constraints"): void {
  if (spec === undefined || isBijector(spec)) return;
  if (!Array.isArray(spec) && !isPlainObject(spec))
    throw new ArgumentError(
      `${what}: ${path} must be a bijector, or an object of bijectors by the names of parameters; got ${show(spec)}.`,
    );
  if (path.length > 300)
    throw new ArgumentError(`${what}: the constraints are too deep; do they hold themselves?`);
  for (const [key, inside] of Object.entries(spec)) checkSpec(what, inside, `${path}.${key}`);
}

/** The paths of all bijectors of a spec. */
function bijectorsOf(spec: unknown, path: string[] = []): [path: string[], bijector: Bijector][] {
  if (spec === undefined) return [];
  if (isBijector(spec)) return [[path, spec]];
  return Object.entries(spec as object).flatMap(([key, inside]) => bijectorsOf(inside, [...path, key]));
}

const namesOf = (path: KeyPath): string[] => path.map((k) => ("key" in k ? k.key : String(k.index)));

/** The bijector of each leaf, null for one that is free. @throws ArgumentError for constraints of parameters that there are not. */
function bijectorsAt(
  what: string,
  spec: ConstraintSpec | undefined,
  paths: readonly KeyPath[],
): (Bijector | null)[] {
  const own = bijectorsOf(spec).map(([path, bijector]) => ({ key: JSON.stringify(path), path, bijector }));
  const keys = paths.map((p) => JSON.stringify(namesOf(p)));
  const lost = own.find(({ key }) => !keys.includes(key));
  if (lost !== undefined) {
    const known = paths.map((p) => (p.length === 0 ? "the only one" : keystr(p))).join(", ");
    throw new ArgumentError(
      `${what}: there is a constraint of ${lost.path.length === 0 ? "a single array" : `'.${lost.path.join(".")}'`}, ` +
        `but no such parameter; the parameters are ${known}.`,
    );
  }
  return keys.map((key) => own.find((o) => o.key === key)?.bijector ?? null);
}

/** Parameters of certain names and shapes, in unconstrained numbers. */
export interface Space {
  /** The start, unconstrained. */
  readonly start: unknown;
  /** From a tree of unconstrained arrays to the parameters, and the log determinant (null where nothing is constrained). */
  readonly constrain: (u: unknown) => [parameters: unknown, logDet: NDArray | null];
}

/** A parameter made unconstrained. @throws ArgumentError where it is outside its constraint. */
function freed(what: string, bijector: Bijector | null, x: NDArray, path: KeyPath): NDArray {
  if (bijector === null) return x;
  const { name, inverse } = bijector;
  const u = asArray(inverse(x), what);
  if (isConcrete(u) && isConcrete(x) && !np.all(np.isfinite(u)).item())
    throw new ArgumentError(
      `${what}: the parameter ${path.length === 0 ? "" : `${keystr(path)} `}must satisfy its constraint '${name}', not at a bound of it; ` +
        `got ${String(x)}.`,
    );
  return u;
}

/** The space of a start, under the constraints given. */
export function spaceOf(what: string, spec: ConstraintSpec | undefined, start: unknown): Space {
  checkSpec(what, spec);
  const [leaves, def, paths] = flattenArrays(start, what);
  const bijectors = bijectorsAt(what, spec, paths);
  const isFree = bijectorsOf(spec).length === 0;
  const constrain = (u: unknown): [unknown, NDArray | null] => {
    if (isFree) return [u, null];
    const [us] = flattenArrays(u, what);
    const parameters = treeUnflatten(
      def,
      us.map((x, i) => bijectors[i]?.forward(x) ?? x),
    );
    return [parameters, logDetOf(bijectors, us)];
  };
  const us = leaves.map((x, i) => freed(what, bijectors[i], x, paths[i]));
  return { start: treeUnflatten(def, us), constrain };
}

/** The sum of the log determinants. */
function logDetOf(bijectors: readonly (Bijector | null)[], us: readonly NDArray[]): NDArray {
  const terms = us.flatMap((u, i) => {
    const bijector = bijectors[i];
    return bijector === null ? [] : [np.sum(bijector.forwardLogDet(u))];
  });
  return terms.length === 0 ? np.array(0) : terms.reduce((a, b) => np.add(a, b));
}

/** Named parameters under constraints: made by `constrained`. */
export class Constrained {
  readonly #spec: ConstraintSpec;

  constructor(spec: ConstraintSpec, ...more: []) {
    refuseMore("Constrained", 1, more);
    checkSpec("constrained", spec);
    this.#spec = spec;
  }

  #mapped(what: string, tree: unknown, part: "forward" | "inverse"): unknown {
    const [leaves, def, paths] = flattenArrays(tree, what);
    const bijectors = bijectorsAt(what, this.#spec, paths);
    return treeUnflatten(
      def,
      leaves.map((x, i) => bijectors[i]?.[part](x) ?? x),
    );
  }

  /** From unconstrained numbers to parameters. */
  constrain<const P>(unconstrained: P, ...more: []): ArrayTree<P> {
    refuseMore("constrain", 1, more);
    return this.#mapped("constrain", unconstrained, "forward") as ArrayTree<P>;
  }

  /** From parameters to unconstrained numbers. */
  unconstrain<const P>(parameters: P, ...more: []): ArrayTree<P> {
    refuseMore("unconstrain", 1, more);
    return this.#mapped("unconstrain", parameters, "inverse") as ArrayTree<P>;
  }

  /** The logarithm of the determinant of the Jacobian of `constrain`, 0-d. */
  forwardLogDet(unconstrained: unknown, ...more: []): NDArray {
    refuseMore("forwardLogDet", 1, more);
    const [us, , paths] = flattenArrays(unconstrained, "forwardLogDet");
    return logDetOf(bijectorsAt("forwardLogDet", this.#spec, paths), us);
  }

  /** A log density of parameters as one of unconstrained numbers, with the log determinant. */
  logDensity<P>(
    logDensity: (parameters: P) => ArrayLike,
    ...more: []
  ): (unconstrained: LikeTree<P>) => NDArray {
    refuseMore("logDensity", 1, more);
    checkFunction("logDensity", "the argument", logDensity);
    return (unconstrained) => {
      const own = callWith(logDensity, [this.constrain(unconstrained)]);
      return np.add(asArray(own as ArrayLike, "logDensity"), this.forwardLogDet(unconstrained));
    };
  }
}

/**
 * Constraints of named parameters, from a tree of bijectors: what turns a log density over constrained parameters into one
 * over unconstrained numbers. Parameters that are not named are free. Samplers and `fitVariational` take the same tree as
 * their option `constraints`; this is for those who write their own.
 * @throws ArgumentError for what is no tree of bijectors; when used, for constraints of parameters that there are not
 * @example
 * const space = infer.constrained({ tau: infer.positive() });
 * const logDensity = space.logDensity((p: { tau: Array }) => p.tau.neg()); // exponential
 * logDensity({ tau: 0 }).item(); // -1
 * space.constrain({ tau: 0, mu: 3 }).tau.item(); // 1
 */
export function constrained(spec: ConstraintSpec, ...more: []): Constrained {
  refuseMore("constrained", 1, more);
  if (spec === undefined) checkSpec("constrained", null);
  return new Constrained(spec);
}

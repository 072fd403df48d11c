/** @file Chains of transformations, by position or by name, and transformations of all parameters as one vector. */
import { refuseMore, show } from "../../base/checks.ts";
import type { NDArray } from "../../core/array.ts";
import { ArgumentError, TreeError } from "../../base/errors.ts";
import * as np from "../../numpy/index.ts";
import { ravelPytree } from "../../tree/index.ts";
import { type GradientTransformation, type StateFor, checkTransformation, transformation } from "./base.ts";

/**
 * Applies transformations one after another; the state is the list of theirs.
 * @see optax.chain
 * @example
 * const tx = optim.chain(optim.clip(1), optim.scale(-0.1));
 * const g = np.array([0.5, -3]);
 * tx.update(g, tx.init(g))[0].js(); // [-0.05, 0.1]
 */
export function chain<S extends readonly unknown[]>(
  ...transforms: { readonly [K in keyof S]: GradientTransformation<S[K]> }
): GradientTransformation<S> {
  const parts = transforms as unknown as readonly GradientTransformation<unknown>[];
  parts.forEach((t, k) => checkTransformation("chain", `argument ${k}`, t));
  const made = transformation<readonly unknown[]>(
    (params) => parts.map((t) => t.init(params)),
    (updates, state, params, extra) => {
      if (!Array.isArray(state) || state.length !== parts.length) {
        throw new TreeError(
          `chain: expected the states of ${parts.length} transformations, as init(params) makes them; got ` +
            (Array.isArray(state) ? `${state.length}.` : `${typeof state}.`),
        );
      }
      let current = updates;
      const next = parts.map((t, i) => {
        const [changed, s] = t.update(current, state[i], params, extra);
        current = changed;
        return s;
      });
      return [current, next];
    },
  );
  return made as GradientTransformation<unknown> as GradientTransformation<S>;
}

type NamedTransform = readonly [name: string, transform: GradientTransformation<unknown>];

/** The states by the names of the transformations. */
export type NamedStates<T extends readonly NamedTransform[]> = {
  readonly [P in T[number] as P[0]]: P[1] extends GradientTransformation<infer S> ? S : never;
};

/**
 * As `chain`, of pairs of a name and a transformation; the state is an object by these names.
 * @see optax.named_chain
 * @example
 * const tx = optim.namedChain(["momentum", optim.trace(0.9)], ["rate", optim.scale(-0.1)]);
 * tx.init(np.array([1, 2])).momentum.trace; // [0, 0]
 */
export function namedChain<const T extends readonly NamedTransform[]>(
  ...transforms: T
): GradientTransformation<NamedStates<T>> {
  transforms.forEach((pair: unknown, k) => {
    if (!Array.isArray(pair) || pair.length !== 2 || typeof pair[0] !== "string")
      throw new ArgumentError(
        `namedChain: argument ${k} must be a pair of a name and a transformation; got ${show(pair)}.`,
      );
    checkTransformation("namedChain", `that of ${show(pair[0])}`, pair[1]);
  });
  const names = transforms.map(([name]) => name);
  if (new Set(names).size !== names.length)
    throw new ArgumentError(`namedChain: names must differ; got ${names.join(", ")}.`);
  type States = Readonly<Record<string, unknown>>;
  const made = transformation<States>(
    (params) => Object.fromEntries(transforms.map(([name, t]) => [name, t.init(params)])),
    (updates, state, params, extra) => {
      let current = updates;
      const next = transforms.map(([name, t]): [string, unknown] => {
        const [changed, s] = t.update(current, state[name], params, extra);
        current = changed;
        return [name, s];
      });
      return [current, Object.fromEntries(next)];
    },
  );
  return made as GradientTransformation<unknown> as GradientTransformation<NamedStates<T>>;
}

/**
 * Transforms all arrays joined into one vector, which is faster where there are many small ones. The inner
 * transformation sees one array, in the dtype that the arrays promote to: norms and the like are those of all. The
 * updates have the shapes and dtypes that they came with.
 * @see optax.flatten
 * @example
 * const g = { w: np.array([3]), b: np.array([-4]) };
 * const tx = optim.flatten(optim.clipByBlockRms(1));
 * tx.update(g, tx.init(g))[0]; // { b: [-1.1313…], w: [0.8485…] } — over √12.5
 */
export function flatten<S>(
  inner: GradientTransformation<S>,
  ...more: []
): GradientTransformation<StateFor<S, NDArray>> {
  refuseMore("flatten", 1, more);
  checkTransformation("flatten", "the inner one", inner);
  const vector = (tree: unknown): NDArray => ravelPytree(tree)[0];
  const ofVector: GradientTransformation<unknown> = inner;
  const made = transformation<unknown>(
    (params) => ofVector.init(vector(params)),
    (updates, state, params, extra) => {
      const [flat, back] = ravelPytree(updates);
      const given = params === null ? null : vector(params);
      const [changed, next] = ofVector.update(flat, state, given, extra);
      return [back(np.asarray(changed)), next];
    },
  );
  return made as GradientTransformation<StateFor<S, NDArray>>;
}

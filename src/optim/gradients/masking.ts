/**
 * @file Transformations of a part of the parameters. What a mask leaves out is `null` in the trees that the inner
 * transformation sees, so that it has no state for it.
 * Source: optax/transforms/_masking.py, _combining.py, _freezing.py.
 */
import { show, refuseMore } from "../../base/checks.ts";
import { treeLeaves, treeMap, treeStructure } from "../../core/tree.ts";
import { ArgumentError, checkOptions } from "../../base/errors.ts";
import {
  type EmptyState,
  type ExtraArgs,
  type GradientTransformation,
  type PartOfParams,
  type StateFor,
  checkTransformation,
  setToZero,
  transformation,
} from "./base.ts";
import { isPlainObject } from "../../base/util.ts";
import { ParamsPlaceholder } from "../parameters/placeholder.ts";

/** A tree of booleans of the structure of the parameters, or of a prefix of it. */
export type MaskTree = boolean | null | readonly MaskTree[] | { readonly [name: string]: MaskTree };
/** A mask, or a function of the parameters that gives it. */
export type MaskOrFn = MaskTree | ((params: never) => unknown);

/** Options of `masked`, `multiTransform` and `partition`. */
export interface MaskOptions {
  /** Also mask extra arguments that have the structure of the updates. */
  readonly maskCompatibleExtraArgs?: boolean | undefined;
}

/** What the transformation of the part left in has as its state. */
export type MaskedState<S = unknown> = { readonly innerState: S };

const settled = (mask: unknown, tree: unknown): unknown =>
  typeof mask === "function" ? (mask as (tree: unknown) => unknown)(tree) : mask;

const kept = (tree: unknown, mask: unknown): unknown =>
  treeMap((m: unknown, part: unknown) => (isTrue(m) ? part : null), mask, [tree]);

function isTrue(m: unknown): boolean {
  if (typeof m === "boolean") return m;
  throw new ArgumentError(`masked: a mask is a tree of booleans; it holds ${show(m)}.`);
}

function maskExtra(extra: ExtraArgs, updates: unknown, mask: unknown): ExtraArgs {
  const structure = treeStructure(updates);
  const entries = Object.entries(extra).map(([name, x]): [string, unknown] =>
    typeof x !== "function" && treeStructure(x).equals(structure) ? [name, kept(x, mask)] : [name, x],
  );
  return Object.fromEntries(entries);
}

/**
 * Transforms the part of the updates where the mask is true; the rest stays as it is.
 * @see optax.masked
 * @example
 * const decayed = optim.masked(optim.addDecayedWeights(0.1), { w: true, b: false });
 * const p = { w: np.array([1, 2]), b: np.array(3) };
 * decayed.update(p, decayed.init(p), p)[0].w.js(); // [1.1, 2.2]
 */
export function masked<S>(
  inner: GradientTransformation<S>,
  mask: MaskOrFn,
  options: MaskOptions = {},
  ...more: []
): GradientTransformation<MaskedState<StateFor<S, PartOfParams>>> {
  refuseMore("masked", 3, more);
  checkTransformation("masked", "the inner one", inner);
  checkOptions("masked", options, ["maskCompatibleExtraArgs"]);
  return ofPart(inner, mask, options) as GradientTransformation<MaskedState<StateFor<S, PartOfParams>>>;
}

function ofPart(
  inner: GradientTransformation<unknown>,
  mask: MaskOrFn,
  options: MaskOptions,
): GradientTransformation<MaskedState> {
  return transformation<MaskedState>(
    (params) => {
      if (params instanceof ParamsPlaceholder) return { innerState: inner.init(params) };
      return { innerState: inner.init(kept(params, settled(mask, params))) };
    },
    (updates, state, params, extra) => {
      const tree = settled(mask, updates);
      const [changed, innerState] = inner.update(
        kept(updates, tree),
        state.innerState,
        params === null ? null : kept(params, tree),
        options.maskCompatibleExtraArgs === true ? maskExtra(extra, updates, tree) : extra,
      );
      const choose = (m: unknown, fresh: unknown, old: unknown): unknown => (isTrue(m) ? fresh : old);
      return [treeMap(choose, tree, [changed, updates]), { innerState }];
    },
  );
}

/** The states of the transformations by label. */
export type PartitionState<S = { readonly [label: string]: unknown }> = {
  readonly innerStates: { readonly [L in keyof S]: MaskedState<S[L]> };
};
type PartsOf<S> = { readonly [L in keyof S]: StateFor<S[L], PartOfParams> };

/**
 * Transforms each part of the parameters by the transformation whose label it has.
 * @param paramLabels a tree of labels (or a prefix of one), or a function of the parameters that gives it
 * @see optax.partition
 * @example
 * const tx = optim.partition({ fast: optim.sgd(1), none: optim.setToZero() }, { w: "fast", b: "none" });
 * const g = { w: np.array([1, 2]), b: np.array(3) };
 * tx.update(g, tx.init(g))[0].w.js(); // [-1, -2]
 */
export function partition<S>(
  transforms: { readonly [L in keyof S]: GradientTransformation<S[L]> },
  paramLabels: unknown,
  options: MaskOptions = {},
  ...more: []
): GradientTransformation<PartitionState<PartsOf<S>>> {
  refuseMore("partition", 3, more);
  if (!isPlainObject(transforms))
    throw new ArgumentError(
      `partition: expected an object of transformations by label; got ${show(transforms)}.`,
    );
  for (const [label, t] of Object.entries(transforms))
    checkTransformation("partition", `that of ${show(label)}`, t);
  checkOptions("partition", options, ["maskCompatibleExtraArgs"]);
  const made = byLabel(transforms, paramLabels, options);
  return made as GradientTransformation<unknown> as GradientTransformation<PartitionState<PartsOf<S>>>;
}

function byLabel(
  transforms: Readonly<Record<string, GradientTransformation<unknown>>>,
  paramLabels: unknown,
  options: MaskOptions,
): GradientTransformation<PartitionState> {
  const groups = Object.keys(transforms);
  const labelsOf = (tree: unknown): unknown => {
    const labels = settled(paramLabels, tree);
    const unknown = treeLeaves(labels).find((label) => !groups.includes(String(label)));
    if (unknown === undefined) return labels;
    throw new ArgumentError(
      `partition: the label ${show(unknown)} has no transformation; there are: ${groups.join(", ")}.`,
    );
  };
  const part = (group: string, labels: unknown): GradientTransformation<MaskedState> => {
    const mask = treeMap((label: unknown) => String(label) === group, labels, []) as MaskTree;
    return ofPart(transforms[group], mask, options);
  };
  return transformation<PartitionState>(
    (params) => {
      const labels = params instanceof ParamsPlaceholder ? params : labelsOf(params);
      return {
        innerStates: Object.fromEntries(groups.map((group) => [group, part(group, labels).init(params)])),
      };
    },
    (updates, state, params, extra) => {
      const labels = labelsOf(updates);
      let current = updates;
      const before: Readonly<Record<string, MaskedState>> = state.innerStates;
      const innerStates: Record<string, MaskedState> = {};
      for (const group of groups) {
        const [changed, next] = part(group, labels).update(current, before[group], params, extra);
        current = changed;
        innerStates[group] = next;
      }
      return [current, { innerStates }];
    },
  );
}

/**
 * Alias of `partition`.
 * @see optax.multi_transform
 */
export const multiTransform = partition;

/**
 * Makes the updates zero where the mask is true; elsewhere they stay as they are.
 * @param mask a tree of booleans of the structure of the parameters (or of a prefix), or a function that gives it
 * @throws ArgumentError for a mask of anything but booleans
 * @see optax.transforms.freeze
 * @example
 * const g = { w: np.array([1, 2]), b: np.array(3) };
 * const tx = optim.freeze({ w: true, b: false });
 * tx.update(g, tx.init(g))[0]; // { b: 3, w: [0, 0] }
 */
export const freeze = (mask: MaskOrFn, ...more: []): GradientTransformation<MaskedState<EmptyState>> => {
  refuseMore("freeze", 1, more);
  return masked(setToZero(), mask);
};

/** Options of `selectiveTransform`. */
export interface SelectiveOptions {
  /** True where parameters stay as they are. */
  readonly freezeMask: unknown;
}

/**
 * Transforms by the optimiser where the mask is false; elsewhere updates are zero, and the optimiser keeps no state
 * for them.
 * @throws ArgumentError for a mask of anything but booleans
 * @see optax.selective_transform
 * @example
 * const g = { w: np.array([1, 2]), b: np.array(3) };
 * const tx = optim.selectiveTransform(optim.sgd(0.1), { freezeMask: { w: true, b: false } });
 * tx.update(g, tx.init(g))[0]; // { b: -0.3, w: [0, 0] }
 */
export function selectiveTransform<S>(
  optimizer: GradientTransformation<S>,
  options: SelectiveOptions,
  ...more: []
): GradientTransformation<PartitionState<PartsOf<{ train: S; freeze: EmptyState }>>> {
  refuseMore("selectiveTransform", 2, more);
  checkTransformation("selectiveTransform", "the optimiser", optimizer);
  checkOptions("selectiveTransform", options, ["freezeMask"]);
  const freezeMask: unknown = options?.freezeMask;
  if (freezeMask === undefined)
    throw new ArgumentError("selectiveTransform: the option 'freezeMask' is missing.");
  const labels = treeMap((m: unknown) => (isTrue(m) ? "freeze" : "train"), freezeMask, []);
  return partition({ train: optimizer, freeze: setToZero() }, labels);
}

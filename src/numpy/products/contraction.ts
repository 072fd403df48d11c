/**
 * @file Sums of products of labelled axes: the engine of einsum, matmul and their relatives.
 *
 * A labelled array is an array with a name for each axis. Two of them are contracted by one dotGeneral: labels in both
 * that are still wanted are batch axes, labels in both that are not are summed. No outer product is ever formed on the
 * way to a sum. The order of several contractions is chosen by the number of multiplications.
 */
import type { NDArray } from "../../core/array.ts";
import type { DType } from "../../dtypes/dtype.ts";
import { ShapeError } from "../../base/errors.ts";
import * as lax from "../../lax/plain.ts";
import { range } from "../../base/util.ts";

export interface Labelled {
  readonly x: NDArray;
  readonly labels: readonly string[];
}

/** Sizes of all labels. */
export type LabelSizes = ReadonlyMap<string, number>;

/**
 * The sizes of labels. Where a label broadcasts, size 1 goes with any other; else `misfit` says what does not fit.
 * @throws ShapeError for other sizes of one label
 */
export function labelSizes(
  operands: readonly Labelled[],
  broadcasts: (label: string) => boolean,
  misfit: (label: string, known: number, size: number) => string,
): LabelSizes {
  const sizes = new Map<string, number>();
  for (const { x, labels } of operands) {
    labels.forEach((label, i) => {
      const [known, size] = [sizes.get(label), x.shape[i]];
      const wide = broadcasts(label);
      if (known === undefined || (wide && known === 1)) sizes.set(label, size);
      else if (size !== known && !(wide && size === 1)) throw new ShapeError(misfit(label, known, size));
    });
  }
  return sizes;
}

/** The diagonal of axes that share a label: every label once. */
export function takeDiagonals({ x, labels }: Labelled): Labelled {
  const twice = labels.findIndex((l, i) => labels.indexOf(l) < i);
  if (twice === -1) return { x, labels };
  const first = labels.indexOf(labels[twice]);
  const rest = range(x.ndim).filter((i) => i !== first && i !== twice);
  const n = x.shape[first];
  const others = rest.map((i) => x.shape[i]);
  // The diagonal of an n × n matrix is every (n + 1)-th of its elements.
  const flat = lax.reshape(lax.transpose(x, [...rest, first, twice]), [...others, n * n]);
  const diagonal =
    n === 0 ? lax.reshape(flat, [...others, 0]) : lax.sliceInDim(flat, 0, n * n, n + 1, rest.length);
  return takeDiagonals({ x: diagonal, labels: [...rest.map((i) => labels[i]), labels[first]] });
}

/** Without the axes of size 1 that stand for any size. */
export function dropBroadcast({ x, labels }: Labelled, sizes: LabelSizes): Labelled {
  const gone = range(x.ndim).filter((i) => x.shape[i] === 1 && sizes.get(labels[i]) !== 1);
  if (gone.length === 0) return { x, labels };
  return { x: lax.squeeze(x, gone), labels: labels.filter((_, i) => !gone.includes(i)) };
}

/** Sums over the labels that are not wanted. */
export function sumOut({ x, labels }: Labelled, wanted: ReadonlySet<string>): Labelled {
  const axes = range(x.ndim).filter((i) => !wanted.has(labels[i]));
  if (axes.length === 0) return { x, labels };
  const summed = x.dtype === "bool" ? lax.reduceOr(x, axes) : lax.reduceSum(x, axes);
  return { x: summed, labels: labels.filter((l) => wanted.has(l)) };
}

/** The axes in the order of `labels`. */
export function arrange({ x, labels }: Labelled, order: readonly string[]): NDArray {
  const permutation = order.map((l) => labels.indexOf(l));
  return permutation.every((p, i) => p === i) ? x : lax.transpose(x, permutation);
}

/** The product of two arrays, summed over the labels that are not wanted. */
export function contractPair(
  a: Labelled,
  b: Labelled,
  wanted: ReadonlySet<string>,
  dtype: DType | null,
): Labelled {
  const left = sumOut(a, new Set([...wanted, ...b.labels]));
  const right = sumOut(b, new Set([...wanted, ...a.labels]));
  const shared = left.labels.filter((l) => right.labels.includes(l));
  const batch = shared.filter((l) => wanted.has(l));
  const summed = shared.filter((l) => !wanted.has(l));
  const multiply = left.x.dtype === "bool" ? lax.bitwiseAnd : lax.mul;
  const free = dtype === null;
  if (free && (left.x.ndim === 0 || right.x.ndim === 0)) {
    return { x: multiply(left.x, right.x), labels: left.x.ndim === 0 ? right.labels : left.labels };
  }
  if (free && batch.length === left.labels.length && batch.length === right.labels.length) {
    return { x: multiply(left.x, arrange(right, left.labels)), labels: left.labels };
  }
  const axes = (l: Labelled, names: readonly string[]): number[] => names.map((n) => l.labels.indexOf(n));
  const x = lax.dotGeneral(
    left.x,
    right.x,
    [
      [axes(left, summed), axes(right, summed)],
      [axes(left, batch), axes(right, batch)],
    ],
    { preferredElementType: dtype ?? undefined },
  );
  const rest = (l: Labelled): string[] => l.labels.filter((n) => !shared.includes(n));
  return { x, labels: [...batch, ...rest(left), ...rest(right)] };
}

/** Pairs to contract, as positions in the list of operands; the result of each goes to the end of the list. */
export type Path = readonly (readonly number[])[];

type Labels = ReadonlySet<string>;

const cost = (labels: Iterable<string>, sizes: LabelSizes): number => {
  let n = 1;
  for (const l of labels) n *= sizes.get(l)!;
  return n;
};

/** Labels of some operands that the result or another operand still needs. */
function keptLabels(taken: readonly Labels[], others: readonly Labels[], out: Labels): Labels {
  const needed = new Set([out, ...others].flatMap((labels) => [...labels]));
  return new Set(taken.flatMap((labels) => [...labels]).filter((l) => needed.has(l)));
}

/** A contraction order that needs the fewest multiplications among all, by dynamic programming over subsets. */
function optimalOrder(terms: readonly Labels[], out: Labels, sizes: LabelSizes): Tree {
  const full = 2 ** terms.length - 1;
  const best = new Map<number, { cost: number; labels: Labels; tree: Tree }>();
  terms.forEach((labels, i) => best.set(1 << i, { cost: 0, labels, tree: i }));
  for (let subset = 1; subset <= full; subset++) {
    if (best.has(subset)) continue;
    const outside = terms.filter((_, i) => (subset & (1 << i)) === 0);
    for (let part = (subset - 1) & subset; part > 0; part = (part - 1) & subset) {
      if (part < (subset ^ part)) continue;
      const [a, b] = [best.get(subset ^ part)!, best.get(part)!];
      const total = a.cost + b.cost + cost(new Set([...a.labels, ...b.labels]), sizes);
      const known = best.get(subset);
      if (known !== undefined && total >= known.cost) continue;
      const labels = keptLabels([a.labels, b.labels], outside, out);
      best.set(subset, { cost: total, labels, tree: [a.tree, b.tree] });
    }
  }
  return best.get(full)!.tree;
}

/** An order that contracts, at each step, the pair whose product is smallest beside its factors. */
function greedyOrder(terms: readonly Labels[], out: Labels, sizes: LabelSizes): Tree {
  let live: { labels: Labels; tree: Tree }[] = terms.map((labels, i) => ({ labels, tree: i }));
  while (live.length > 1) {
    let chosen: { i: number; j: number; score: number; labels: Labels } | null = null;
    for (let i = 0; i < live.length; i++) {
      for (let j = i + 1; j < live.length; j++) {
        const others = live.filter((_, k) => k !== i && k !== j).map((t) => t.labels);
        const labels = keptLabels([live[i].labels, live[j].labels], others, out);
        const score = cost(labels, sizes) - cost(live[i].labels, sizes) - cost(live[j].labels, sizes);
        if (chosen === null || score < chosen.score) chosen = { i, j, score, labels };
      }
    }
    const { i, j, labels } = chosen!;
    const joined = { labels, tree: [live[i].tree, live[j].tree] as const };
    live = [...live.filter((_, k) => k !== i && k !== j), joined];
  }
  return live[0].tree;
}

/** A contraction order: an operand, or two parts. */
type Tree = number | readonly [Tree, Tree];

function pathOfTree(tree: Tree, n: number): Path {
  const live: Tree[] = range(n);
  const path: number[][] = [];
  const visit = (t: Tree): void => {
    if (typeof t === "number") return;
    visit(t[0]);
    visit(t[1]);
    const pair = [live.indexOf(t[0]), live.indexOf(t[1])].sort((p, q) => p - q);
    path.push(pair);
    live.splice(pair[1], 1);
    live.splice(pair[0], 1);
    live.push(t);
  };
  visit(tree);
  return path;
}

/** How many operands an exhaustive search for the order takes. */
const maxOptimal = 6;

/** The order in which to contract operands with the given labels. */
export function contractionPath(
  terms: readonly (readonly string[])[],
  out: readonly string[],
  sizes: LabelSizes,
  method: "optimal" | "greedy" | "auto",
): Path {
  if (terms.length < 2) return terms.length === 0 ? [] : [[0]];
  const sets = terms.map((t) => new Set(t));
  const search =
    method === "greedy" || (method === "auto" && terms.length > maxOptimal) ? greedyOrder : optimalOrder;
  return pathOfTree(search(sets, new Set(out), sizes), terms.length);
}

/** Number of multiplications of contracting in the order given, for reports. */
export function pathCost(
  path: Path,
  terms: readonly (readonly string[])[],
  out: readonly string[],
  sizes: LabelSizes,
): number {
  let live: Labels[] = terms.map((t) => new Set(t));
  let total = 0;
  for (const step of path) {
    const taken = step.map((i) => live[i]);
    live = live.filter((_, i) => !step.includes(i));
    total += cost(new Set(taken.flatMap((labels) => [...labels])), sizes);
    live.push(keptLabels(taken, live, new Set(out)));
  }
  return total;
}

/**
 * The sum over all labels but those of `out` of the product of the operands, its axes in the order of `out`. The labels of an
 * operand differ: see takeDiagonals.
 */
export function contract(
  operands: readonly Labelled[],
  out: readonly string[],
  sizes: LabelSizes,
  path: Path,
  dtype: DType | null,
): NDArray {
  let live = operands.map((o) => dropBroadcast(o, sizes));
  for (const step of path) {
    const taken = step.map((i) => live[i]);
    live = live.filter((_, i) => !step.includes(i));
    const wanted = new Set([...out, ...live.flatMap((o) => o.labels)]);
    // A step of several operands is contracted from left to right.
    const result = taken.reduce((a, b, i) => {
      const later = taken.slice(i + 1).flatMap((o) => o.labels);
      return contractPair(a, b, new Set([...wanted, ...later]), dtype);
    });
    live.push(result);
  }
  const last = sumOut(live[0], new Set(out));
  const x = dtype === null ? last.x : lax.convertElementType(last.x, dtype);
  const present = out.filter((l) => last.labels.includes(l));
  const arranged = arrange({ x, labels: last.labels }, present);
  if (present.length === out.length) return arranged;
  // Labels whose axes all had size 1 where they met another size cannot be missing; those of size 1 itself can.
  const shape = out.map((l) => sizes.get(l)!);
  const axes = present.map((l) => out.indexOf(l));
  return lax.broadcastInDim(arranged, shape, axes);
}

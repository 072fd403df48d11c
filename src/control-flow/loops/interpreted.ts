/** @file Loops that run as they are, for `disableJit`: bodies see the values. */
import type { NDArray } from "../../core/array.ts";
import { type TreeDef, treeUnflatten } from "../../core/tree.ts";
import { TracerConversionError } from "../../base/errors.ts";
import { flattenArrays } from "../../api/flatten.ts";
import { range } from "../../base/util.ts";
import { indexInDim } from "../../lax/shapes/slicing.ts";
import { stack } from "../../lax/shapes/joining.ts";

interface Scanned {
  readonly carry: unknown;
  readonly xs: readonly NDArray[];
  readonly xDef: TreeDef;
  readonly length: number;
  readonly reverse: boolean;
}

const arraysIn = (tree: unknown, where: string): unknown => {
  const [leaves, def] = flattenArrays(tree, where);
  return treeUnflatten(def, leaves);
};

/** `[carry, ys]` of a scan of at least one step. */
export function interpretScan(
  step: (carry: unknown, x: unknown) => unknown,
  { carry: init, xs, xDef, length, reverse }: Scanned,
): [carry: unknown, ys: unknown] {
  let carry = init;
  const ys: NDArray[][] = [];
  let yDef: TreeDef | null = null;
  for (const k of range(length)) {
    const i = reverse ? length - 1 - k : k;
    const x = treeUnflatten(
      xDef,
      xs.map((a) => indexInDim(a, i, 0, false)),
    );
    const [next, y] = step(carry, x) as readonly [unknown, unknown];
    carry = arraysIn(next, "scan: the carry");
    const [leaves, def] = flattenArrays(y, "scan: the result");
    [ys[i], yDef] = [leaves, def];
  }
  const stacked = ys[0].map((_, leaf) => stack(ys.map((y) => y[leaf])));
  return [carry, treeUnflatten(yDef!, stacked)];
}

/** The final state of a while loop, or undefined where its condition is not known: then it has to be traced. */
export function interpretWhile(
  holds: (carry: unknown) => boolean,
  body: (carry: unknown) => unknown,
  init: unknown,
): { readonly carry: unknown } | undefined {
  let carry = init;
  try {
    while (holds(carry)) carry = arraysIn(body(carry), "whileLoop: the carry");
  } catch (error) {
    if (error instanceof TracerConversionError) return undefined;
    throw error;
  }
  return { carry };
}

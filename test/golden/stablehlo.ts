/**
 * @file The mode that exports a function to StableHLO and imports it again: what the imported one computes, and its derivatives,
 * are those that were recorded.
 */
import * as adjoint from "../../src/index.ts";
import { fromStablehlo, toStablehlo } from "../../src/stablehlo/index.ts";
import type { Array as NDArray } from "../../src/index.ts";
import { outputs } from "../primitives/row.ts";
import type { Wrap } from "./derivatives.ts";
import type { Vector } from "./vectors.ts";

/** A function exported for arguments that are trees of arrays. */
export interface Exported {
  readonly text: string;
  readonly leaves: readonly NDArray[];
  /** The function's result, from those of the program. */
  readonly rebuild: (outs: readonly NDArray[]) => unknown;
}

export function exportedFor(f: (...args: unknown[]) => unknown, xs: readonly unknown[]): Exported {
  let result: adjoint.tree.TreeDef | null = null;
  const noted = (...args: unknown[]): unknown => {
    const out = f(...args);
    result = adjoint.tree.structure(out);
    return out;
  };
  const text = toStablehlo(noted, [...xs]);
  return {
    text,
    leaves: adjoint.tree.leaves(xs) as NDArray[],
    rebuild: (outs) => adjoint.tree.unflatten(result!, outs),
  };
}

/** A function as its exported program, for arguments that are trees of arrays. */
export const exportedAndImported: Wrap =
  (f) =>
  (...xs) => {
    const { text, leaves, rebuild } = exportedFor(f, xs);
    return rebuild(outputs(fromStablehlo(text)(...leaves)));
  };

/** Functions whose derivatives are rules of their own, of which the text of a program knows nothing. */
const withRules =
  /^program\.(vmap_)?(custom_|straight_through)|^scipy\.sparse\.linalg\.cg|^numpy\.i0$|^nn\.hard_s(ilu|wish)$/;

/** Derivatives, not values, of functions with rules of their own may differ. */
export const hiddenRule = ({ fn }: Vector, part: string): string | null =>
  part !== "value" && withRules.test(fn)
    ? "a derivative rule that is not a primitive's is not part of a StableHLO program"
    : null;

/** @file `colouringOf`: how a sparse derivative is compressed: the colours of its columns or rows, as data and as a picture. */
import { ArgumentError, checkOptions } from "../base/errors.ts";
import { checkOneOf, refuseMore, show } from "../base/checks.ts";
import { SparsityPattern } from "../sparse/pattern.ts";
import { hessianPlan, jacobianPlan } from "../sparse/plan.ts";
import { colouringPicture } from "./drawing/colouring.ts";

/** What is computed together: columns of a Jacobian, rows of it, or columns of a symmetric Hessian. */
export type ColouringMode = "forward" | "reverse" | "symmetric";

/** Options of `colouringOf`. */
export interface ColouringOptions {
  /**
   * "forward": columns of which no two have an entry in one row; "reverse": the same of rows; "symmetric": columns of a Hessian, of
   * which each entry need be readable in one of its two places. By default forward or reverse, whichever has fewer colours.
   */
  readonly mode?: ColouringMode | undefined;
}

/** A pattern with its colours: how a sparse derivative is computed along few directions. */
export class PatternColouring {
  readonly pattern: SparsityPattern;
  readonly mode: ColouringMode;
  /** The colour of each column (each row in reverse mode), from 0 on; −1 where there are no entries. */
  readonly colours: Int32Array;
  /** How many colours there are: as many directions give all entries. */
  readonly count: number;
  /** For each entry the direction in whose result it is read, and the place in that result. */
  readonly reads: readonly { readonly direction: number; readonly place: number }[];

  constructor(pattern: SparsityPattern, mode: ColouringMode | null) {
    this.pattern = pattern;
    const plan = mode === "symmetric" ? hessianPlan(pattern) : jacobianPlan(pattern, mode);
    this.mode = mode === "symmetric" ? "symmetric" : plan.mode;
    this.colours = plan.colours;
    this.count = plan.count;
    const length = plan.mode === "reverse" ? pattern.shape[1] : pattern.shape[0];
    this.reads = Array.from(plan.places, (p) => ({ direction: Math.floor(p / length), place: p % length }));
  }

  /** The picture as SVG: the pattern in the colours of its columns or rows, and beside it what is computed. */
  svg(): string {
    return colouringPicture(this);
  }
}

/**
 * The colouring of a sparsity pattern that `sparseJacobian` (or, with `mode: "symmetric"`, `sparseHessian`) computes by: what has
 * one colour is computed along one direction.
 *
 * @throws ArgumentError unless a pattern is given, and a square one for `mode: "symmetric"`
 * @see jacobianSparsity, hessianSparsity for the pattern of a function
 * @example
 * const pattern = jacobianSparsity((x) => x.slice([1]).mul(x.slice([0, -1])))(np.ones([6]));
 * const colouring = colouringOf(pattern);
 * colouring.count; // 2
 * [...colouring.colours]; // [1, 0, 1, 0, 1, 0]
 * colouring.svg().startsWith("<svg"); // true
 */
export function colouringOf(
  pattern: SparsityPattern,
  options?: ColouringOptions,
  ...more: []
): PatternColouring {
  refuseMore("colouringOf", 2, more);
  checkOptions("colouringOf", options, ["mode"]);
  if (!(pattern instanceof SparsityPattern))
    throw new ArgumentError(
      `colouringOf: a SparsityPattern was expected, as jacobianSparsity gives it; got ${show(pattern)}.`,
    );
  const mode = options?.mode ?? null;
  if (mode !== null) checkOneOf("colouringOf", "mode", mode, ["forward", "reverse", "symmetric"]);
  const [m, n] = pattern.shape;
  if (mode === "symmetric" && m !== n)
    throw new ArgumentError(
      `colouringOf: mode "symmetric" is for square patterns; got one of ${m} rows and ${n} columns.`,
    );
  return new PatternColouring(pattern, mode);
}

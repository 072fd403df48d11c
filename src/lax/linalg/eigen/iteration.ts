/** @file The iterations to Schur forms, by size: double or single steps, or sweeps of many shifts. */
import type { Block } from "../../../loops/ir/build.ts";
import type { Expr } from "../../../loops/ir/ir.ts";
import { multishiftSize } from "../elements/blocks.ts";
import { type Complex, complexField } from "../elements/complex.ts";
import { realField } from "../elements/field.ts";
import type { Iterated } from "./deflation.ts";
import { multishift } from "./multishift.ts";
import { standardisePairs, toBlocks } from "./real-schur.ts";
import { exchangeBlocks, exchangeSingle } from "./reorder.ts";
import { triangularise } from "./schur.ts";

/** Makes a matrix in Hessenberg form what is wanted, and returns whether it converged. */
export type Iteration<E> = (b: Block, m: Iterated<E>) => Expr;

/** Blocks of two rows with equal diagonal elements. */
function standard(iterate: Iteration<Expr>): Iteration<Expr> {
  return (b, m) => {
    const converged = iterate(b, m);
    standardisePairs(b, m);
    return converged;
  };
}

/** Blocks of one and two rows, where those of two have complex eigenvalues, of real matrices of n rows. */
export const blocksIteration = (b: Block, n: number): Iteration<Expr> =>
  n < multishiftSize
    ? toBlocks
    : multishift(realField, b, n, { iterate: standard(toBlocks), exchange: exchangeBlocks(b, n) });

/** The real Schur form. */
export const standardIteration = (b: Block, n: number): Iteration<Expr> => standard(blocksIteration(b, n));

/** The triangular form of complex matrices. */
export const triangleIteration = (b: Block, n: number): Iteration<Complex> =>
  n < multishiftSize
    ? triangularise
    : multishift(complexField, b, n, { iterate: triangularise, exchange: exchangeSingle });

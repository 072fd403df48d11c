/** @file The words that functions of `lax` take as options, under JAX's names. */
import type { ConvDimensionNumbers, ConvLayout } from "../convolution/layout.ts";

/** How exact products are: all are computed in the operands' own precision or a higher one. */
export const Precision = { DEFAULT: "default", HIGH: "high", HIGHEST: "highest" } as const;
export type Precision = (typeof Precision)[keyof typeof Precision];

/** What becomes of halves in `round`. */
export const RoundingMethod = { AWAY_FROM_ZERO: 0, TO_NEAREST_EVEN: 1 } as const;
export type RoundingMethod = (typeof RoundingMethod)[keyof typeof RoundingMethod];

/** What indices outside the operand do in gathers and scatters. */
export const GatherScatterMode = {
  CLIP: "clip",
  FILL_OR_DROP: "fill",
  PROMISE_IN_BOUNDS: "promiseInBounds",
} as const;
export type GatherScatterMode = (typeof GatherScatterMode)[keyof typeof GatherScatterMode];

/** The layout of a convolution's operands: letters for their axes, or the numbers made of them; null for the default. */
export type ConvGeneralDilatedDimensionNumbers = ConvLayout | ConvDimensionNumbers | null;

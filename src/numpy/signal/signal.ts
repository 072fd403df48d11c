/**
 * @file One-dimensional signals: convolve, correlate, interp, unwrap, window functions.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { type DType, defaultFloat, isComplex, isInteger } from "../../dtypes/dtype.ts";
import { canonicalAxis, shapeString } from "../../dtypes/shape.ts";
import { ArgumentError, DTypeError, ShapeError } from "../../base/errors.ts";
import { asArray, asDType, promote } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/index.ts";
import { range } from "../../base/util.ts";
import { type Rest, resolveArgs } from "../operands/args.ts";
import { finfo } from "../dtypes/dtypes.ts";
import { inexact, promoteInexact } from "../operands/promote.ts";
import { searchsorted } from "../sorting/sorting.ts";
import { take } from "../indexing/take.ts";
import { i0 } from "../ufuncs/math.ts";

export type ConvolveMode = "full" | "same" | "valid";

export interface ConvolveOptions {
  readonly mode?: ConvolveMode;
  readonly precision?: unknown;
  readonly preferredElementType?: DType | null;
}

function vectors(where: string, a: ArrayLike, v: ArrayLike): [NDArray, NDArray] {
  const [x, y] = promote(where, a, v).map((z) => (z.ndim === 0 ? z : inexact(where, z)));
  if (x.ndim !== 1 || y.ndim !== 1)
    throw new ShapeError(
      `${where}: expected two vectors; got ${shapeString(x.shape)} and ${shapeString(y.shape)}.`,
    );
  if (x.size === 0 || y.size === 0) throw new ShapeError(`${where}: the vectors must not be empty.`);
  return [x, y];
}

/** Slides the shorter `y` over `x` and adds up the products. */
function slide(
  where: string,
  x: NDArray,
  y: NDArray,
  { mode, preferredElementType }: ConvolveOptions,
): NDArray {
  const n = y.size;
  const paddings: Readonly<Record<ConvolveMode, [number, number]>> = {
    valid: [0, 0],
    same: [Math.floor(n / 2), n - Math.floor(n / 2) - 1],
    full: [n - 1, n - 1],
  };
  if (mode === undefined || !Object.hasOwn(paddings, mode))
    throw new ArgumentError(`${where}: unknown mode '${String(mode)}'; expected "full", "same" or "valid".`);
  const out = lax.convGeneralDilated(lax.reshape(x, [1, 1, x.size]), lax.reshape(y, [1, 1, n]), {
    windowStrides: [1],
    padding: [paddings[mode]],
    preferredElementType,
  });
  return lax.reshape(out, [out.size]);
}

/** Discrete convolution of two vectors: whole, of the size of the longer, or only where both overlap entirely. */
export function convolve(
  a: ArrayLike,
  v: ArrayLike,
  ...rest: Rest<[mode: ConvolveMode], ConvolveOptions>
): NDArray {
  const options = resolveArgs<ConvolveOptions>(
    "convolve",
    rest,
    ["mode"],
    ["precision", "preferredElementType"],
  );
  const [x, y] = vectors("convolve", a, v);
  const [long, short] = x.size < y.size ? [y, x] : [x, y];
  return slide("convolve", long, lax.rev(short, [0]), { ...options, mode: options.mode ?? "full" });
}

/** Cross-correlation of two vectors, the second conjugated. */
export function correlate(
  a: ArrayLike,
  v: ArrayLike,
  ...rest: Rest<[mode: ConvolveMode], ConvolveOptions>
): NDArray {
  const options = resolveArgs<ConvolveOptions>(
    "correlate",
    rest,
    ["mode"],
    ["precision", "preferredElementType"],
  );
  const [x, given] = vectors("correlate", a, v);
  const y = isComplex(given.dtype) ? given.conj() : given;
  const filled = { ...options, mode: options.mode ?? "valid" };
  if (x.size >= y.size) return slide("correlate", x, y, filled);
  return lax.rev(slide("correlate", y, x, filled), [0]);
}

export interface InterpOptions {
  /** Value left of the first point; default: its value. "extrapolate" continues the line. */
  readonly left?: ArrayLike | "extrapolate" | null;
  readonly right?: ArrayLike | "extrapolate" | null;
  readonly period?: ArrayLike | null;
}

/**
 * Piecewise linear interpolation at `x` through the points (xp, fp), xp increasing.
 * With a `period`, coordinates wrap round and `left` and `right` have no effect.
 */
export function interp(
  x: ArrayLike,
  xp: ArrayLike,
  fp: ArrayLike,
  ...rest: Rest<
    [left: InterpOptions["left"], right: InterpOptions["right"], period: ArrayLike | null],
    InterpOptions
  >
): NDArray {
  const options = resolveArgs<InterpOptions>("interp", rest, ["left", "right", "period"]);
  const [given, points] = promote("interp", x, xp).map((v) => inexact("interp", v));
  const values = inexact("interp", fp);
  if (points.ndim !== 1 || values.ndim !== 1 || points.size !== values.size || points.size === 0) {
    throw new ShapeError(
      `interp: xp and fp must be vectors of one size; got ${shapeString(points.shape)} and ${shapeString(values.shape)}.`,
    );
  }
  const period = options.period ?? null;
  if (period === null) return between(given, points, values, options);
  const p = lax.abs(asDType(period, points.dtype, false, "interp"));
  const [sorted, ordered] = lax.sortKeyVal(floorMod(points, p), values, 0);
  const n = sorted.size;
  const ends = (v: NDArray): [NDArray, NDArray] => [lax.sliceInDim(v, n - 1, n), lax.sliceInDim(v, 0, 1)];
  const [lastX, firstX] = ends(sorted);
  const [lastF, firstF] = ends(ordered);
  return between(
    floorMod(given, p),
    lax.concatenate([lax.sub(lastX, p), sorted, lax.add(firstX, p)], 0),
    lax.concatenate([lastF, ordered, firstF], 0),
    {},
  );
}

/** x mod p, with the sign of p. */
function floorMod(x: NDArray, p: NDArray | number): NDArray {
  const r = lax.rem(x, p);
  const wrong = lax.bitwiseAnd(lax.ne(r, 0), lax.ne(lax.lt(r, 0), lax.lt(p, 0)));
  return lax.select(wrong, lax.add(r, p), r);
}

function between(x: NDArray, xp: NDArray, fp: NDArray, options: InterpOptions): NDArray {
  const n = xp.size;
  const at = lax.clamp(1, searchsorted(xp, x, "right"), Math.max(1, n - 1));
  const before = lax.sub(at, 1);
  const read = (v: NDArray, i: NDArray): NDArray => take(v, i, { mode: "clip" });
  const [x0, f0] = [read(xp, before), read(fp, before)];
  const [dx, df] = [lax.sub(read(xp, at), x0), lax.sub(read(fp, at), f0)];
  const isPoint = lax.le(lax.abs(dx), spacing(xp));
  const [slope, rise] = promoteInexact("interp", lax.div(lax.sub(x, x0), lax.select(isPoint, 1, dx)), df);
  const [base] = promoteInexact("interp", f0, slope);
  let out = lax.select(isPoint, base, lax.add(base, lax.mul(slope, rise)));
  const end = (given: InterpOptions["left"], i: number): NDArray =>
    given === null || given === undefined
      ? lax.convertElementType(lax.indexInDim(fp, i, 0, false), out.dtype)
      : asDType(given as ArrayLike, out.dtype, false, "interp");
  const place = (outside: NDArray, value: NDArray): NDArray =>
    lax.select(
      outside,
      value.ndim === 0 ? value : lax.broadcastInDim(value, out.shape, range(value.ndim)),
      out,
    );
  if (options.left !== "extrapolate")
    out = place(lax.lt(x, lax.indexInDim(xp, 0, 0, false)), end(options.left, 0));
  if (options.right !== "extrapolate")
    out = place(lax.gt(x, lax.indexInDim(xp, -1, 0, false)), end(options.right, -1));
  return out;
}

/** The distance from a dtype's epsilon to the next number: below it, two points are one. */
const spacing = (x: NDArray): number => finfo(x.dtype).eps ** 2;

export interface UnwrapOptions {
  readonly discont?: ArrayLike | null;
  readonly axis?: number;
  readonly period?: number;
}

/** Angles (or other values of a given period) with jumps of more than half a period taken out, along an axis. */
export function unwrap(
  p: ArrayLike,
  ...rest: Rest<[discont: ArrayLike | null, axis: number, period: number], UnwrapOptions>
): NDArray {
  const options = resolveArgs<UnwrapOptions>("unwrap", rest, ["discont", "axis", "period"]);
  const { axis = -1, period = 2 * Math.PI } = options;
  const given = asArray(p, "unwrap");
  if (isComplex(given.dtype)) throw new DTypeError("unwrap: not defined for complex arrays.");
  const x = isInteger(given.dtype) && Number.isInteger(period) ? given : inexact("unwrap", given);
  const k = canonicalAxis(axis, x.ndim, "unwrap");
  const n = x.shape[k];
  if (n === 0) return x;
  const [head, tail] = [lax.sliceInDim(x, 0, 1, 1, k), lax.sliceInDim(x, 1, n, 1, k)];
  const jump = lax.sub(tail, lax.sliceInDim(x, 0, n - 1, 1, k));
  const half = isInteger(x.dtype) ? Math.floor(period / 2) : period / 2;
  const wrapped = lax.sub(floorMod(lax.add(jump, half), period), half);
  const isUp = lax.bitwiseAnd(lax.eq(wrapped, -half), lax.gt(jump, 0));
  const step = lax.select(isUp, half, wrapped);
  const limit = asDType(options.discont ?? period / 2, x.dtype, false, "unwrap");
  const correction = lax.select(lax.lt(lax.abs(jump), limit), 0, lax.sub(step, jump));
  return lax.concatenate([head, lax.add(tail, lax.cumsum(correction, k))], k);
}

function windowOf(name: string, M: number, f: (n: number, last: number) => number): NDArray {
  if (!Number.isInteger(M) || M < 0)
    throw new ArgumentError(
      `${name}: the number of points must be a non-negative integer; got ${String(M)}.`,
    );
  const values = Float64Array.from(range(M).map((n) => (M === 1 ? 1 : f(n, M - 1))));
  return lax.convertElementType(asArray(values, name), defaultFloat());
}

/** Bartlett's (triangular) window of M points. */
export const bartlett = (M: number): NDArray =>
  windowOf("bartlett", M, (n, last) => 1 - Math.abs(2 * n - last) / last);

/** Blackman's window of M points. */
export const blackman = (M: number): NDArray =>
  windowOf(
    "blackman",
    M,
    (n, last) => 0.42 - 0.5 * Math.cos((2 * Math.PI * n) / last) + 0.08 * Math.cos((4 * Math.PI * n) / last),
  );

/** Hamming's window of M points. */
export const hamming = (M: number): NDArray =>
  windowOf("hamming", M, (n, last) => 0.54 - 0.46 * Math.cos((2 * Math.PI * n) / last));

/** The Hann window of M points. */
export const hanning = (M: number): NDArray =>
  windowOf("hanning", M, (n, last) => 0.5 * (1 - Math.cos((2 * Math.PI * n) / last)));

/** Kaiser's window of M points; differentiable in `beta`. */
export function kaiser(M: number, beta: ArrayLike): NDArray {
  const radius = windowOf("kaiser", M, (n, last) => Math.sqrt(Math.max(0, 1 - ((2 * n - last) / last) ** 2)));
  if (M <= 1) return radius;
  const b = asDType(beta, radius.dtype, false, "kaiser");
  return lax.div(i0(lax.mul(radius, b)), i0(b));
}

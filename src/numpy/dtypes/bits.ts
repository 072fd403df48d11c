/** @file Bits and bytes: packbits, unpackbits. */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { isInexact } from "../../dtypes/dtype.ts";
import { canonicalAxis } from "../../dtypes/shape.ts";
import { ArgumentError, DTypeError } from "../../base/errors.ts";
import { asArray } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/index.ts";
import { range } from "../../base/util.ts";
import { type Rest, resolveArgs } from "../operands/args.ts";

type BitOrder = "big" | "little";

function checkOrder(where: string, bitorder: BitOrder): void {
  if (bitorder !== "big" && bitorder !== "little")
    throw new ArgumentError(`${where}: unknown bitorder '${String(bitorder)}'; expected "big" or "little".`);
}

/** For each of 8 bits its shift, in the order they are stored. */
const shifts = (bitorder: BitOrder): NDArray =>
  asArray(Uint8Array.from(range(8).map((i) => (bitorder === "big" ? 7 - i : i))), "bits");

interface PackOptions {
  readonly axis?: number | null;
  readonly bitorder?: BitOrder;
}

/** Eight elements (0, or 1 if not 0) along an axis to each byte, the end filled with 0. */
export function packbits(
  a: ArrayLike,
  ...rest: Rest<[axis: number | null, bitorder: BitOrder], PackOptions>
): NDArray {
  const { axis = null, bitorder = "big" } = resolveArgs<PackOptions>("packbits", rest, ["axis", "bitorder"]);
  checkOrder("packbits", bitorder);
  const given = asArray(a, "packbits");
  if (isInexact(given.dtype))
    throw new DTypeError(`packbits: expected an integer or bool array; got ${given.dtype}.`);
  const x = axis === null ? lax.reshape(given, [given.size]) : given;
  const k = canonicalAxis(axis ?? 0, x.ndim, "packbits");
  const bits = lax.convertElementType(lax.ne(x, 0), "uint8");
  const bytes = Math.ceil(x.shape[k] / 8);
  const padded = lax.pad(
    bits,
    0,
    x.shape.map((d, i): lax.PadConfig => (i === k ? [0, bytes * 8 - d, 0] : [0, 0, 0])),
  );
  const shape = [...x.shape.slice(0, k), bytes, 8, ...x.shape.slice(k + 1)];
  const shifted = lax.shiftLeft(
    lax.reshape(padded, shape),
    lax.broadcastInDim(shifts(bitorder), shape, [k + 1]),
  );
  return lax.reduceSum(shifted, [k + 1]);
}

interface UnpackOptions extends PackOptions {
  /** How many bits to return; negative: how many to leave out at the end. */
  readonly count?: number | null;
}

/** The bits of bytes along an axis, as uint8. */
export function unpackbits(
  a: ArrayLike,
  ...rest: Rest<[axis: number | null, count: number | null, bitorder: BitOrder], UnpackOptions>
): NDArray {
  const options = resolveArgs<UnpackOptions>("unpackbits", rest, ["axis", "count", "bitorder"]);
  const { axis = null, bitorder = "big" } = options;
  checkOrder("unpackbits", bitorder);
  const given = asArray(a, "unpackbits");
  if (given.dtype !== "uint8")
    throw new DTypeError(`unpackbits: expected a uint8 array; got ${given.dtype}.`);
  const x = axis === null ? lax.reshape(given, [given.size]) : given;
  const k = canonicalAxis(axis ?? 0, x.ndim, "unpackbits");
  const shape = [...x.shape.slice(0, k + 1), 8, ...x.shape.slice(k + 1)];
  const wide = lax.broadcastInDim(
    x,
    shape,
    range(x.ndim).map((i) => (i <= k ? i : i + 1)),
  );
  const bits = lax.bitwiseAnd(
    lax.shiftRightLogical(wide, lax.broadcastInDim(shifts(bitorder), shape, [k + 1])),
    1,
  );
  const total = x.shape[k] * 8;
  const out = lax.reshape(
    bits,
    x.shape.map((d, i) => (i === k ? total : d)),
  );
  const count = options.count ?? total;
  const n = count < 0 ? Math.max(0, total + count) : count;
  if (n <= total) return lax.sliceInDim(out, 0, n, 1, k);
  return lax.pad(
    out,
    0,
    out.shape.map((_, i): lax.PadConfig => (i === k ? [0, n - total, 0] : [0, 0, 0])),
  );
}

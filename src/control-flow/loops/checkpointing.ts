/**
 * @file How much of a loop reverse mode keeps.
 *
 * A number of slots: that many states of the carry, by binomial checkpointing (backwards.ts). `"sqrt"`, for a scan: a
 * scan of about √n scans of about √n steps, each of which is run again in the backward pass, once; so the states between
 * the inner scans are kept, and what one inner scan needs. A `whileLoop` does not know its length before it has run, nor
 * may its memory depend on it: there both `"sqrt"` and `"all"` are numbers of slots.
 */
import { show } from "../../base/checks.ts";
import type { NDArray } from "../../core/array.ts";
import type { ShapedArray } from "../../core/aval.ts";
import { dtypeInfo } from "../../dtypes/dtype.ts";
import { bind } from "../../core/trace.ts";
import { ArgumentError } from "../../base/errors.ts";
import { checkpointP } from "../../interpreters/remat.ts";
import { reshape } from "../../lax/shapes/movement.ts";
import { concatenate, sliceInDim } from "../../lax/shapes/slicing.ts";
import { safeMap2 } from "../../base/util.ts";
import { traceFlat } from "../bodies.ts";
import { operandAvals } from "./loop.ts";
import { type ScanParams, scanGroups, scanResults } from "./params.ts";
import { scanP } from "./scan.ts";

/**
 * What the backward pass of a loop keeps: what it needs of all steps (`"all"`, fastest); of about √n steps (`"sqrt"`, runs
 * the loop once more); or the carry at so many steps, a number or `{ slots }` (binomial checkpointing: runs the loop as
 * often as that takes).
 */
export type Checkpointing = "all" | "sqrt" | number | { readonly slots: number };

/** The option's slots; null for `"all"`. */
export function parseCheckpointing(option: Checkpointing | undefined, what: string): number | "sqrt" | null {
  if (option === undefined || option === "all") return null;
  if (option === "sqrt") return option;
  const slots: unknown = typeof option === "object" ? (option as { slots?: unknown } | null)?.slots : option;
  if (typeof slots === "number" && Number.isInteger(slots) && slots >= 1) return slots;
  throw new ArgumentError(
    `${what}: checkpoint must be "all", "sqrt", a positive whole number of slots, or { slots }; got ${show(option)}.`,
  );
}

/** Enough for 2²⁰ steps, each run forward at most twice more: C(slots + 2, 2) ≥ 2²⁰. */
const rootSlots = 1447;
const mostBytes = 1 << 24;
const mostSlots = 1 << 16;
const fewestSlots = 16;

/** The slots for states of a loop whose length is not known. */
export function whileSlots(
  option: Checkpointing | undefined,
  carry: readonly ShapedArray[],
  what: string,
): number {
  const slots = parseCheckpointing(option, what);
  if (slots === "sqrt") return rootSlots;
  if (slots !== null) return slots;
  const bytes = carry.reduce((n, a) => n + a.size * dtypeInfo(a.dtype).bytes, 0);
  return Math.max(fewestSlots, Math.min(mostSlots, Math.floor(mostBytes / Math.max(1, bytes))));
}

/** A scan that keeps as much as the option says. */
export function checkpointedScan(
  option: Checkpointing | undefined,
  operands: readonly NDArray[],
  p: ScanParams,
): NDArray[] {
  const slots = parseCheckpointing(option, "scan");
  if (slots === null) return bind(scanP, operands, p);
  if (slots === "sqrt") return scanOfScans(operands, p);
  return bind(scanP, operands, { ...p, slots });
}

/** The length of inner scans: near √n, and a divisor of n if one is near. */
function innerLength(n: number): number {
  const root = Math.ceil(Math.sqrt(n));
  for (let k = root; k <= 2 * root; k++) if (n % k === 0) return k;
  return root;
}

/** A scan over the first steps in chunks, each of which the backward pass runs again, and one chunk of the rest. */
function scanOfScans(operands: readonly NDArray[], p: ScanParams): NDArray[] {
  if (p.length < 4) return bind(scanP, operands, p);
  const inner = innerLength(p.length);
  const outer = Math.floor(p.length / inner);
  const numChunked = outer * inner;
  const { consts, carry, xs } = scanGroups(p).split(operands);
  const chunk = (length: number) => {
    const avals = operandAvals({ ...p, body: p.jaxpr, length });
    const jaxpr = traceFlat((args) => bind(scanP, args, { ...p, length }), avals, "scan");
    return {
      avals,
      run: (args: readonly NDArray[]): NDArray[] =>
        bind(checkpointP, args, { jaxpr, policy: null, barrier: null }),
    };
  };
  // The chunks come first; in reverse, these are the last elements.
  const rest = p.length - numChunked;
  const [start, left] = p.reverse ? [rest, 0] : [0, numChunked];
  const steps = (x: NDArray, from: number, length: number): NDArray =>
    length === p.length ? x : sliceInDim(x, from, from + length, 1, 0);
  const chunks = xs.map((x) => reshape(steps(x, start, numChunked), [outer, inner, ...x.shape.slice(1)]));
  const { run, avals } = chunk(inner);
  const jaxpr = traceFlat(run, avals, "scan");
  const first = scanResults(p).split(
    bind(scanP, [...consts, ...carry, ...chunks], { ...p, jaxpr, length: outer }),
  );
  const ys = first.ys.map((y) => reshape(y, [numChunked, ...y.shape.slice(2)]));
  if (rest === 0) return [...first.carry, ...ys];
  const last = scanResults(p).split(
    chunk(rest).run([...consts, ...first.carry, ...xs.map((x) => steps(x, left, rest))]),
  );
  const joined = safeMap2(ys, last.ys, (y, more) => concatenate(p.reverse ? [more, y] : [y, more], 0));
  return [...last.carry, ...joined];
}

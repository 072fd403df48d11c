/**
 * @file Keys of parameters, for caches and for merging equal equations: equal keys mean equal parameters.
 *
 * Plain data is compared by value; bodies (jaxprs) and functions are the same only if they are one object, since their
 * text alone does not tell variables apart.
 */
import { identity } from "../core/jaxpr/derived.ts";
import { ClosedJaxpr } from "../core/jaxpr/ir.ts";
import type { Params } from "../core/primitive.ts";

/** JSON has one text for NaN, the infinities and null, one for 0 and −0, and none for functions. */
function distinct(_: string, v: unknown): unknown {
  if (v instanceof ClosedJaxpr || typeof v === "function") return identity(v);
  if (typeof v !== "number" || (Number.isFinite(v) && !Object.is(v, -0))) return v;
  return `#${Object.is(v, -0) ? "-0" : v}`;
}

/** The key of parameters; empty for none. */
export function paramsKey(params: Params): string {
  for (const _ in params) return JSON.stringify(params, distinct);
  return "";
}

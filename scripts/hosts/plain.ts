/** @file Results as plain data, to be sent from host to host and compared. */

export type Plain = null | boolean | number | string | readonly Plain[] | { readonly [key: string]: Plain };

const isArray = (
  x: object,
): x is { readonly dtype: string; readonly shape: readonly number[]; js(): unknown } =>
  "js" in x && "shape" in x && "dtype" in x;

/** Numbers that JSON has not are strings; arrays are their nested lists and dtypes; functions and the like are their type. */
export function plain(x: unknown): Plain {
  if (typeof x === "number") return Number.isFinite(x) && !Object.is(x, -0) ? x : String(x);
  if (typeof x === "bigint") return String(x);
  if (x === null || typeof x === "boolean" || typeof x === "string") return x;
  if (typeof x !== "object") return typeof x;
  if (ArrayBuffer.isView(x)) return Array.from(x as unknown as ArrayLike<unknown>, plain);
  if (Array.isArray(x)) return x.map(plain);
  if (isArray(x)) return { dtype: x.dtype, values: plain(x.js()) };
  return Object.fromEntries(Object.entries(x).map(([key, value]) => [key, plain(value)]));
}

/** float32 results may differ by a few units in the last place from backend to backend. */
const tolerance = 2e-6;

/** Where two results differ, at most three places. */
export function differences(got: Plain, wanted: Plain, path = "result"): string[] {
  if (typeof got === "number" && typeof wanted === "number") {
    const same = Math.abs(got - wanted) <= tolerance * Math.max(1, Math.abs(wanted));
    return same ? [] : [`${path}: ${got}, not ${wanted}`];
  }
  if (typeof got !== "object" || typeof wanted !== "object" || got === null || wanted === null)
    return got === wanted ? [] : [`${path}: ${JSON.stringify(got)}, not ${JSON.stringify(wanted)}`];
  const [a, b] = [Object.entries(got), Object.entries(wanted)];
  if (a.length !== b.length) return [`${path}: ${a.length} entries, not ${b.length}`];
  return a
    .flatMap(([key, value], i) =>
      key === b[i][0] ? differences(value, b[i][1], `${path}.${key}`) : [`${path}: ${key}, not ${b[i][0]}`],
    )
    .slice(0, 3);
}

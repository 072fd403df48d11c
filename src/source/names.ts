/** @file Names of variables: the user's where they are known, else names made of the operation. */
import { partsOf } from "../base/user-text.ts";
import { isReserved } from "../base/words.ts";

/** Words of TypeScript, and names that the module itself uses. */
const taken = new Set(
  (
    "abstract any as async boolean declare from get infer is keyof namespace never number object of readonly " +
    "require satisfies set string symbol type unique unknown Array Object Number String Math Symbol Promise " +
    "globalThis np lax nn scipy random image numpy jit checkpoint customJvp customVjp primitive program loop " +
    "fromBase64 leaves checkpointPolicies"
  ).split(" "),
);

/** Text as a name: what cannot stand in one is left out. */
export function identifier(text: string): string {
  const words = text.split(/[^A-Za-z0-9_$]+/).filter((w) => w !== "");
  const camel = words.map((w, i) => (i === 0 ? w : w[0].toUpperCase() + w.slice(1))).join("");
  return /^[A-Za-z_$]/.test(camel) ? camel.slice(0, 40) : camel === "" ? "value" : `v${camel.slice(0, 40)}`;
}

/** The names in a function and those around it: none is used twice, so none hides another. */
export class Names {
  readonly #taken = new Set<string>();
  readonly #outer: Names | null;
  /** All names of the module, which later names of the whole module must not be hidden by. */
  readonly #everywhere: Set<string>;

  constructor(outer: Names | null = null) {
    this.#outer = outer;
    this.#everywhere = outer === null ? new Set() : outer.#everywhere;
  }

  #isFree(name: string): boolean {
    if (isReserved(name) || taken.has(name)) return false;
    if (this.#outer === null) return !this.#everywhere.has(name);
    return !this.#sees(name);
  }

  #sees(name: string): boolean {
    return this.#taken.has(name) || (this.#outer !== null && this.#outer.#sees(name));
  }

  /** A name that is free, as near as can be to the one wished. */
  fresh(wish: string): string {
    const base = identifier(wish);
    let name = base;
    const stem = /\d$/.test(base) ? `${base}_` : base;
    for (let n = 2; !this.#isFree(name); n++) name = `${stem}${n}`;
    this.#taken.add(name);
    this.#everywhere.add(name);
    return name;
  }
}

/** Names of results where that of the operation would not do. */
const nouns: Readonly<Record<string, string>> = {
  abs: "size",
  checkpoint: "result",
  cond: "outcome",
  custom_jvp_call: "result",
  custom_vjp_call: "result",
  add: "sum",
  and: "both",
  broadcast_in_dim: "spread",
  concatenate: "joined",
  convert_element_type: "converted",
  copy: "copied",
  cumsum: "running",
  div: "quotient",
  dot_general: "product",
  dynamic_slice: "part",
  dynamic_update_slice: "updated",
  eq: "equal",
  gather: "gathered",
  ge: "atLeast",
  gt: "above",
  integer_pow: "power",
  iota: "indices",
  le: "atMost",
  lt: "below",
  max: "larger",
  min: "smaller",
  jit: "result",
  loop_adjoint: "bar",
  loop_second: "bar",
  loop_tangent: "tangent",
  mul: "product",
  ne: "different",
  neg: "negative",
  not: "inverse",
  or: "either",
  pad: "padded",
  pow: "power",
  reduce_max: "largest",
  reduce_min: "smallest",
  reduce_prod: "product",
  reduce_sum: "total",
  reshape: "reshaped",
  rev: "reversed",
  scan: "result",
  while: "result",
  scatter: "scattered",
  scatter_add: "scattered",
  sech2: "slope",
  select_n: "chosen",
  slice: "part",
  sort: "sorted",
  square: "square",
  squeeze: "squeezed",
  sub: "difference",
  transpose: "transposed",
};

/** `reduce_window_sum` as `reduceWindowSum`. */
export const camelCase = (name: string): string =>
  name.replace(/_([a-z0-9])/g, (_, c: string) => c.toUpperCase());

/** What the result of an operation is called. */
export const nounOf = (operation: string): string =>
  nouns[operation] ?? (/_(slope|derivative|term)$/.test(operation) ? "slope" : camelCase(operation));

/** A name without the number that made it different from others. */
export const stemOf = (text: string | null): string | null =>
  text === null || !/^[A-Za-z_$][\w$]*$/.test(text) ? null : text.replace(/_?\d+$/, "") || null;

/** The cotangent of something. */
export const barOf = (name: string): string => (name.includes("_bar") ? name : `${name}_bar`);

/** The parts of the list in brackets that a text begins with, between its commas. */
const splitList = (text: string): string[] => partsOf(text, 0).filter((part) => part !== "");

/** The parameters of a function as they are declared, names or patterns; null if they cannot be read. */
export function parametersOf(f: { toString(): string }): string[] | null {
  const text = String(f).replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
  const lone = /^(?:async\s+)?([A-Za-z_$][\w$]*)\s*=>/.exec(text);
  if (lone !== null) return [lone[1]];
  const start = text.indexOf("(");
  if (start === -1) return null;
  const parts = splitList(text.slice(start));
  return parts.some((p) => p.startsWith("...")) ? null : parts;
}

/** A parameter that is a plain name. */
export const plainName = (parameter: string | undefined): string | null =>
  /^([A-Za-z_$][\w$]*)\s*(?:=[\s\S]*)?$/.exec(parameter ?? "")?.[1] ?? null;

/** What a function calls the leaves of an argument, by the pattern that takes it or by its keys. */
export function leafNames(parameter: string, value: unknown): (readonly [string, unknown])[] {
  const name = plainName(parameter);
  if (Array.isArray(value)) {
    const parts = parameter.startsWith("[") ? splitList(parameter) : [];
    return value.flatMap((v: unknown, i) => leafNames(parts[i] ?? `${name ?? "x"}${i + 1}`, v));
  }
  if (typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    const record = value as Readonly<Record<string, unknown>>;
    return Object.keys(record)
      .sort()
      .flatMap((key) => leafNames(identifier(key), record[key]));
  }
  return value === null || value === undefined ? [] : [[name ?? "x", value]];
}

/**
 * @file What can be written in a module: calls of the library's functions on operands and plain values. An expression is data,
 * with two readings: it is printed (layout.ts), and it is evaluated here, so that what is printed is known to compute what it
 * should.
 */
import * as lax from "../control-flow/lax.ts";
import * as image from "../image/index.ts";
import * as nn from "../nn/index.ts";
import * as np from "../numpy/index.ts";
import * as random from "../random/index.ts";
import * as scipy from "../scipy/index.ts";
import { checkpointName } from "../lax/identities/checkpoint-name.ts";
import { invariant } from "../base/util.ts";
import type { Doc } from "./layout.ts";

/** An operand of an equation, by its position. */
export class Operand {
  readonly index: number;
  constructor(index: number) {
    this.index = index;
  }
}

/** A function that the module defines itself. */
export class Local {
  readonly name: string;
  readonly run: (...args: readonly unknown[]) => unknown;
  /** What it calls its results. */
  readonly results: readonly (string | null)[];
  constructor(
    name: string,
    run: (...args: readonly unknown[]) => unknown,
    results: readonly (string | null)[] = [],
  ) {
    this.name = name;
    this.run = run;
    this.results = results;
  }
}

/** A call of a function of the library (by its path: `np.sin`, `lax.linalg.qr`) or of the module. */
export class Call {
  readonly fn: string | Local;
  readonly args: readonly Written[];
  constructor(fn: string | Local, args: readonly Written[]) {
    this.fn = fn;
    this.args = args;
  }
}

/** A call of a method of an array. */
export class Method {
  readonly of: Written;
  readonly name: string;
  readonly args: readonly Written[];
  constructor(of: Written, name: string, args: readonly Written[]) {
    this.of = of;
    this.name = name;
    this.args = args;
  }
}

/** A property of an array: `x.T`. */
export class Property {
  readonly of: Written;
  readonly name: string;
  constructor(of: Written, name: string) {
    this.of = of;
    this.name = name;
  }
}

/** A name of the module, for what it stands for. */
export class Name {
  readonly text: Doc;
  readonly value: unknown;
  constructor(text: Doc, value: unknown) {
    this.text = text;
    this.value = value;
  }
}

/** Plain values stand for themselves. */
export type Written =
  | Operand
  | Local
  | Call
  | Method
  | Property
  | Name
  | null
  | undefined
  | number
  | bigint
  | boolean
  | string
  | readonly Written[]
  | { readonly [key: string]: Written };

const withoutTrailing = (args: readonly Written[]): readonly Written[] => {
  let end = args.length;
  while (end > 0 && args[end - 1] === undefined) end--;
  return args.slice(0, end);
};

/** A call; arguments at the end that are undefined are left out. */
export const call = (fn: string | Local, ...args: readonly Written[]): Call =>
  new Call(fn, withoutTrailing(args));

export const method = (of: Written, name: string, ...args: readonly Written[]): Method =>
  new Method(of, name, withoutTrailing(args));

/** The namespaces that written calls begin with. */
const namespaces = (): Readonly<Record<string, object>> => ({
  np,
  lax,
  nn,
  scipy,
  random,
  image,
  checkpointName,
});

/** The function of a path: undefined if there is none. */
export function functionAt(path: string): ((...args: readonly unknown[]) => unknown) | undefined {
  let at: unknown = namespaces();
  for (const part of path.split(".")) {
    if ((typeof at !== "object" && typeof at !== "function") || at === null) return undefined;
    at = (at as Readonly<Record<string, unknown>>)[part];
  }
  return typeof at === "function" ? (at as (...args: readonly unknown[]) => unknown) : undefined;
}

/** The value of an expression, given those of the operands. */
export function evaluate(x: Written, operands: readonly unknown[]): unknown {
  const value = (y: Written): unknown => evaluate(y, operands);
  if (typeof x !== "object" || x === null) return x;
  if (x instanceof Operand) return operands[x.index];
  if (x instanceof Local) return x.run;
  if (x instanceof Name) return x.value;
  if (x instanceof Call) {
    const f = x.fn instanceof Local ? x.fn.run : functionAt(x.fn);
    invariant(f !== undefined, "a function that is written exists");
    return f(...x.args.map(value));
  }
  if (x instanceof Method || x instanceof Property) {
    const of = value(x.of) as Readonly<Record<string, unknown>>;
    const member = of[x.name];
    return x instanceof Property
      ? member
      : (member as (...a: unknown[]) => unknown).call(of, ...x.args.map(value));
  }
  if (Array.isArray(x)) return x.map(value);
  return Object.fromEntries(Object.entries(x).map(([k, v]) => [k, value(v)]));
}

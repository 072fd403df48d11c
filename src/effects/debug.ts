/**
 * @file The namespace `debug`: what a program tells while it runs, compiled or not, under every transformation.
 *
 * Calls are effects: they happen as often as the program comes to them, in its order, also in loops and branches; under `vmap` once
 * for each lane; under `grad` on the way forward. See docs/debugging.md.
 */
import { checkFlag, checkFunction, checkOneOf, refuseMore, show } from "../base/checks.ts";
import { ArgumentError } from "../base/errors.ts";
import { isPlainObject } from "../base/util.ts";
import { bind } from "../core/trace.ts";
import { ArraysAside, callWith, isArray } from "../api/flatten.ts";
import { HostFunction, debugCallbackP } from "./callback.ts";
import { type Format, applyFormat, parseFormat } from "./format.ts";
import { optionsBehind } from "./options.ts";
import { type HostArgs, isNumeric } from "./trees.ts";

/** What takes the lines of `debug.print`. */
export type Printer = (line: string) => void;

const toConsole: Printer = (line) => {
  console.log(line);
};

let printer: Printer = toConsole;

/**
 * Has `debug.print` write elsewhere than to `console.log`, until told otherwise; with null there again.
 * @returns what was there before
 * @throws ArgumentError for anything but a function or null
 * @example
 * const lines: string[] = [];
 * debug.setPrinter((line) => void lines.push(line));
 * jit((x: Array) => {
 *   debug.print("x = {}", x);
 *   return x;
 * })(np.array([1, 2.5]));
 * debug.setPrinter(null);
 * lines; // ["x = [1.  2.5]"]
 */
export function setPrinter(write: Printer | null, ...more: []): Printer {
  refuseMore("debug.setPrinter", 1, more);
  if (write !== null) checkFunction("debug.setPrinter", "the printer", write);
  const before = printer;
  printer = write ?? toConsole;
  return before;
}

/** Calls the host from a program, for its effect. */
function effect(
  name: string,
  args: readonly unknown[],
  isOperand: (leaf: unknown) => boolean,
  ordered: boolean,
  run: (args: readonly unknown[]) => void,
): void {
  const given = new ArraysAside(args, isOperand, name);
  const { arrays } = given;
  const callback = new HostFunction(name, (values) => {
    run(given.rebuild(values) as unknown[]);
    return [];
  });
  const inAvals = arrays.map((x) => x.aval);
  bind(debugCallbackP, arrays, {
    callback,
    inAvals,
    outAvals: [],
    ordered,
    vmapMethod: null,
    inParts: false,
  });
}

interface Called {
  readonly positional: readonly unknown[];
  readonly keywords: Readonly<Record<string, unknown>>;
  readonly options: Readonly<Record<string, unknown>>;
}

/** What the arguments behind a format are: those for its places, keywords that it names, options. */
function sort(format: Format, args: readonly unknown[], options: readonly string[], where: string): Called {
  const last = args.at(-1);
  const positional = args.slice(0, -1);
  if (!isPlainObject(last)) return check(format, { positional: args, keywords: {}, options: {} }, where);
  const keys = Object.keys(last);
  const isOption = (k: string): boolean => options.includes(k) && !format.names.has(k);
  if (!keys.some((k) => format.names.has(k))) {
    const only = keys.length > 0 && keys.every(isOption);
    const told = only
      ? { positional, keywords: {}, options: last }
      : { positional: args, keywords: {}, options: {} };
    return check(format, told, where);
  }
  const pick = (which: (k: string) => boolean): Record<string, unknown> =>
    Object.fromEntries(keys.filter(which).map((k) => [k, last[k]]));
  return check(format, { positional, keywords: pick((k) => !isOption(k)), options: pick(isOption) }, where);
}

function check(format: Format, called: Called, where: string): Called {
  const { positional, keywords } = called;
  if (positional.length < format.positions) {
    throw new ArgumentError(
      `${where}: the format has places for ${format.positions} values; got ${positional.length}.`,
    );
  }
  if (positional.length > format.positions) {
    const more = positional.slice(format.positions).map(show).join(", ");
    throw new ArgumentError(
      `${where}: the format has places for ${format.positions} values, and none for ${more}. Is it a template literal? Then the ` +
        `values are in it already: write "x = {}" and give x.`,
    );
  }
  const unused = Object.keys(keywords).filter((k) => !format.names.has(k));
  if (unused.length > 0) throw new ArgumentError(`${where}: the format does not name ${unused.join(", ")}.`);
  const missing = [...format.names].filter((k) => !Object.hasOwn(keywords, k));
  if (missing.length > 0)
    throw new ArgumentError(
      `${where}: the format names ${missing.join(", ")}; give { ${missing.join(", ")} } last.`,
    );
  return called;
}

function printThrough(
  where: string,
  fmt: string,
  args: readonly unknown[],
  optionNames: readonly string[],
  writerOf: (options: Readonly<Record<string, unknown>>) => Printer,
): void {
  const format = parseFormat(fmt, where);
  const { positional, keywords, options } = sort(format, args, optionNames, where);
  const ordered = options.ordered ?? false;
  checkFlag(where, "ordered", ordered);
  const write = writerOf(options);
  effect(where, [positional, keywords], isArray, ordered, ([values, named]) => {
    write(applyFormat(format, values as unknown[], named as Record<string, unknown>, where));
  });
}

/**
 * Prints values while a program runs, compiled or not: `debug.print("x = {}, y = {y:.3f}", x, { y })`, with the formats of Python's
 * `str.format`. A last argument that is an object holds values by name if the format names any of its keys. Arrays are written
 * as NumPy writes them; what is no array is known when the program is traced, and written as JavaScript does. `{ ordered: true }` as
 * last argument, or among the names, has the calls keep their order where other systems would not (here they do).
 *
 * A function that prints can be differentiated, batched and compiled; under `vmap` it prints a line for each lane.
 * @throws ArgumentError if values and places do not match
 * @see jax.debug.print
 * @example
 * const lines: string[] = [];
 * debug.setPrinter((line) => void lines.push(line));
 * grad((x: Array) => {
 *   debug.print("x = {}, twice {y:.2f}", x, { y: x.mul(2) });
 *   return x.mul(x);
 * })(1.5);
 * debug.setPrinter(null);
 * lines; // ["x = 1.5, twice 3.00"]
 */
export function print(fmt: string, ...args: readonly unknown[]): void {
  printThrough("debug.print", fmt, args, ["ordered"], () => (line) => printer(line));
}

const levels = ["debug", "info", "warn", "error"] as const;

/**
 * As `debug.print`, to the console's method for a level of logs: `info`, or that of `{ level }`.
 * @throws ArgumentError if values and places do not match
 * @see jax.debug.log
 * @example
 * debug.log("loss {:.3f}", np.array(0.25), { level: "debug" });
 */
export function log(fmt: string, ...args: readonly unknown[]): void {
  printThrough("debug.log", fmt, args, ["ordered", "level"], ({ level = "info" }) => {
    checkOneOf("debug.log", "level", level, levels);
    return (line) => {
      console[level](line);
    };
  });
}

/**
 * Calls a function of the host while a program runs, compiled or not, for its effect: it gets arrays with values, in the trees in
 * which they were given; what it returns is dropped. `{ ordered: true }` may be the last argument. Derivatives do not see it;
 * under `vmap` it is called for each lane.
 * @throws ArgumentError for anything but a function
 * @see jax.debug.callback
 * @example
 * const seen: number[] = [];
 * const f = jit((x: Array) => lax.foriLoop(0, 3, (_: Array, c: Array) => {
 *   debug.callback((v) => seen.push(v.item()), c);
 *   return c.mul(2);
 * }, x));
 * f(1);
 * seen; // [1, 2, 4]
 */
export function callback<const A extends readonly unknown[]>(
  f: (...args: HostArgs<A>) => unknown,
  ...args: A
): void {
  checkFunction("debug.callback", "the first argument", f);
  const [given, { ordered = false }] = optionsBehind(args, ["ordered"]);
  checkFlag("debug.callback", "ordered", ordered);
  effect("debug.callback", given, isNumeric, ordered, (values) => {
    callWith(f, values);
  });
}

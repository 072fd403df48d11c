/**
 * @file Lists in plain code. While something is traced, a `Float64Array` that plain code makes is a list, for it may be given
 * traced numbers; it keeps in mind which class it stands for. Methods that ask a callback for a truth, that change the list
 * or compare, are here; those that hand elements on (`map`, `reduce`, `slice`) are JavaScript's own.
 */
import { refuse } from "./errors.ts";
import { fresh, viewOf, willWrite } from "./log.ts";
import { type Native, addNatives } from "./natives.ts";
import { eq, sub } from "./operators.ts";
import { elementsOf, readSlot, writeSlot } from "./slots.ts";
import { listOf, stacked, unstack } from "./indexing.ts";
import { sort as sortArray } from "../../numpy/sorting/sorting.ts";
import { both, isArray, isLeaf, known, not, operand, truth } from "./values.ts";
import { fround } from "./natives.ts";

type List = unknown[];
type Callback = (...args: readonly unknown[]) => unknown;

/** The class of typed arrays for which a list stands. */
const kinds = new WeakMap<object, unknown>();

export const kindOf = (list: object): unknown => kinds.get(list);

/** What an element of such a list becomes. */
export function coerced(list: object, value: unknown): unknown {
  const kind = kinds.get(list);
  if (kind === undefined) return value;
  const number = isArray(value) ? operand(value) : Number(value);
  if (kind !== Float32Array) return number;
  return isArray(number) ? fround(number) : Math.fround(number);
}

/** A list in the place of a typed array of floats. */
export function typedList(kind: unknown, items: Iterable<unknown>): List {
  const list = [...items];
  kinds.set(list, kind);
  list.forEach((x, i) => (list[i] = coerced(list, x)));
  return fresh(list);
}

const isTyped = (x: unknown): x is Float64Array => ArrayBuffer.isView(x) && "length" in x;

/** What a method works on: typed arrays and arrays become lists. */
function elements(self: unknown): List {
  return Array.isArray(self) ? (self as List) : isTyped(self) ? elementsOf(self) : [...(listOf(self) ?? [])];
}

const decided = (name: string, x: unknown): boolean => {
  const t = truth(x);
  if (typeof t === "boolean") return t;
  throw refuse(
    "",
    `${name}: what the callback returns is traced, so the result has no fixed length or place.`,
  );
};

const own = (name: string): Callback =>
  (Array.prototype as unknown as Readonly<Record<string, Callback>>)[name];

const asks =
  (name: "filter" | "find" | "findIndex" | "findLast" | "findLastIndex"): Native =>
  (self, [f, that]) => {
    const test = (...args: readonly unknown[]): boolean =>
      decided(name, Reflect.apply(f as Callback, that, args));
    const found: unknown = Reflect.apply(own(name), elements(self), [test]);
    return name === "filter" ? like(self, found as List) : found;
  };

/** A list of the kind of another. */
function like(self: unknown, list: List): List {
  const kind = isTyped(self) ? self.constructor : kinds.get(self as object);
  if (kind === Float64Array || kind === Float32Array) kinds.set(list, kind);
  return fresh(list);
}

/** `some` and `every`: all callbacks are asked from the first that is traced. */
const quantifier =
  (every: boolean): Native =>
  (self, [f, that]) => {
    let result: unknown = every;
    for (const [i, x] of elements(self).entries()) {
      const answer = truth(Reflect.apply(f as Callback, that, [x, i, self]));
      const next = every ? answer : not(answer);
      const held = every ? result : not(result);
      const all = both(truth(held), next);
      result = every ? all : not(all);
      if (result === !every) return result;
    }
    return result;
  };

/** The place of a value; -1 if it is certain that there is none. */
const finds =
  (name: "indexOf" | "lastIndexOf" | "includes"): Native =>
  (self, args) => {
    const list = elements(self);
    if (!list.some(isArray) && !isArray(args[0])) return Reflect.apply(own(name), list, args);
    const tests = list.map((x) => eq(x, args[0]));
    if (name === "includes") {
      let none: unknown = true;
      for (const t of tests) none = both(truth(none), not(t));
      return not(none);
    }
    const places = tests.map((t) => decided(name, t));
    return name === "indexOf" ? places.indexOf(true) : places.lastIndexOf(true);
  };

/** Sorts by what is known; numbers that are traced by the order of numbers, where the callback is `(a, b) => a - b`. */
const sorts: Native = (self, [compare]) => {
  const list = elements(self);
  willWrite(self as object, 0);
  const numeric = compare === undefined && (isTyped(self) || kinds.has(self as object));
  const by = (compare as Callback | undefined) ?? (numeric ? sub : undefined);
  const order = (a: unknown, b: unknown): number => {
    const d = by!(a, b);
    const value = isArray(d) ? known(d) : d;
    if (value === undefined)
      throw refuse("", "sort: the order of traced values is not known, so there is no order to sort by.");
    return Number(value);
  };
  const needs = by !== undefined && list.some((x) => isArray(x) && known(x) === undefined);
  const sorted =
    needs && numeric && list.every(isLeaf)
      ? unstack(sortArray(stacked(list)))
      : by === undefined
        ? [...list].sort()
        : [...list].sort(order);
  sorted.forEach((x, i) => {
    writeSlot(self as object, i, x);
  });
  return self;
};

/** Methods that change the list. */
const changes =
  (name: string): Native =>
  (self, args) => {
    willWrite(self as object, 0);
    if (!isTyped(self)) {
      const filled = name === "fill" ? [coerced(self as object, args[0]), ...args.slice(1)] : args;
      return Reflect.apply(own(name), self, filled);
    }
    const list = elementsOf(self);
    const result: unknown = Reflect.apply(own(name), list, args);
    list.forEach((x, i) => {
      writeSlot(self, i, x);
    });
    return result === list ? self : result;
  };

/** Methods whose result is a list, which may then be written to. */
const derives =
  (name: string): Native =>
  (self, args) => {
    const result = Reflect.apply(own(name), elements(self), args) as List;
    return name === "map" || name === "slice" ? like(self, result) : fresh(result);
  };

const reads =
  (name: string): Native =>
  (self, args) =>
    isTyped(self) || isArray(self)
      ? Reflect.apply(own(name), elements(self), args)
      : Reflect.apply(own(name), self, args);

const methods: Readonly<Record<string, Native>> = {
  ...Object.fromEntries(
    (["filter", "find", "findIndex", "findLast", "findLastIndex"] as const).map((n) => [n, asks(n)]),
  ),
  ...Object.fromEntries((["indexOf", "lastIndexOf", "includes"] as const).map((n) => [n, finds(n)])),
  ...Object.fromEntries(
    ["copyWithin", "fill", "pop", "push", "reverse", "shift", "splice", "unshift"].map((n) => [
      n,
      changes(n),
    ]),
  ),
  ...Object.fromEntries(["concat", "flat", "flatMap", "map", "slice"].map((n) => [n, derives(n)])),
  ...Object.fromEntries(
    ["at", "entries", "forEach", "join", "reduce", "reduceRight", "values"].map((n) => [n, reads(n)]),
  ),
  some: quantifier(false),
  every: quantifier(true),
  sort: sorts,
};

/** A part of a list, which shares its elements with it. */
const part = (list: List, from: number, to: number): List =>
  viewOf(
    Math.max(0, to - from),
    (i) => list[from + i],
    (i, value) => {
      willWrite(list, 0);
      list[from + i] = coerced(list, value);
    },
  );

/** What typed arrays have beyond lists, for lists that stand for them. */
export const typedMethods: Readonly<Record<string, Native>> = {
  set: (self, [from, offset = 0]) => {
    const list = self as List;
    willWrite(list, 0);
    [...elements(from)].forEach((x, i) => (list[Number(offset) + i] = coerced(list, x)));
    return undefined;
  },
  subarray: (self, [begin = 0, end]) => {
    const list = self as List;
    const clip = (given: unknown): number => {
      const x = isArray(given) ? known(given) : given;
      if (x === undefined) throw refuse("", "subarray: a bound is traced, so the part has no fixed length.");
      return Math.min(list.length, Number(x) < 0 ? list.length + Number(x) : Number(x));
    };
    const view = part(list, clip(begin), clip(end ?? list.length));
    const kind = kinds.get(list);
    if (kind !== undefined) kinds.set(view, kind);
    return view;
  },
};

/** Of typed arrays themselves: traced values may be set. */
const setView: Native = (self, [from, offset = 0]) => {
  [...elements(from)].forEach((x, i) => {
    willWrite(self as object, Number(offset) + i);
    writeSlot(self as object, Number(offset) + i, x);
  });
};

const fromItems =
  (kind: typeof Float64Array | typeof Float32Array | null): Native =>
  (_, [items, f, that]) => {
    const source = listOf(items) ?? Array.from(items as Iterable<unknown>);
    const list =
      f === undefined
        ? [...source]
        : source.map((x, i): unknown => Reflect.apply(f as Callback, that, [x, i]));
    return kind === null ? fresh(list) : typedList(kind, list);
  };

/** JavaScript's functions of lists, each with what it is in plain code. */
function* natives(): Generator<readonly [unknown, Native]> {
  const typed = Object.getPrototypeOf(Float64Array.prototype) as Readonly<Record<string, unknown>>;
  const lists = Array.prototype as unknown as Readonly<Record<string, unknown>>;
  for (const [name, native] of Object.entries(methods)) {
    if (lists[name] !== undefined) yield [lists[name], native];
    if (typed[name] !== undefined) yield [typed[name], native];
  }
  yield [typed.set, setView];
  yield [Array.from, fromItems(null)];
  const of: Native = (self, args) => typedList(self, args);
  // `from` and `of` of all typed arrays are the same functions.
  const own = Object.getPrototypeOf(Float64Array) as { readonly from: unknown; readonly of: unknown };
  yield [
    own.from,
    (self, args) =>
      self === Float64Array || self === Float32Array
        ? fromItems(self as typeof Float64Array)(self, args)
        : Reflect.apply(own.from as Callback, self, args),
  ];
  yield [
    own.of,
    (self, args) =>
      self === Float64Array || self === Float32Array
        ? of(self, args)
        : Reflect.apply(own.of as Callback, self, args),
  ];
  yield [
    Object.assign,
    (_, [target, ...sources]) => {
      for (const source of sources)
        for (const key of Object.keys(source ?? {})) {
          willWrite(target as object, key);
          writeSlot(target as object, key, readSlot(source as object, key));
        }
      return target;
    },
  ];
  yield [Object.is, (_, [a, b]) => (isArray(a) || isArray(b) ? eq(a, b) : Object.is(a, b))];
}

let added = false;

/** Makes lists known to calls. */
export function addLists(): void {
  if (added) return;
  added = true;
  addNatives(natives());
}

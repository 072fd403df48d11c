/** @file Elements, properties, calls and constructors in plain code. */
import { indexInDim } from "../../lax/shapes/slicing.ts";
import { PlainCodeError } from "../../base/errors.ts";
import { apply, located } from "./apply.ts";
import { refuse } from "./errors.ts";
import { fresh, willWrite, willWriteField } from "./log.ts";
import { coerced, kindOf, typedList, typedMethods } from "./lists.ts";
import { listOf, readAt, unstack, writeAt } from "./indexing.ts";
import { readSlot, writeSlot } from "./slots.ts";
import { inc, dec } from "./operators.ts";
import { isArray, known } from "./values.ts";

type Callable = (...args: readonly unknown[]) => unknown;
type Key = PropertyKey;

/** A position that is traced where something depends on it; else the key that it is. */
const keyOf = (key: unknown): unknown => (isArray(key) && key.ndim === 0 ? (known(key) ?? key) : key);

/** `o[k]`. */
export function get(object: unknown, key: unknown): unknown {
  const k = keyOf(key);
  if (isArray(k)) {
    const list = listOf(object);
    if (list !== null) return readAt(list, k);
    throw new PlainCodeError("a property is read by a traced key: only lists of numbers can be.");
  }
  if (
    isArray(object) &&
    object.ndim > 0 &&
    (typeof k === "number" || (typeof k === "string" && /^\d+$/.test(k)))
  ) {
    const i = Number(k);
    return Number.isInteger(i) && i >= 0 && i < object.shape[0] ? indexInDim(object, i, 0, false) : undefined;
  }
  if (object !== null && typeof object === "object") return readSlot(object, k as Key);
  return (object as Readonly<Record<Key, unknown>>)[k as Key];
}

/** `o[k] = value`, and its value. */
export function put(object: unknown, key: unknown, value: unknown): unknown {
  const k = keyOf(key);
  if (isArray(object))
    throw new PlainCodeError(
      "an array of the library's is written to: its elements never change. Take a copy first, x.slice(), or differentiate with the functions of adjoint/plain, which pass lists.",
    );
  if (isArray(k)) {
    if (!Array.isArray(object))
      throw new PlainCodeError("a property is written by a traced key: only lists of numbers can be.");
    willWrite(object, 0);
    writeAt(object as unknown[], k, value);
    return value;
  }
  if ((typeof object !== "object" && typeof object !== "function") || object === null) {
    (object as Record<Key, unknown>)[k as Key] = value;
    return value;
  }
  willWrite(object, k as Key);
  const stored = Array.isArray(object) && kindOf(object) !== undefined ? coerced(object, value) : value;
  writeSlot(object, k as Key, stored);
  return value;
}

/** `o[k] op= …`: the new value. */
export function update(object: unknown, key: unknown, f: (before: unknown) => unknown): unknown {
  return put(object, key, f(get(object, key)));
}

/** `o[k]++` and `o[k]--`: the value before. */
export function step(object: unknown, key: unknown, up: boolean): unknown {
  const before = get(object, key);
  put(object, key, up ? inc(before) : dec(before));
  return before;
}

/** A target of a destructuring assignment: `[o[k], …] = …`. */
export const target = (object: unknown, key: unknown): { value: unknown } => ({
  get value(): unknown {
    return get(object, key);
  },
  set value(x: unknown) {
    put(object, key, x);
  },
});

/** `o.#field = value`. */
export function field(
  object: object,
  name: string,
  read: () => unknown,
  write: (value: unknown) => void,
  value: unknown,
): unknown {
  willWriteField(object, name, { name: `.${name}`, of: object, key: name, read, write });
  write(value);
  return value;
}

/** The first of two values, where the second is computed for its effect: `x++`. */
export const first = <T>(before: T, ..._after: readonly unknown[]): T => before;

/** `f(…)`. */
export function call(site: string, f: unknown, ...args: readonly unknown[]): unknown {
  return apply(site, f, undefined, args);
}

/** A method of a number for which a traced value stands. */
function ofNumber(site: string, self: unknown, name: Key, args: readonly unknown[]): unknown {
  const value = known(self as never);
  if (value === undefined)
    throw refuse(site, `.${String(name)}() of a traced number: its digits are not known here.`);
  const f = Reflect.get(Object(value) as object, name) as Callable;
  return Reflect.apply(f, value, args);
}

/** The methods of numbers that give texts. */
const texts: ReadonlySet<unknown> = new Set([
  "toExponential",
  "toFixed",
  "toLocaleString",
  "toPrecision",
  "toString",
]);

/** `o.name(…)`. */
export function method(site: string, self: unknown, name: Key, ...args: readonly unknown[]): unknown {
  if (isArray(self) && self.ndim === 0 && name === "valueOf") return self;
  if (isArray(self) && self.ndim === 0 && texts.has(name)) return ofNumber(site, self, name, args);
  // What the user's code has added to numbers works on traced ones.
  const owner: unknown = isArray(self) && self.ndim === 0 && !(name in self) ? Number.prototype : self;
  const f: unknown = (owner as Readonly<Record<Key, unknown>>)[name];
  if (f === undefined) {
    if (Array.isArray(self) && typeof name === "string" && Object.hasOwn(typedMethods, name))
      return located(site, () => typedMethods[name](self, args));
    if (isArray(self) && name in Array.prototype) return method(site, unstack(self), name, ...args);
  }
  // The user's own message: o.name is not a function.
  if (typeof f !== "function") return (self as Record<Key, Callable>)[name](...args);
  return apply(site, f, self, args);
}

const isFloatList = (f: unknown): boolean => f === Float64Array || f === Float32Array;

/** `new C(…)`. */
export function make(site: string, cls: unknown, ...args: readonly unknown[]): unknown {
  const [source] = args;
  if (isFloatList(cls) && !(source instanceof ArrayBuffer)) {
    const size = isArray(source) && source.ndim === 0 ? known(source) : source;
    if (size === undefined && source !== undefined)
      throw refuse(site, "the length of a typed array is traced: arrays have lengths that are known.");
    if (typeof size !== "object")
      return typedList(
        cls,
        Array.from({ length: Number(size ?? 0) }, () => 0),
      );
    return typedList(cls, listOf(size) ?? (size as Iterable<unknown>));
  }
  return fresh(Reflect.construct(cls as Callable, args) as object);
}

/** What `for … of` and `...` go through. */
export const items = (x: unknown): Iterable<unknown> => listOf(x) ?? (x as Iterable<unknown>);

/** `x instanceof C`. */
export function isInstance(x: unknown, cls: unknown): boolean {
  if (Array.isArray(x) && isFloatList(cls)) return kindOf(x) === cls;
  if (isArray(x) && (cls === Array || isFloatList(cls))) return x.ndim > 0;
  return x instanceof (cls as Callable);
}

/** A variable that has not been declared yet. */
const undeclared = Symbol("a variable that is not there yet");

/** The value of a variable that may not be there yet. */
export function peek(read: () => unknown): unknown {
  try {
    return read();
  } catch (e) {
    if (e instanceof ReferenceError) return undeclared;
    throw e;
  }
}

/** Sets a variable again that may not be there yet. */
export function poke(value: unknown, write: () => void): void {
  if (value !== undeclared) write();
}

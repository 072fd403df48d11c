/**
 * @file Arrays as users see them: the abstract `NDArray` (public name `Array`), which concrete arrays and tracers
 * extend, and `ConcreteArray`, a shape and a dtype around immutable data.
 *
 * Invariants: data never changes after construction. A 0-d array holds a plain number, of int64 and uint64 a BigInt (so
 * scalar programs allocate nothing); any other holds a row-major typed array of exactly `size` elements (float16 kinds as bits). An array of complex
 * numbers holds no data of its own but two real arrays, its parts: programs compute with those.
 * The methods with arithmetic in them are declared in `ArrayMethods` and bound late, by numpy/array-methods.ts.
 */
/// <reference lib="esnext.disposable" preserve="true" />
import { show } from "../base/checks.ts";
import { ArgumentError, DTypeError, DisposedError } from "../base/errors.ts";
import {
  type DType,
  type DataOf,
  type NumberDType,
  type Scalar,
  type TypedArray,
  allocate,
  copyElements,
  isComplex,
  isTypedArray,
  isWide,
  realPart,
  wrapWide,
} from "../dtypes/dtype.ts";
import { type ShapedArray, shaped } from "./aval.ts";
import { encodeBF16, encodeF16, readElement } from "../dtypes/float16.ts";
import { formatArray } from "./format.ts";
import { LateBinding } from "./late.ts";
import type { ArrayMethods } from "./methods.ts";
import type { Storage } from "./storage.ts";
import { endViews, viewOf } from "./views.ts";

/** What functions on arrays accept: arrays, numbers, BigInts and booleans (weak scalars), flat typed arrays. */
export type ArrayLike = NDArray | number | bigint | boolean | TypedArray;

/** Nested lists of plain values, as `js()` returns them. */
export type NestedList<T> = T | NestedList<T>[];

/** A complex number, as `item()` and `js()` return it. */
export interface ComplexNumber {
  readonly re: number;
  readonly im: number;
}

/**
 * An array in JSON: its elements flat and row-major, complex ones as pairs, what JSON has no numbers for (integers beyond
 * 2^53 among them) as strings.
 */
export interface SerializedArray {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: readonly (number | "NaN" | "Infinity" | "-Infinity" | "-0" | `${bigint}`)[];
}

/** The data of a concrete array: a number (or BigInt) for 0-d ones, else a typed array. */
export type ArrayData = Scalar | TypedArray;

// Hosts older than explicit resource management know the symbol by its registered name only.
const disposeKey: typeof Symbol.dispose =
  (Symbol as { dispose?: typeof Symbol.dispose }).dispose ??
  (Symbol.for("Symbol.dispose") as typeof Symbol.dispose);
const inspectKey = Symbol.for("nodejs.util.inspect.custom");
// Jest prints copies of what differs. This key tells which properties they take; else all getters are read, and some throw.
const jestKey = Symbol.for("@jest/serializableProperties");

/** An n-dimensional array: concrete, or a tracer standing for one inside a transformation. */
export abstract class NDArray {
  abstract readonly aval: ShapedArray;

  get shape(): readonly number[] {
    return this.aval.shape;
  }
  get dtype(): DType {
    return this.aval.dtype;
  }
  get ndim(): number {
    return this.aval.ndim;
  }
  /** Number of elements. */
  get size(): number {
    return this.aval.size;
  }
  /** True if the dtype came from JavaScript numbers alone. */
  get weakType(): boolean {
    return this.aval.weakType;
  }
  /** Size of the first axis. */
  get length(): number {
    if (this.ndim === 0) throw new ArgumentError("length: a 0-dimensional array has no first axis.");
    return this.shape[0];
  }

  /**
   * The single value of an array of one element: a number, of bool arrays a boolean, of int64 and uint64 ones a BigInt, of
   * complex ones `{ re, im }`.
   */
  abstract item<T extends Scalar | boolean | ComplexNumber = number>(): T;
  /**
   * The values as nested lists, of bool arrays of booleans, of int64 and uint64 ones of BigInts, of complex ones of
   * `{ re, im }`: `x.js<number[][]>()`.
   */
  abstract js<T = NestedList<number | boolean>>(): T;
  /**
   * A copy of the values, flat and row-major; float16 kinds are widened to float32, complex numbers are pairs. With a dtype the
   * compiler knows the kind of the typed array: `x.dataSync("float64")`, and only so that it is one of BigInts: `x.dataSync("int64")`.
   * @throws DTypeError if the array has another dtype than the one given
   */
  abstract dataSync<D extends DType = NumberDType>(dtype?: D): DataOf<D>;
  /**
   * As `dataSync`, but where the values lie as they are given (all real dtypes but float16 kinds), they are not copied: for
   * large results that are read once. The view is valid until the next operation, and must not be written to. While checks
   * are on (`config.update({ enableChecks: true })`), an outdated view is empty.
   * @throws DTypeError if the array has another dtype than the one given
   * @example
   * np.arange(4).view().join(); // "0,1,2,3"
   */
  view<D extends DType = NumberDType>(dtype?: D): DataOf<D> {
    return this.dataSync(dtype);
  }
  /** As `dataSync`. */
  async data<D extends DType = NumberDType>(dtype?: D): Promise<DataOf<D>> {
    return Promise.resolve(this.dataSync(dtype));
  }
  abstract toString(): string;
  /**
   * For `JSON.stringify`, such that `np.array(JSON.parse(text))` is the array again: nested lists where they tell its dtype and
   * values, else a `SerializedArray`.
   */
  abstract toJSON(): unknown;
  /** Frees the data now: an optimisation only, arrays are garbage collected. Traced values have none to free. */
  abstract dispose(): void;
  abstract [Symbol.toPrimitive](hint: "number" | "string" | "default"): number | string;

  valueOf(): number {
    return Number(this[Symbol.toPrimitive]("number"));
  }
  /** For `using`: as `dispose`. */
  [disposeKey](): void {
    this.dispose();
  }
  [inspectKey](): string {
    return this.toString();
  }
  get [jestKey](): readonly string[] {
    return ["aval"];
  }
}

export interface NDArray extends ArrayMethods {
  [Symbol.iterator](): Iterator<NDArray>;
}

/** Stores scalars of a dtype (numbers already of its range) as array data. */
export function encodeData(dtype: DType, values: ArrayLikeScalars): TypedArray {
  const out = allocate(dtype, values.length);
  const encode = dtype === "float16" ? encodeF16 : dtype === "bfloat16" ? encodeBF16 : null;
  if (encode === null) copyElements(out, values as TypedArray);
  else for (let i = 0; i < values.length; i++) out[i] = encode(values[i] as number);
  return out;
}

type ArrayLikeScalars = { readonly length: number; readonly [i: number]: Scalar };

const copyOf = (data: TypedArray): TypedArray => data.slice();

/** The values of stored data in a typed array whose elements are plain numbers: a copy unless told otherwise. */
function plainData(data: ArrayData, dtype: DType, take = copyOf): TypedArray {
  if (dtype === "float16" || dtype === "bfloat16") {
    if (typeof data !== "object") return Float32Array.of(Number(data));
    return Float32Array.from({ length: data.length }, (_, i) => Number(readElement(data, dtype, i)));
  }
  if (typeof data === "object") return take(data);
  const out = allocate(dtype, 1);
  out[0] = data;
  return out;
}

/** Nested lists of a shape, from the element at each place in row-major order. */
function nested<T>(shape: readonly number[], element: (i: number) => T): NestedList<T> {
  let at = 0;
  const build = (axis: number): NestedList<T> =>
    axis === shape.length ? element(at++) : Array.from({ length: shape[axis] }, () => build(axis + 1));
  return build(0);
}

function checkOneElement(aval: ShapedArray): void {
  if (aval.size === 1) return;
  throw new ArgumentError(
    `item(): expected an array of one element; got ${String(aval)}. Use js() or dataSync().`,
  );
}

function checkDType(aval: ShapedArray, dtype: DType | undefined): void {
  if (dtype === undefined || dtype === aval.dtype) return;
  throw new DTypeError(`dataSync: expected dtype ${show(dtype)}; got ${String(aval)}. Use astype.`);
}

/** True for what functions on arrays accept. */
export const isArrayLike = (x: unknown): x is ArrayLike =>
  x instanceof NDArray ||
  typeof x === "number" ||
  typeof x === "boolean" ||
  typeof x === "bigint" ||
  isTypedArray(x);

/** The methods that compute. */
export const arrayMethods = new LateBinding<PropertyDescriptorMap>("the methods of arrays", (descriptors) =>
  Object.defineProperties(NDArray.prototype, descriptors),
);

/** Of arrays whose data is in shared memory: a copy of it, for those who look at an array from outside. */
const storedContents: PropertyDescriptor = {
  get(this: ConcreteArray) {
    if (this.storage === null) return null;
    const data = this.storage.view();
    return typeof data === "object" ? data.slice() : data;
  },
  enumerable: true,
  configurable: true,
};

/**
 * An array with data.
 *
 * What makes it what it is are its own enumerable properties: so assert.deepStrictEqual, vitest and chai compare arrays by
 * what they hold, and structuredClone copies it (`tree.fromClone` leads back).
 */
export class ConcreteArray extends NDArray {
  readonly aval: ShapedArray;
  /** The data, as it is stored; see `raw`. Null once it was disposed of. */
  readonly contents: ArrayData | null;
  #storage: Storage | null = null;

  /** `data` is taken over, not copied; see the invariants of this file. A storage must be given if `data` is null. */
  constructor(aval: ShapedArray, data: ArrayData | null, storage?: Storage) {
    super();
    endViews();
    this.aval = aval;
    this.contents = data;
    if (storage !== undefined) this.moveTo(storage);
    // `x[0] = v` throws instead of doing nothing.
    if (new.target === ConcreteArray) Object.preventExtensions(this);
  }

  /** The data's place in shared memory, if it has one. */
  get storage(): Storage | null {
    return this.#storage;
  }

  /** The data, equal to what it was, lives there from now on. */
  moveTo(storage: Storage): void {
    this.#storage?.release(this);
    this.#storage = storage;
    Object.defineProperty(this, "contents", storedContents);
    storage.retain(this);
  }

  /** The stored data: must not be changed, nor kept while other arrays are made. */
  get raw(): ArrayData {
    if (this.#storage !== null) return this.#storage.view();
    if (this.contents === null) {
      throw new DisposedError(
        `an array ${String(this.aval)} was used after dispose(); dispose of it only after its last use.`,
      );
    }
    return this.contents;
  }

  item<T extends Scalar | boolean | ComplexNumber = number>(): T {
    checkOneElement(this.aval);
    const raw = this.raw;
    const value = typeof raw === "object" ? readElement(raw, this.dtype, 0) : raw;
    return (this.dtype === "bool" ? value !== 0 : value) as T;
  }

  js<T = NestedList<number | boolean>>(): T {
    const flat = plainData(this.raw, this.dtype);
    const isBool = this.dtype === "bool";
    return nested(this.shape, (i) => (isBool ? flat[i] !== 0 : flat[i])) as T;
  }

  dataSync<D extends DType = NumberDType>(dtype?: D, take = copyOf): DataOf<D> {
    checkDType(this.aval, dtype);
    return plainData(this.raw, this.dtype, take) as DataOf<D>;
  }
  override view<D extends DType = NumberDType>(dtype?: D): DataOf<D> {
    return this.dataSync(dtype, viewOf);
  }

  /** Frees the data now. An optimisation only: arrays are garbage collected. */
  dispose(): void {
    this.#storage?.release(this);
    this.#storage = null;
    Object.defineProperty(this, "contents", { value: null });
  }

  /** True once the data was given up. */
  get disposed(): boolean {
    return this.#storage === null && this.contents === null;
  }

  override toString(): string {
    return this.disposed ? `Array(disposed, ${String(this.aval)})` : formatArray(this.aval, this.dataSync());
  }
  override get [jestKey](): readonly string[] {
    return Object.keys(this);
  }
  /** This array; of a copy made of its own properties alone, as jest prints, the array that it is a copy of. */
  whole(): ConcreteArray {
    return #storage in (this as object) ? this : new ConcreteArray(this.aval, this.contents);
  }
  toJSON(): unknown {
    const { dtype, shape, size } = this;
    const whole = this.whole();
    const data = Array.from<Scalar>(whole.dataSync() as ArrayLikeScalars);
    const isListed = dtype === "float64" || dtype === "bool" || dtype === "complex128";
    const inJson = (v: Scalar): boolean => Number.isFinite(v) && !Object.is(v, -0);
    if (isListed && size > 0 && data.every(inJson)) return whole.js();
    const values = data.map((v) =>
      inJson(v) ? v : Object.is(v, -0) ? "-0" : Number.isSafeInteger(Number(v)) ? Number(v) : String(v),
    );
    return { dtype, shape, data: values };
  }
  [Symbol.toPrimitive](hint: "number" | "string" | "default"): number | string {
    if (hint === "string") return this.toString();
    if (this.ndim !== 0 || isComplex(this.dtype)) {
      throw new ArgumentError(
        `an array ${String(this.aval)} does not convert to a number; use x.add(y), or item() or js().`,
      );
    }
    return Number(this.item());
  }
}

/** An array of complex numbers: two real arrays of its shape. */
export class ComplexArray extends ConcreteArray {
  readonly re: ConcreteArray;
  readonly im: ConcreteArray;

  /** The parts are taken over: nobody else disposes of them. */
  constructor(aval: ShapedArray, re: ConcreteArray, im: ConcreteArray) {
    super(aval, null);
    this.re = re;
    this.im = im;
    Object.preventExtensions(this);
  }

  override get raw(): ArrayData {
    throw new Error("internal: complex arrays have no data but that of their parts");
  }

  override item<T extends Scalar | boolean | ComplexNumber = number>(): T {
    checkOneElement(this.aval);
    return { re: this.re.item(), im: this.im.item() } as ComplexNumber as T;
  }

  override js<T = NestedList<number | boolean>>(): T {
    const re = this.re.dataSync();
    const im = this.im.dataSync();
    return nested(this.shape, (i): ComplexNumber => ({ re: re[i], im: im[i] })) as T;
  }

  override dataSync<D extends DType = NumberDType>(dtype?: D): DataOf<D> {
    checkDType(this.aval, dtype);
    const re = this.re.dataSync();
    const im = this.im.dataSync();
    const out = allocate(this.dtype, this.size);
    for (let i = 0; i < re.length; i++) {
      out[2 * i] = re[i];
      out[2 * i + 1] = im[i];
    }
    return out as DataOf<D>;
  }

  override whole(): ConcreteArray {
    return new ComplexArray(this.aval, this.re.whole(), this.im.whole());
  }

  override dispose(): void {
    this.re.dispose();
    this.im.dispose();
  }

  override get disposed(): boolean {
    return this.re.disposed;
  }
}

/** The aval of the parts of complex arrays. */
export const partAval = (aval: ShapedArray): ShapedArray =>
  shaped(aval.shape, realPart(aval.dtype), aval.weakType);

/** The value of an array of one element as its dtype holds it: 64-bit integers beyond 2⁵³ are no numbers. */
export const scalarOf = (x: ConcreteArray): Scalar => (isWide(x.dtype) ? x.item<bigint>() : Number(x.item()));

/** A concrete 0-d array. `value` must be representable in `dtype`. */
export function scalarArray(value: Scalar, dtype: DType, weakType = false): ConcreteArray {
  const aval = shaped([], dtype, weakType);
  if (isWide(dtype)) return new ConcreteArray(aval, wrapWide(BigInt(value), dtype));
  if (!isComplex(dtype)) return new ConcreteArray(aval, value);
  const part = partAval(aval);
  return new ComplexArray(aval, new ConcreteArray(part, value), new ConcreteArray(part, 0));
}

/**
 * @file Arrays that lie on the devices of a session: handles, numbers that the processes know them by.
 */
/// <reference lib="esnext.disposable" preserve="true" />
import { finalizers } from "../base/finalizers.ts";
import { ArgumentError, DisposedError } from "../base/errors.ts";
import type { ShapeDtypeStruct } from "../api/staging.ts";
import type { ArrayLike, NDArray } from "../core/array.ts";
import type { NamedSharding } from "../core/sharding/mesh.ts";
import type { Atom, IsInstance } from "../core/tree-types.ts";
import type { DType } from "../dtypes/dtype.ts";
import { prod } from "../base/util.ts";
import { arrayOf } from "../io/formats.ts";
import { XlaError } from "./errors.ts";
import type { Session } from "./session.ts";

/** What handles that nobody holds any more stood for. */
const garbage = finalizers<{ readonly session: Session; readonly number: number }>(({ session, number }) => {
  session.free(number);
});

// Hosts older than explicit resource management know the symbol by its registered name only.
const disposeKey: typeof Symbol.dispose =
  (Symbol as { dispose?: typeof Symbol.dispose }).dispose ??
  (Symbol.for("Symbol.dispose") as typeof Symbol.dispose);

/** An array on the devices of a session. Results come as such, and go into further calls without leaving the devices. */
export class XlaArray {
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** How it lies on the devices; null where partition specs cannot say. */
  readonly sharding: NamedSharding | null;
  readonly #session: Session;
  #number: number | null;

  /** Made by sessions alone. */
  constructor(
    session: Session,
    number: number,
    { shape, dtype }: { readonly shape: readonly number[]; readonly dtype: DType },
    sharding: NamedSharding | null,
  ) {
    this.#session = session;
    this.#number = number;
    this.shape = shape;
    this.dtype = dtype;
    this.sharding = sharding;
    garbage.register(this, { session, number }, this);
  }

  get ndim(): number {
    return this.shape.length;
  }
  /** Number of elements. */
  get size(): number {
    return prod(this.shape);
  }
  /** True once its memory was given up: disposed of, moved to the host, or donated. */
  get disposed(): boolean {
    return this.#number === null;
  }

  /**
   * The number by which the processes know it.
   * @throws DisposedError, or ArgumentError if it is of another session
   */
  numberIn(session: Session, where: string): number {
    if (session !== this.#session)
      throw new ArgumentError(
        `${where}: ${String(this)} is of another session; read it there (await x.data()).`,
      );
    if (this.#number === null)
      throw new DisposedError(
        `${where}: ${String(this)} was disposed of, moved to the host, or donated to a call; it has no data any more.`,
      );
    return this.#number;
  }

  /**
   * The values, as an array of the library; those on the devices stay.
   * @throws DisposedError; XlaError if the computation that it is the result of failed
   */
  async data(): Promise<NDArray> {
    const [x] = await read(this.#session, [this], "XlaArray.data");
    return x;
  }

  /** As `data`, and frees the memory on the devices: the array moves. */
  async toArray(): Promise<NDArray> {
    const [x] = await read(this.#session, [this], "XlaArray.toArray");
    this.dispose();
    return x;
  }

  /** Frees its memory now; otherwise that is done when it is garbage. */
  dispose(): void {
    const number = this.giveUp();
    if (number !== null) this.#session.free(number);
  }
  /** For `using`: as `dispose`. */
  [disposeKey](): void {
    this.dispose();
  }

  /** Forgets its number, which the processes free themselves. */
  giveUp(): number | null {
    const number = this.#number;
    this.#number = null;
    garbage.unregister(this);
    return number;
  }

  toString(): string {
    const where = this.sharding === null ? "" : `, ${String(this.sharding.spec)}`;
    return `XlaArray(${this.dtype}[${this.shape.join(",")}]${where})`;
  }
}

/** The values of arrays, with one request. */
export async function read(session: Session, arrays: readonly XlaArray[], what: string): Promise<NDArray[]> {
  const numbers = arrays.map((x) => x.numberIn(session, what));
  const [{ buffers }] = await session.request(what, { op: "read", arrays: numbers });
  if (buffers.length !== arrays.length)
    throw new XlaError("run", `${what}: ${buffers.length} arrays came back.`);
  return arrays.map((x, i) => arrayOf(buffers[i], x.dtype, x.shape));
}

/** A tree of the structure of `T`, with a `Leaf` for each array. */
type TreeOf<T, Leaf> = unknown extends T
  ? T
  : [T] extends [never]
    ? T
    : [T] extends [ArrayLike]
      ? Leaf
      : T extends ArrayLike
        ? Leaf
        : T extends Atom
          ? T
          : T extends readonly unknown[]
            ? { readonly [K in keyof T]: TreeOf<T[K], Leaf> }
            : IsInstance<T> extends true
              ? T
              : { readonly [K in keyof T]: TreeOf<T[K], Leaf> };

/** What a caller may pass where the compiled function takes a `T`: arrays of the library or of the session. */
export type DeviceLike<T> = TreeOf<T, ArrayLike | XlaArray>;

/** A tree of the structure of `T`, made anew, with a `Leaf` for each array, wherever it is. */
type NewTree<T, Leaf> = unknown extends T
  ? T
  : [T] extends [never]
    ? T
    : [T] extends [ArrayLike | XlaArray]
      ? Leaf
      : T extends ArrayLike | XlaArray
        ? Leaf
        : T extends Atom
          ? T
          : T extends readonly unknown[]
            ? { -readonly [K in keyof T]: NewTree<T[K], Leaf> }
            : IsInstance<T> extends true
              ? T
              : { -readonly [K in keyof T]: NewTree<T[K], Leaf> };

/** A tree of the structure of `T` whose arrays are those of the session. */
export type DeviceTree<T> = NewTree<T, XlaArray>;

/** A tree of the structure of `T` whose arrays are those of the library. */
export type HostTree<T> = NewTree<T, NDArray>;

/** What a function is compiled for: arguments, or shapes and dtypes in place of their arrays. */
export type ExampleArgs<A extends readonly unknown[]> = {
  [K in keyof A]: TreeOf<A[K], ArrayLike | XlaArray | ShapeDtypeStruct>;
};

/** The arguments of a compiled function. */
export type DeviceArgs<A extends readonly unknown[]> = { [K in keyof A]: DeviceLike<A[K]> };

/**
 * @file Loads `@jax-js/jax` with its wasm backend. It expects a browser's `navigator`, and `Float16Array`, which Node 20
 * does not have; neither is used by what is measured here.
 */

type Data = Float32Array | Float64Array;
type Axis = number | readonly number[];

/** An array of the library. Every use consumes it; `.ref` keeps it for another one. */
export interface JaxJsArray {
  readonly ref: JaxJsArray;
  add(other: JaxJsArray | number): JaxJsArray;
  sub(other: JaxJsArray | number): JaxJsArray;
  mul(other: JaxJsArray | number): JaxJsArray;
  div(other: JaxJsArray | number): JaxJsArray;
  less(other: JaxJsArray | number): JaxJsArray;
  neg(): JaxJsArray;
  sum(axis?: Axis, options?: { keepdims: boolean }): JaxJsArray;
  mean(axis?: Axis, options?: { keepdims: boolean }): JaxJsArray;
  astype(dtype: string): JaxJsArray;
  reshape(shape: readonly number[]): JaxJsArray;
  transpose(): JaxJsArray;
  slice(...index: (number | readonly number[])[]): JaxJsArray;
  dataSync(): Data;
  dispose(): void;
}

type Unary = (x: JaxJsArray) => JaxJsArray;

/** The part of the library that is measured. Its own declarations need types that Node's do not have. */
export interface JaxJs {
  init(...devices: string[]): Promise<string[]>;
  defaultDevice(device: string): string;
  grad<X, More extends unknown[]>(
    f: (x: X, ...more: More) => JaxJsArray,
  ): (x: X | number, ...more: More) => X;
  valueAndGrad<X, More extends unknown[]>(
    f: (x: X, ...more: More) => JaxJsArray,
  ): (x: X, ...more: More) => [JaxJsArray, X];
  jit<Args extends unknown[], R>(
    f: (...args: Args) => R,
  ): (...args: { [K in keyof Args]: Args[K] | number }) => R;
  readonly numpy: {
    array(values: Data, options: { dtype: string; shape?: readonly number[] }): JaxJsArray;
    zeros(shape: readonly number[], options: { dtype: string }): JaxJsArray;
    matmul(x: JaxJsArray, y: JaxJsArray): JaxJsArray;
    maximum(x: JaxJsArray, y: JaxJsArray | number): JaxJsArray;
    where(test: JaxJsArray, x: JaxJsArray | number, y: JaxJsArray | number): JaxJsArray;
    sum: Unary;
    cumsum: Unary;
    exp: Unary;
    log: Unary;
    sin: Unary;
    sort: Unary;
    sqrt: Unary;
    square: Unary;
    tanh: Unary;
  };
  readonly lax: {
    conv(x: JaxJsArray, w: JaxJsArray, strides: readonly number[], padding: string): JaxJsArray;
  };
  readonly nn: {
    relu: Unary;
    softmax(x: JaxJsArray, axis: number): JaxJsArray;
    logSoftmax(x: JaxJsArray, axis: number): JaxJsArray;
  };
  readonly random: {
    key(seed: number): JaxJsArray;
    normal(key: JaxJsArray, shape: readonly number[]): JaxJsArray;
  };
  readonly tree: { ref<T>(tree: T): T; dispose(tree: unknown): void };
}

let loaded: Promise<JaxJs> | null = null;

async function load(): Promise<JaxJs> {
  const missing = { navigator: { userAgent: "Node.js", hardwareConcurrency: 1 }, Float16Array: Uint16Array };
  for (const [name, value] of Object.entries(missing))
    if (!(name in globalThis)) Object.defineProperty(globalThis, name, { value, configurable: true });
  const jax = (await import("@jax-js/jax")) as unknown as JaxJs;
  const devices = await jax.init("wasm");
  if (!devices.includes("wasm"))
    throw new Error(`@jax-js/jax has no wasm backend here, only ${devices.join(", ")}`);
  jax.defaultDevice("wasm");
  return jax;
}

/** The library, ready to use. */
export function jaxJs(): Promise<JaxJs> {
  loaded ??= load();
  return loaded;
}

/** Reads results, which frees them. */
export const readJax = (...results: readonly JaxJsArray[]): ArrayLike<number>[] =>
  results.map((r) => r.dataSync());

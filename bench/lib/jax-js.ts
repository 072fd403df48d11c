/**
 * @file Loads `@jax-js/jax` with its wasm backend. It expects a browser's `navigator`, and `Float16Array`, which Node 20
 * does not have; neither is used by what is measured here.
 */

/** An array of the library. Every use consumes it; `.ref` keeps it for another one. */
export interface JaxJsArray {
  readonly ref: JaxJsArray;
  add(other: JaxJsArray): JaxJsArray;
  mul(other: JaxJsArray): JaxJsArray;
  neg(): JaxJsArray;
  dataSync(): Float32Array | Float64Array;
}

/** The part of the library that is measured. Its own declarations need types that Node's do not have. */
export interface JaxJs {
  init(...devices: string[]): Promise<string[]>;
  defaultDevice(device: string): string;
  grad(f: (x: JaxJsArray) => JaxJsArray): (x: JaxJsArray | number) => JaxJsArray;
  jit<X>(f: (x: X) => JaxJsArray): (x: JaxJsArray | number) => JaxJsArray;
  readonly numpy: {
    array(values: Float32Array | Float64Array, options: { dtype: string }): JaxJsArray;
    exp(x: JaxJsArray): JaxJsArray;
    sin(x: JaxJsArray): JaxJsArray;
    square(x: JaxJsArray): JaxJsArray;
    sum(x: JaxJsArray): JaxJsArray;
    tanh(x: JaxJsArray): JaxJsArray;
  };
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

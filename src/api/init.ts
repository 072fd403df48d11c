/** @file `init`: what loads asynchronously, loaded once. */
import { binaryenLoaded, loadBinaryen } from "../jit/wasm/binaryen.ts";
import { hasSimd } from "../jit/wasm/host.ts";
import { warmUp } from "../jit/wasm/run.ts";

/**
 * Loads the WebAssembly compiler. Programs compiled afterwards run as WebAssembly where that pays; before (and without
 * it) everything compiles to JavaScript. A program that is compiled already stays as it is.
 *
 * @returns true if the host can run WebAssembly with vectors; false (and nothing changes) if it cannot
 * @example
 * await init();
 * jit((x) => np.tanh(x).sum(), { backend: "wasm" })(np.zeros([1000])).item(); // 0
 */
export async function init(): Promise<boolean> {
  if (!hasSimd()) return false;
  if (!binaryenLoaded()) {
    await loadBinaryen();
    warmUp();
  }
  return true;
}

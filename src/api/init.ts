/** @file `init`: what loads asynchronously, loaded once. */
import { refuseMore } from "../base/checks.ts";
import { checkOptions } from "../base/errors.ts";
import { heapMemory, shareHeap } from "../jit/memory/heap.ts";
import { canShare, checkThreads, startThreads } from "../jit/memory/threads.ts";
import { binaryenLoaded, loadBinaryen } from "../loops/emit/wasm/binaryen.ts";
import { installCompiler } from "../jit/compiler.ts";
import { hasSimd } from "../loops/emit/wasm/host.ts";
import { warmUp } from "../jit/memory/run.ts";

/** Options of `init`. */
export interface InitOptions {
  /**
   * Threads that share the loops of large programs, the calling one included; 1 if not given. Results do not depend on it.
   * Browsers need cross-origin isolation for more than one. Only the first call of a process can ask for them.
   */
  readonly threads?: number | undefined;
}

/**
 * Loads the WebAssembly compiler. Programs compiled afterwards run as WebAssembly where that pays; before (and without
 * it) everything compiles to JavaScript. A program that is compiled already stays as it is.
 *
 * @returns true if the host can run WebAssembly with vectors; false (and nothing changes) if it cannot
 * @example
 * await init();
 * jit((x) => np.tanh(x).sum(), { backend: "wasm" })(np.zeros([1000])).item(); // 0
 */
export async function init(options?: InitOptions, ...more: []): Promise<boolean> {
  refuseMore("init", 1, more);
  checkOptions("init", options, ["threads"]);
  const threads = options?.threads ?? 1;
  checkThreads(threads);
  if (!hasSimd()) return false;
  installCompiler();
  if (threads > 1 && canShare() && shareHeap()) await startThreads(threads, heapMemory());
  if (!binaryenLoaded()) {
    await loadBinaryen();
    warmUp();
  }
  return true;
}

/** @file `init`: threads, the choice of what generates WebAssembly, and where programs are kept. */
import { refuseMore, show } from "../../base/checks.ts";
import { ArgumentError, checkOptions } from "../../base/errors.ts";
import { hasNodeModules } from "../../base/host.ts";
import { checkThreads } from "../../jit/memory/start-threads.ts";
import { startThreads } from "../../jit/memory/threads.ts";
import { installCompiler } from "../../jit/compiler.ts";
import { openBrowserCache } from "../../jit/kept/browser.ts";
import { openDirectory } from "../../jit/kept/directory.ts";
import { keptPrograms } from "../../jit/kept/kept.ts";
import {
  type BinaryenModule,
  binaryenGenerator,
  loadBinaryen,
} from "../../loops/emit/wasm/generators/binaryen.ts";
import { chooseGenerator } from "../../loops/emit/wasm/generators/chosen.ts";
import { encoder } from "../../loops/emit/wasm/generators/encoder.ts";
import { allowRelaxedSimd, runsWasm } from "../../loops/emit/wasm/host.ts";

/** Options of `init`. */
export interface InitOptions {
  /**
   * Threads that share the loops of large programs, the calling one included. If not given: in Node the cores that the process
   * may run on (or what the environment variable ADJOINT_THREADS says), if WebAssembly has not run yet; elsewhere 1. Results do
   * not depend on it, and where sharing a loop is slower than running it alone, it is run alone. Browsers need cross-origin
   * isolation for more than one. They can be asked for until WebAssembly first runs, once.
   */
  readonly threads?: number | undefined;
  /**
   * What makes WebAssembly of programs that are compiled from now on: "encoder", the library's own and the one that is
   * there from the beginning, or "binaryen", the npm package, loaded by `import("binaryen")`; or that module itself, where
   * the host cannot find it by its name. Both write the same instructions, which run alike; Binaryen prints text in a form of
   * its own (`compile().wasm`), and takes longer.
   */
  readonly codegen?: "encoder" | "binaryen" | BinaryenModule | undefined;
  /**
   * Where compiled programs are kept from one run to the next, so that the first call of one that is known only traces it:
   * the path of a directory of yours in Node, Deno and Bun (it is made if it is not there), a name for the Cache API in
   * browsers. Only programs that run as WebAssembly are kept. What is there is used if it is of the same program, the same
   * version of the library and the same settings, and unharmed; up to 64 MiB are kept, and what was not used for longest
   * goes. Whoever can write to the directory decides what runs. Nothing is kept unless it is asked for.
   */
  readonly cache?: string | undefined;
}

async function keepAt(cache: string): Promise<void> {
  if (typeof cache !== "string" || cache === "")
    throw new ArgumentError(
      `init: cache is the path of a directory, or in browsers the name of a cache; got ${show(cache)}.`,
    );
  keptPrograms.install(await (hasNodeModules() ? openDirectory(cache) : openBrowserCache(cache)));
}

async function choose(codegen: Exclude<InitOptions["codegen"], undefined>): Promise<void> {
  if (codegen === "encoder") chooseGenerator(encoder);
  else if (codegen === "binaryen") chooseGenerator(binaryenGenerator(await loadBinaryen()));
  else if (typeof codegen === "object" && "Module" in codegen && "Features" in codegen)
    chooseGenerator(binaryenGenerator(codegen));
  else
    throw new ArgumentError(
      `init: codegen is "encoder", "binaryen" or the module of Binaryen (\`import binaryen from "binaryen"\`); ` +
        `got ${show(codegen)}.`,
    );
}

/**
 * Settings that take time: threads, another generator of WebAssembly, and a place where compiled programs are kept. Nothing
 * else needs it: programs run as WebAssembly where that pays, without it. A program that is compiled already stays as it is.
 * In Node 20 and 21 it turns on V8's flag for fused multiplication and addition (later versions have it on): products and
 * transcendental functions are up to a third faster, and round less.
 *
 * @returns true if the host can run WebAssembly with vectors; false (and nothing changes) if it cannot, or may not
 * @throws ArgumentError for options outside their values, and where Binaryen is asked for and cannot be loaded
 * @throws FileError if the place for compiled programs cannot be opened, or written to
 * @throws ThreadsError if threads are asked for and cannot be started; everything works on one thread then
 * @example
 * await init({ threads: 2 });
 * jit((x) => np.tanh(x).sum(), { backend: "wasm" })(np.zeros([1000])).item(); // 0
 */
export async function init(options?: InitOptions, ...more: []): Promise<boolean> {
  refuseMore("init", 1, more);
  checkOptions("init", options, ["threads", "codegen", "cache"]);
  const { threads, codegen, cache } = options ?? {};
  if (threads !== undefined) checkThreads("threads", threads);
  if (codegen !== undefined) await choose(codegen);
  if (!runsWasm()) return false;
  allowRelaxedSimd();
  installCompiler();
  if (cache !== undefined) await keepAt(cache);
  await startThreads(threads);
  return true;
}

/**
 * @file `leakChecking`: traced values that outlive their transformation.
 *
 * JavaScript does not tell who refers to a value, only, once garbage is collected, that nobody does. So the check is asynchronous, and
 * needs a host that can be told to collect.
 */
import { checkFunction, refuseMore } from "../../base/checks.ts";
import { ArgumentError, UnexpectedTracerError } from "../../base/errors.ts";
import { nodeModuleNow } from "../../base/host.ts";
import { type Tracer, tracerWatch } from "../../core/trace.ts";

interface V8 {
  setFlagsFromString(flag: string): void;
}
interface Vm {
  runInNewContext(text: string): unknown;
}

type Collect = () => void;

/** What collects garbage now; null where nothing does. */
function collector(): Collect | null {
  const own = (globalThis as { readonly gc?: Collect }).gc;
  if (own !== undefined) return own;
  const bun = (globalThis as { readonly Bun?: { gc(now: boolean): void } }).Bun;
  if (bun !== undefined) return () => bun.gc(true);
  try {
    (nodeModuleNow("v8") as V8 | undefined)?.setFlagsFromString("--expose-gc");
    const made = (nodeModuleNow("vm") as Vm | undefined)?.runInNewContext("gc");
    return typeof made === "function" ? (made as Collect) : null;
  } catch {
    return null;
  }
}

/** Values are kept alive until the job in which a WeakRef was made ends. */
const nextJob = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

/**
 * Runs `f`, and looks whether values traced in it are still referred to after it: from a variable outside, a list, an object. Such a
 * value has no number, and what uses it later fails.
 *
 * The check collects garbage, and so takes some milliseconds, and its answer comes later: await it.
 * @throws UnexpectedTracerError naming the transformation and its line, if a traced value is still there (as a rejection)
 * @throws ArgumentError where the host cannot be told to collect garbage: browsers need a flag for it
 * @see jax.checking_leaks
 * @example
 * const kept: Array[] = [];
 * const leaky = jit((x: Array) => {
 *   kept.push(x.mul(2));
 *   return x;
 * });
 * leakChecking(() => leaky(1)).catch((e: Error) => e.name); // a promise: "UnexpectedTracerError"
 */
export async function leakChecking<R>(f: () => R, ...more: []): Promise<Awaited<R>> {
  refuseMore("leakChecking", 1, more);
  checkFunction("leakChecking", "the first argument", f);
  const collect = collector();
  if (collect === null) {
    throw new ArgumentError(
      "leakChecking: this host cannot be told to collect garbage. Run it in Node, Deno (--v8-flags=--expose-gc) or Bun, or start " +
        "Chromium with --js-flags=--expose-gc.",
    );
  }
  const made: WeakRef<Tracer>[] = [];
  const before = tracerWatch.value;
  tracerWatch.install((tracer) => {
    made.push(new WeakRef(tracer));
    before?.(tracer);
  });
  let result: R;
  try {
    result = f();
  } finally {
    tracerWatch.install(before);
  }
  for (let round = 0; round < 3; round++) {
    await nextJob();
    collect();
  }
  const leaked = made.map((ref) => ref.deref()).find((t) => t !== undefined);
  if (leaked === undefined) return await result;
  const { what, site } = leaked.owner;
  throw new UnexpectedTracerError(
    `leakChecking: a traced value ${String(leaked.aval)} outlived ${what}, made at ${String(site)}. The function stored it outside ` +
      `(in a variable, a list, an object): return it as an output instead.`,
  );
}

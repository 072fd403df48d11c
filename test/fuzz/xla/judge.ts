/** @file XLA in a process of its own: modules in, results out, many on the way at once. */
import type { NDArray } from "../../../src/core/array.ts";
import { XlaError, connect } from "../../../src/xla/index.ts";

export type Verdict = { readonly outs: readonly NDArray[] } | { readonly error: string };

export interface Judge {
  run(text: string, args: readonly NDArray[]): Promise<Verdict>;
  close(): Promise<void>;
}

/**
 * A session whose programs are compiled in haste: they run once.
 * @throws XlaError where there is no Python with JAX
 */
export async function openJudge(): Promise<Judge> {
  process.env.XLA_FLAGS = "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true";
  const xla = await connect({ platform: "cpu", devices: 1 });
  return {
    run: async (text, args) => {
      try {
        return { outs: await xla.run(text, args) };
      } catch (error) {
        if (error instanceof XlaError && xla.isOpen) return { error: error.message };
        throw error;
      }
    },
    close: () => xla.close(),
  };
}

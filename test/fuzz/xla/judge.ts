/** @file XLA in a process of its own: modules in, results out, many on the way at once. */
import type { NDArray } from "../../../src/core/array.ts";
import { type Xla, XlaError, connect } from "../../../src/xla/index.ts";

/** `crash`: XLA's process ended over this program, though it was alone. */
export type Verdict =
  { readonly outs: readonly NDArray[] } | { readonly error: string } | { readonly crash: string };

export interface Judge {
  run(text: string, args: readonly NDArray[]): Promise<Verdict>;
  close(): Promise<void>;
}

/** Programs are compiled in haste: they run once. */
const flags = "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true";

/**
 * A session for programs that may end it: those on the way when it ends are run again, one after another.
 * @throws XlaError where there is no Python with JAX
 */
export async function openJudge(): Promise<Judge> {
  process.env.XLA_FLAGS = flags;
  const open = async (): Promise<Xla> => connect({ platform: "cpu", devices: 1 });
  let session = await open();
  let alone: Promise<unknown> = Promise.resolve();

  const attempt = async (xla: Xla, text: string, args: readonly NDArray[]): Promise<Verdict | null> => {
    try {
      return { outs: await xla.run(text, args) };
    } catch (error) {
      if (!(error instanceof XlaError)) throw error;
      return error.reason === "lost" || !xla.isOpen ? null : { error: error.message };
    }
  };
  const again = async (text: string, args: readonly NDArray[]): Promise<Verdict> => {
    if (!session.isOpen) session = await open();
    const verdict = await attempt(session, text, args);
    return verdict ?? { crash: "XLA's process ended" };
  };
  return {
    run: async (text, args) => {
      await alone;
      const verdict = session.isOpen ? await attempt(session, text, args) : null;
      if (verdict !== null) return verdict;
      const turn = alone.then(() => again(text, args));
      alone = turn.catch(() => undefined);
      return turn;
    },
    close: () => session.close(),
  };
}

/** @file Looks compiled programs up where they are kept, and keeps new ones. */
import { config } from "../../base/config.ts";
import type { ClosedJaxpr } from "../../core/jaxpr/ir.ts";
import { chosenGenerator } from "../../loops/emit/wasm/generators/chosen.ts";
import { encoder } from "../../loops/emit/wasm/generators/encoder.ts";
import { hasRelaxedSimd, runsWasm } from "../../loops/emit/wasm/host.ts";
import { wasmTarget } from "../memory/threads.ts";
import type { Backend } from "../runner.ts";
import { type KeptProgram, decodeProgram, encodeProgram } from "./format.ts";
import { jaxprKey } from "./key.ts";
import { type Store } from "./kept.ts";
import { libraryStamp } from "./stamp.ts";

/** Where a program is kept, or will be. */
export interface Place {
  /** What is there. */
  readonly found: KeptProgram | null;
  keep(program: KeptProgram): void;
}

/** The place of a simplified jaxpr, under the name that its module bears; null if it is none to keep. */
export function placeOf(store: Store, simplified: ClosedJaxpr, name: string, backend: Backend): Place | null {
  const { enableChecks, jitless } = config.values;
  if (enableChecks || jitless || backend === "js" || !runsWasm()) return null;
  const program = jaxprKey(simplified);
  if (program === null) return null;
  const { threads, shared } = wasmTarget();
  const generator = chosenGenerator() === encoder ? "encoder" : "binaryen";
  const target = {
    name,
    stamp: libraryStamp(),
    backend,
    generator,
    threads,
    shared,
    relaxed: hasRelaxedSimd(),
  };
  const key = `${JSON.stringify(target)}\n${program}`;
  const bytes = store.read(key);
  return {
    found: bytes === null ? null : decodeProgram(key, bytes),
    keep: (kept) => store.write(key, encodeProgram(key, kept)),
  };
}

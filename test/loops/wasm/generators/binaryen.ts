/** @file Binaryen as the judge of modules that it did not make. */
import binaryen from "binaryen";
import { binaryenGenerator } from "../../../../src/loops/emit/wasm/generators/binaryen.ts";
import { encoder } from "../../../../src/loops/emit/wasm/generators/encoder.ts";
import type { Generator } from "../../../../src/loops/emit/wasm/generators/module.ts";

/** Both generators, by their names in `init({ codegen })`. */
export const generators: Readonly<Record<"encoder" | "binaryen", Generator>> = {
  encoder,
  binaryen: binaryenGenerator(binaryen),
};

interface Judged {
  readonly valid: boolean;
  /** What Binaryen prints of what it has read and written: that of equal modules is equal. */
  readonly text: string;
}

function judge(given: binaryen.Module): Judged {
  const f = binaryen.Features;
  // What modules use. Were there more, Binaryen would write types in a form that needs it.
  given.setFeatures(
    f.SIMD128 |
      f.BulkMemory |
      f.NontrappingFPToInt |
      f.SignExt |
      f.MutableGlobals |
      f.RelaxedSIMD |
      f.Atomics,
  );
  const valid = given.validate() === 1;
  const again = binaryen.readBinary(given.emitBinary());
  const text = again.emitText();
  for (const m of [given, again]) m.dispose();
  return { valid, text };
}

export const judgeBinary = (bytes: Uint8Array): Judged => judge(binaryen.readBinary(bytes));
export const judgeText = (text: string): Judged => judge(binaryen.parseText(text));

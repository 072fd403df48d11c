/** @file The words that StableHLO writes as numbers. They are the same in its own dialect, in CHLO and in VHLO. */
import type { Attribute } from "../text/attributes.ts";
import { word } from "./builtin.ts";
import type { Cursor } from "./cursor.ts";

const words = {
  accuracy: ["DEFAULT", "HIGHEST", "TOLERANCE"],
  api: [
    "API_VERSION_UNSPECIFIED",
    "API_VERSION_ORIGINAL",
    "API_VERSION_STATUS_RETURNING",
    "API_VERSION_STATUS_RETURNING_UNIFIED",
    "API_VERSION_TYPED_FFI",
  ],
  comparison: ["EQ", "NE", "GE", "GT", "LE", "LT"],
  comparisonType: ["NOTYPE", "FLOAT", "TOTALORDER", "SIGNED", "UNSIGNED"],
  distribution: ["", "UNIFORM", "NORMAL"],
  fft: ["FFT", "IFFT", "RFFT", "IRFFT"],
  precision: ["DEFAULT", "HIGH", "HIGHEST"],
  random: ["DEFAULT", "THREE_FRY", "PHILOX"],
  transpose: ["TRANSPOSE_INVALID", "NO_TRANSPOSE", "TRANSPOSE", "ADJOINT"],
} as const;

/** Reads one of the words of a kind. */
export const wordOf =
  (kind: keyof typeof words) =>
  (c: Cursor): Attribute => {
    const { at } = c;
    const known: readonly string[] = words[kind];
    const code = c.number("a word");
    const found = known[code];
    if (found === undefined || found === "")
      throw c.error(`expected one of ${known.filter((w) => w !== "").join(", ")}; got number ${code}.`, at);
    return word(found);
  };

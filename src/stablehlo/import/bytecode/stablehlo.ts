/**
 * @file How StableHLO, CHLO and Shardy write their own attributes and types. The numbers are those of StablehloBytecode.cpp and
 * ChloBytecode.cpp of openxla/stablehlo.
 */
import type { Attribute, ConvDims } from "../text/attributes.ts";
import { raw } from "./builtin.ts";
import type { Cursor } from "./cursor.ts";
import { wordOf } from "./enums.ts";
import type { Dialect } from "./tables.ts";

/** What the axes of a structure's field are: a list, or one number. */
type Fields = readonly (readonly [name: string, kind: "axes" | "axis"])[];

const structOf =
  (name: string, fields: Fields) =>
  (c: Cursor): Attribute => ({
    kind: "struct",
    name: `stablehlo.${name}`,
    fields: new Map(fields.map(([key, kind]) => [key, kind === "axes" ? c.signedList(key) : c.signed(key)])),
  });

const axes = (...names: readonly string[]): Fields => names.map((name) => [name, "axes"] as const);

/** One of the three operands of a convolution: where two axes stand that have names, and the others. */
export interface Layout {
  readonly first: number;
  readonly second: number;
  readonly spatial: readonly number[];
}

/** The letters of axes in the order of the axes: `[b, 0, f]`. What no letter says is left empty. */
function letters({ first, second, spatial }: Layout, names: readonly [string, string]): string[] {
  const out = new Array<string>(spatial.length + 2).fill("");
  const places = [first, second, ...spatial];
  places.forEach((place, i) => {
    if (place >= 0 && place < out.length) out[place] = i < 2 ? names[i] : String(i - 2);
  });
  return out;
}

/** The axes of a convolution, as text has them. */
export const convDims = (input: Layout, kernel: Layout, output: Layout): ConvDims => ({
  kind: "conv",
  specs: [letters(input, ["b", "f"]), letters(kernel, ["i", "o"]), letters(output, ["b", "f"])],
});

function readConvDims(c: Cursor): Attribute {
  const layout = (): Layout => {
    const [first, second] = [c.signed("an axis"), c.signed("an axis")];
    return { first, second, spatial: c.signedList("axes") };
  };
  return convDims(layout(), layout(), layout());
}

export const stablehlo: Dialect = {
  attributes: {
    1: raw("channel_handle"),
    2: wordOf("comparison"),
    3: wordOf("comparisonType"),
    4: readConvDims,
    5: structOf(
      "dot",
      axes(
        "lhs_batching_dimensions",
        "rhs_batching_dimensions",
        "lhs_contracting_dimensions",
        "rhs_contracting_dimensions",
      ),
    ),
    6: wordOf("fft"),
    7: structOf("gather", [
      ...axes(
        "offset_dims",
        "collapsed_slice_dims",
        "operand_batching_dims",
        "start_indices_batching_dims",
        "start_index_map",
      ),
      ["index_vector_dim", "axis"],
    ]),
    8: wordOf("precision"),
    9: wordOf("random"),
    10: wordOf("distribution"),
    11: structOf("scatter", [
      ...axes(
        "update_window_dims",
        "inserted_window_dims",
        "input_batching_dims",
        "scatter_indices_batching_dims",
        "scatter_dims_to_operand_dims",
      ),
      ["index_vector_dim", "axis"],
    ]),
    12: wordOf("transpose"),
    13: raw("bounds"),
    14: raw("output_operand_alias"),
    15: raw("dot_algorithm"),
    16: wordOf("accuracy"),
    17: raw("result_accuracy"),
    ...Object.fromEntries([18, 19, 20, 21, 22].map((code) => [code, raw("mesh")])),
  },
  types: { 0: () => ({ kind: "token", text: "!stablehlo.token" }) },
};

export const chlo: Dialect = {
  attributes: { 0: wordOf("comparison"), 1: wordOf("comparisonType") },
  types: {},
};

/** Shardings, of which nothing is asked on one device: whatever their numbers are. */
export const sdy: Dialect = {
  attributes: Object.fromEntries(Array.from({ length: 64 }, (_, code) => [code, raw("sdy")])),
  types: {},
};

/**
 * @file VHLO, the versioned mirror of StableHLO in which portable artifacts are written: its attributes and types, and what its
 * operations are called in StableHLO. Structures lie there field by field, symbols are strings, lists of axes are constants.
 *
 * Sources: VhloBytecode.cpp (numbers), VhloLegalizeToStablehlo.cpp (what is what) of openxla/stablehlo.
 */
import { type Attribute, type Struct, isList } from "../text/attributes.ts";
import { denseIntegers } from "../text/dense.ts";
import {
  attributesOf,
  boundedTensor,
  complex,
  dense,
  dictionary,
  float,
  integer,
  raw,
  scalar,
  tensor,
  typesOf,
  unranked,
} from "./builtin.ts";
import type { Cursor } from "./cursor.ts";
import { wordOf } from "./enums.ts";
import { type Layout, convDims } from "./stablehlo.ts";
import type { Dialect } from "./tables.ts";
import { type Type, functionOf, tupleOf } from "../text/types.ts";

/** A type whose parts nobody asks for, since there is no such array here. */
const opaque =
  (text: string) =>
  (c: Cursor): Type => {
    c.at = c.end;
    return scalar(text);
  };

/** Types without parts by their number. */
const plainTypes: Readonly<Record<number, string>> = {
  0: "i1",
  2: "bf16",
  3: "f16",
  4: "f32",
  5: "f64",
  6: "f8E4M3FN",
  7: "f8E5M2",
  9: "index",
  10: "i4",
  11: "i8",
  12: "i16",
  13: "i32",
  14: "i64",
  15: "ui4",
  16: "ui8",
  17: "ui16",
  18: "ui32",
  19: "ui64",
  26: "!shape.witness",
  27: "f8E4M3FNUZ",
  28: "f8E5M2FNUZ",
  29: "f8E4M3B11FNUZ",
  31: "i2",
  32: "ui2",
  33: "none",
  34: "tf32",
  35: "f8E4M3",
  36: "f8E3M4",
  37: "f4E2M1FN",
  38: "f6E2M3FN",
  39: "f6E3M2FN",
  40: "f8E8M0FNU",
};

export const vhlo: Dialect = {
  attributes: {
    1: attributesOf,
    2: (c) => c.number("a boolean") !== 0,
    3: wordOf("comparison"),
    4: wordOf("comparisonType"),
    5: wordOf("api"),
    6: dictionary,
    7: wordOf("fft"),
    8: float,
    9: integer,
    10: raw("output_operand_alias"),
    11: wordOf("precision"),
    12: wordOf("random"),
    13: wordOf("distribution"),
    14: (c, t) => t.string(c),
    15: (c, t) => dense(c, t, () => c.blob("elements")),
    16: wordOf("transpose"),
    17: (c, t) => ({ kind: "type", type: t.type(c) }),
    18: raw("bounds"),
    19: wordOf("accuracy"),
    20: raw("result_accuracy"),
    ...Object.fromEntries([21, 22, 23, 24, 25].map((code) => [code, raw("mesh")])),
  },
  types: {
    ...Object.fromEntries(Object.entries(plainTypes).map(([code, name]) => [code, () => scalar(name)])),
    1: complex,
    8: (c, t) => functionOf(typesOf(c, t), typesOf(c, t)),
    20: tensor,
    21: boundedTensor,
    22: () => ({ kind: "token", text: "!stablehlo.token" }),
    23: (c, t) => tupleOf(typesOf(c, t)),
    24: opaque("!quant.uniform"),
    25: unranked,
    30: opaque("!quant.uniform"),
    41: opaque("memref"),
    42: opaque("!stablehlo.future"),
  },
};

const elsewhere: Readonly<Record<string, string>> = {
  func: "func.func",
  call: "func.call",
  return: "stablehlo.return",
};

/**
 * The name in StableHLO of an operation, which ends in its version: `vhlo.add_v1` is `stablehlo.add`. No operation has had more than
 * two versions; later ones keep their names, and so are not known.
 */
export function nameOf(name: string): string {
  const found = /^vhlo\.(.*)_v[12]$/.exec(name)?.[1];
  if (found === undefined) return name;
  return Object.hasOwn(elsewhere, found) ? elsewhere[found] : `stablehlo.${found}`;
}

const axesOf = (a: Attribute | undefined): number[] =>
  typeof a === "object" && "kind" in a && a.kind === "dense" ? denseIntegers(a) : [];
const axisOf = (a: Attribute | undefined): number => (typeof a === "number" ? a : -1);

/** The structures that operations are told, by the fields that lie apart. */
const structures: Readonly<Record<string, readonly [attribute: string, name: string, fields: string]>> = {
  "stablehlo.dot_general": [
    "dot_dimension_numbers",
    "stablehlo.dot",
    "lhs_batching_dimensions rhs_batching_dimensions lhs_contracting_dimensions rhs_contracting_dimensions",
  ],
  "stablehlo.gather": [
    "dimension_numbers",
    "stablehlo.gather",
    "offset_dims collapsed_slice_dims operand_batching_dims start_indices_batching_dims start_index_map index_vector_dim",
  ],
  "stablehlo.scatter": [
    "scatter_dimension_numbers",
    "stablehlo.scatter",
    "update_window_dims inserted_window_dims input_batching_dims scatter_indices_batching_dims scatter_dims_to_operand_dims index_vector_dim",
  ],
};

function structureOf(name: string, fields: string, given: ReadonlyMap<string, Attribute>): Struct {
  const own = fields.split(" ").flatMap((key) => {
    const value = given.get(key);
    return value === undefined ? [] : [[key, value] as const];
  });
  return { kind: "struct", name, fields: new Map(own) };
}

function convolution(given: ReadonlyMap<string, Attribute>): Attribute {
  const layout = (of: string, first: string, second: string): Layout => ({
    first: axisOf(given.get(`${of}_${first}_dimension`)),
    second: axisOf(given.get(`${of}_${second}_dimension`)),
    spatial: axesOf(given.get(`${of}_spatial_dimensions`)),
  });
  return convDims(
    layout("input", "batch", "feature"),
    layout("kernel", "input_feature", "output_feature"),
    layout("output", "batch", "feature"),
  );
}

const symbolOf = (a: Attribute): Attribute => (typeof a === "string" ? { kind: "symbol", name: a } : a);

/** The attributes of VHLO as StableHLO has them. `name` is the operation's in StableHLO. */
export function attributesFrom(name: string, given: Map<string, Attribute>): Map<string, Attribute> {
  const alike = name.replace("stablehlo.dynamic_gather", "stablehlo.gather");
  if (Object.hasOwn(structures, alike)) {
    const [attribute, struct, fields] = structures[alike];
    given.set(attribute, structureOf(struct, fields, given));
  } else if (/^stablehlo\.(?:dynamic_conv|convolution)$/.test(name)) {
    given.set("dimension_numbers", convolution(given));
  }
  for (const key of ["callee", "decomposition"]) {
    const value = given.get(key);
    if (value !== undefined) given.set(key, symbolOf(value));
  }
  const called = given.get("called_computations");
  if (called !== undefined && isList(called)) given.set("called_computations", called.map(symbolOf));
  if (given.get("backend_config") === "") given.delete("backend_config");
  return given;
}

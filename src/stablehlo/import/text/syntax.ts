/**
 * @file How operations are printed other than in the generic form: one entry of a table for each that is not
 * `name operands, key = value {attributes} : types`.
 */
import {
  type Attribute,
  isList,
  parseAttribute,
  parseBare,
  parseConvDims,
  parseDictionary,
} from "./attributes.ts";
import type { Block, Op } from "./ir.ts";
import { type Draft, checkOperands, noAttributes } from "./draft.ts";
import type { Parser } from "./parser.ts";
import { type Type, parseType, typeList } from "./types.ts";

/** Reads what stands between the name and the types. */
type Syntax = (p: Parser, draft: Draft) => void;

/** The keys that stand after operands, and what the generic form calls them. */
const keys: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  broadcast_in_dim: { dims: "broadcast_dimensions" },
  broadcast: { sizes: "broadcast_sizes" },
  cholesky: { lower: "lower" },
  concatenate: { dim: "dimension" },
  dot: { precision: "precision_config" },
  dot_general: {
    batching_dims: "batching_dims",
    contracting_dims: "contracting_dims",
    precision: "precision_config",
    algorithm: "algorithm",
  },
  dynamic_broadcast_in_dim: { dims: "broadcast_dimensions" },
  dynamic_iota: { dim: "iota_dimension" },
  dynamic_slice: { sizes: "slice_sizes" },
  fft: { type: "fft_type", length: "fft_length" },
  get_dimension_size: { dim: "dimension" },
  iota: { dim: "iota_dimension" },
  pad: { low: "edge_padding_low", high: "edge_padding_high", interior: "interior_padding" },
  reduce_precision: { format: "format" },
  reverse: { dims: "dimensions" },
  rng: { distribution: "rng_distribution" },
  rng_bit_generator: { algorithm: "rng_algorithm" },
  set_dimension_size: { dim: "dimension" },
  transpose: { dims: "permutation" },
  top_k: { k: "k" },
  "sdy.propagation_barrier": { allowed_direction: "allowed_direction" },
  "sdy.sharding_group": { group_id: "group_id" },
  "chlo.constant_like": { value: "value" },
};

const shortName = (name: string): string => name.replace(/^(?:stablehlo|chlo)\./, "");

/** Operands, then `key = value`, separated by commas. */
const plain: Syntax = (p, draft) => {
  const { r } = p;
  const known = keys[draft.name] ?? keys[shortName(draft.name)] ?? {};
  if (!r.sees("%") && r.peekWord() === null) return;
  do {
    if (r.sees("%")) {
      draft.operands.push(p.value());
      continue;
    }
    r.skip();
    const { at } = r;
    const expected = ["a value", ...Object.keys(known).map((k) => `'${k} ='`)].join(" or ");
    const word = r.requiredWord(expected);
    const name = Object.hasOwn(known, word) ? known[word] : undefined;
    if (name === undefined) throw r.error(`expected ${expected}; got '${word}'.`, at);
    r.expect("=");
    const value = parseBare(r, p.names);
    const second = word.endsWith("ing_dims") ? (r.expect("x"), parseAttribute(r, p.names)) : null;
    draft.attributes.set(name, second === null ? value : [value, second]);
  } while (r.takes(","));
};

/** sdy operations put a key straight after the operands: `%0 group_id=1`. */
const spaced: Syntax = (p, draft) => {
  draft.operands.push(...p.values());
  while (p.r.peekWord() !== null) {
    const key = p.r.requiredWord("a key");
    p.r.expect("=");
    draft.attributes.set(key, parseBare(p.r, p.names));
  }
  if (p.r.sees("<")) p.r.balanced();
};

const compare: Syntax = (p, draft) => {
  const { r } = p;
  const put = (key: string, what: string): Map<string, Attribute> =>
    draft.attributes.set(key, { kind: "word", word: r.requiredWord(what) });
  put("comparison_direction", "EQ, NE, LT, LE, GT or GE");
  r.expect(",");
  draft.operands.push(p.value());
  r.expect(",");
  draft.operands.push(p.value());
  if (r.takes(",")) put("compare_type", "FLOAT, TOTALORDER, SIGNED or UNSIGNED");
};

/** `%0 [0:4, 1:8:2]`: start, limit, stride. */
const slice: Syntax = (p, draft) => {
  const { r } = p;
  draft.operands.push(p.value());
  const ranges = r.list("[", "]", () => {
    const start = r.integer();
    r.expect(":");
    const limit = r.integer();
    return [start, limit, r.takes(":") ? r.integer() : 1];
  });
  ["start_indices", "limit_indices", "strides"].forEach((key, i) => {
    draft.attributes.set(
      key,
      ranges.map((x) => x[i]),
    );
  });
};

/** `stablehlo.constant dense<0.0> : type`. */
const constant: Syntax = (p, draft) => {
  if (p.r.sees("{")) p.merge(parseDictionary(p.r, p.names), draft.attributes);
  p.r.skip();
  const { at } = p.r;
  const value = parseAttribute(p.r, p.names);
  if (typeof value !== "object" || !("kind" in value) || value.kind !== "dense")
    throw p.r.error("expected dense<…> : type.", at);
  draft.attributes.set("value", value);
  draft.results.push(value.type);
};

const convolution: Syntax = (p, draft) => {
  const { r } = p;
  draft.operands.push(...r.list("(", ")", () => p.value()));
  r.expect("dim_numbers");
  r.expect("=");
  draft.attributes.set("dimension_numbers", parseConvDims(r));
  r.expect(",");
  r.expect("window");
  r.expect("=");
  const names: Readonly<Record<string, string>> = {
    stride: "window_strides",
    pad: "padding",
    lhs_dilate: "lhs_dilation",
    rhs_dilate: "rhs_dilation",
    reverse: "window_reversal",
  };
  r.list("{", "}", () => {
    if (r.sees("}")) return;
    const key = r.requiredWord("stride, pad, lhs_dilate, rhs_dilate or reverse");
    if (!Object.hasOwn(names, key))
      throw r.error(`expected stride, pad, lhs_dilate, rhs_dilate or reverse; got '${key}'.`);
    r.expect("=");
    draft.attributes.set(names[key], parseAttribute(r, p.names));
  });
};

/** The block of `applies stablehlo.add`: one operation on scalars of the operands' elements. */
function madeBlock(p: Parser, name: string, draft: Draft): Block {
  const scalars = draft.operands.slice(draft.operands.length / 2).map((v) => v.type);
  const args = p.declare(null, [...scalars, ...scalars], null, draft.at);
  const op: Op = { name, at: draft.at, operands: args, results: [], attributes: noAttributes, regions: [] };
  op.results.push(...p.declare(null, scalars, op, draft.at));
  const end: Op = {
    name: "stablehlo.return",
    at: draft.at,
    operands: op.results,
    results: [],
    attributes: noAttributes,
    regions: [],
  };
  return { args, ops: [op], end };
}

/** `(%x init: %i), … applies op across dimensions = [0] : types`, or with ` reducer(%a: type, %b: type) … {…}` after them. */
const reduce: Syntax = (p, draft) => {
  const { r } = p;
  const inits: typeof draft.operands = [];
  do {
    r.expect("(");
    draft.operands.push(p.value());
    r.expect("init");
    r.expect(":");
    inits.push(p.value());
    r.expect(")");
  } while (r.takes(","));
  draft.operands.push(...inits);
  r.skip();
  const { at } = r;
  const applied = r.takes("applies") ? r.requiredWord("an operation") : null;
  r.expect("across");
  r.expect("dimensions");
  r.expect("=");
  draft.attributes.set("dimensions", parseAttribute(r, p.names));
  types(p, draft);
  if (applied !== null) {
    if (inits.length !== 1 || !p.knows(applied))
      throw r.error(`expected an operation on two scalars; got '${applied}'.`, at);
    draft.regions.push(madeBlock(p, applied, draft));
    return;
  }
  r.expect("reducer");
  const pairs = draft.operands.slice(inits.length).map(() =>
    r.list("(", ")", () => {
      const name = r.valueName();
      r.expect(":");
      const type = parseType(r, p.names.types);
      r.location();
      return { name, type };
    }),
  );
  if (pairs.some((pair) => pair.length !== 2)) throw r.error("expected two arguments for each operand.", at);
  draft.regions.push(p.block([...pairs.map((x) => x[0]), ...pairs.map((x) => x[1])]));
};

/** `(%a = %0, %b = %1) : types cond {…} do {…}`. */
const whileLoop: Syntax = (p, draft) => {
  const { r } = p;
  const names = r.list("(", ")", () => {
    const name = r.valueName();
    r.expect("=");
    draft.operands.push(p.value());
    return name;
  });
  if (names.length > 0) types(p, draft);
  if (r.takes("attributes")) p.merge(parseDictionary(r, p.names), draft.attributes);
  if (draft.results.length !== names.length)
    throw r.error(`expected ${names.length} types; got ${draft.results.length}.`);
  const head = names.map((name, i) => ({ name, type: draft.results[i] }));
  r.expect("cond");
  draft.regions.push(p.block(head));
  r.expect("do");
  draft.regions.push(p.block(head));
};

/** `@name(%0, %1)`: calls of functions, and of what is outside. */
const call =
  (key: string): Syntax =>
  (p, draft) => {
    p.r.skip();
    const { at } = p.r;
    const name = p.r.symbol();
    draft.attributes.set(key, key === "callee" ? { kind: "symbol", name } : name);
    if (key === "callee") p.calls(name, at);
    draft.operands.push(...p.r.list("(", ")", () => p.value()));
  };

/** `(%0) in_shardings=[…] out_shardings=[…] manual_axes={…} (%a: type) {…}`. */
const manualComputation: Syntax = (p, draft) => {
  const { r } = p;
  draft.operands.push(...r.list("(", ")", () => p.value()));
  while (r.peekWord() !== null) {
    r.word();
    r.expect("=");
    r.balanced();
  }
  const head = r.list("(", ")", () => {
    const name = r.valueName();
    r.expect(":");
    const type = parseType(r, p.names.types);
    r.location();
    return { name, type };
  });
  draft.regions.push(p.block(head));
};

/** These read their types themselves, before their regions; a constant has its type in it. */
const whole: Readonly<Record<string, Syntax>> = {
  "stablehlo.constant": constant,
  "stablehlo.reduce": reduce,
  "stablehlo.while": whileLoop,
};

const special: Readonly<Record<string, Syntax>> = {
  "stablehlo.compare": compare,
  "stablehlo.slice": slice,
  "stablehlo.convolution": convolution,
  "stablehlo.custom_call": call("call_target_name"),
  "func.call": call("callee"),
  "stablehlo.composite": (p, draft) => {
    draft.attributes.set("name", p.r.string());
    draft.operands.push(...p.values());
  },
  "stablehlo.get_tuple_element": (p, draft) => {
    draft.operands.push(p.value());
    const [index] = p.r.list("[", "]", () => p.r.integer());
    draft.attributes.set("index", index ?? 0);
  },
  "chlo.top_k": (p, draft) => {
    p.r.expect("(");
    plain(p, draft);
    p.r.expect(")");
  },
  "sdy.manual_computation": manualComputation,
};

/** `{attributes} : types`. */
function types(p: Parser, draft: Draft): void {
  const { r } = p;
  if (r.sees("{")) p.merge(parseDictionary(r, p.names), draft.attributes);
  if (!r.takes(":")) {
    if (draft.operands.length === 0 && draft.resultCount === 0) return;
    throw r.unexpected("':' and types");
  }
  r.skip();
  const { at } = r;
  const found: Type[] = [];
  do found.push(parseType(r, p.names.types));
  while (r.takes(","));
  const [first] = found;
  if (found.length === 1 && first.kind === "function") {
    checkOperands(r, draft, first.ins, at);
    draft.results.push(...first.outs);
  } else if (r.takes("->")) {
    checkOperands(r, draft, found, at);
    draft.results.push(...typeList(r, p.names.types));
  } else if (draft.resultCount === found.length || draft.resultCount === 1) {
    draft.results.push(...(draft.resultCount === 1 ? found.slice(-1) : found));
  } else if (draft.resultCount === 0) checkOperands(r, draft, found, at);
  else throw r.error(`expected the types of ${draft.resultCount} results; got ${found.length}.`, at);
}

/** Reads an operation as it is printed, after its name. */
export function parsePrinted(p: Parser, draft: Draft): void {
  const own = Object.hasOwn(whole, draft.name) ? whole[draft.name] : undefined;
  if (own !== undefined) {
    own(p, draft);
    return;
  }
  const syntax = Object.hasOwn(special, draft.name)
    ? special[draft.name]
    : draft.name.startsWith("sdy.")
      ? spaced
      : plain;
  syntax(p, draft);
  const callee = draft.attributes.get("decomposition");
  if (callee !== undefined && isList(callee)) throw p.r.error("expected the name of a function.");
  types(p, draft);
}

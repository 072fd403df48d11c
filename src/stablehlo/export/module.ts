/**
 * @file The text of a StableHLO module while it is written: functions, and in them operations, one line each, with regions
 * below them. Every value is named once in its function.
 *
 * Operations are written in MLIR's generic form, which every reader knows and which needs no knowledge of what they mean;
 * element-wise ones, which most are, in the short form.
 */
import type { Scalar } from "../../dtypes/dtype.ts";
import { arraysEqual } from "../../base/util.ts";
import type { ConcreteArray, NDArray } from "../../core/array.ts";
import { shaped } from "../../core/aval.ts";
import type { HloBuilder, HloDetails, HloRegion, HloValue } from "../../core/hlo.ts";
import type { ClosedJaxpr } from "../../core/jaxpr/ir.ts";
import type { Cuts, Mesh } from "../../core/sharding/mesh.ts";
import type { ArrayType } from "../../dtypes/shape.ts";
import { Meshes } from "./sharding.ts";
import { attributeText, denseText, splatText, tensorType, typeList } from "./types.ts";

/** What the functions of a module are written with: how programs become operations. */
export interface Translation {
  call(b: Body, body: ClosedJaxpr, args: readonly HloValue[]): HloValue[];
  compute(
    b: Body,
    f: (args: readonly NDArray[]) => readonly NDArray[],
    args: readonly HloValue[],
  ): HloValue[];
}

/** A function of the module. */
export interface HloFunction {
  readonly name: string;
  readonly outs: readonly ArrayType[];
}

/** Operations whose short form names types otherwise. */
const spelt: ReadonlySet<string> = new Set([
  "reshape",
  "bitcast_convert",
  "optimization_barrier",
  "dynamic_update_slice",
]);

/** Operands and result of one type: written `op %a, %b : type`. */
const isShort = (args: readonly HloValue[], out: ArrayType, details: HloDetails): boolean =>
  args.length > 0 &&
  args.length <= 2 &&
  details.attributes === undefined &&
  details.regions === undefined &&
  args.every((a) => tensorType(a.type) === tensorType(out));

const names = (values: readonly HloValue[]): string => values.map((v) => v.name).join(", ");
const typesOf = (values: readonly HloValue[]): ArrayType[] => values.map((v) => v.type);

/** A module: its functions, by what they were made for. */
export class Module {
  readonly translation: Translation;
  readonly meshes: Meshes;
  readonly #functions: string[] = [];
  readonly #taken = new Set<string>(["main"]);
  readonly #byKey = new Map<unknown, Map<string, HloFunction>>();

  constructor(translation: Translation, mesh: Mesh | null = null) {
    this.translation = translation;
    this.meshes = new Meshes(mesh);
  }

  /** A name that no function has yet. */
  #unique(wanted: string): string {
    const base = wanted.replace(/[^A-Za-z0-9_.$]/g, "_").replace(/^(?=\d)/, "_") || "f";
    let name = base;
    for (let k = 1; this.#taken.has(name); k++) name = `${base}_${k}`;
    this.#taken.add(name);
    return name;
  }

  /** The private function for a key (an object, or a text) and a further text: written when it is first asked for. */
  function(
    key: unknown,
    variant: string,
    wanted: string,
    args: readonly ArrayType[],
    write: (b: Body, args: readonly HloValue[]) => readonly HloValue[],
    attributes = "",
  ): HloFunction {
    let variants = this.#byKey.get(key);
    if (variants === undefined) this.#byKey.set(key, (variants = new Map<string, HloFunction>()));
    const known = variants.get(variant);
    if (known !== undefined) return known;
    const name = this.#unique(wanted);
    const b = new Body(this, "    ");
    const params = args.map((type, i): HloValue => ({ name: `%arg${i}`, type }));
    const outs = write(b, params);
    const made = { name, outs: typesOf(outs) };
    variants.set(variant, made);
    const signature = params.map((p) => `${p.name}: ${tensorType(p.type)}`).join(", ");
    this.#functions.push(
      `  func.func private @${name}(${signature}) -> ${typeList(made.outs)}${attributes} {`,
      ...b.lines,
      `    ${returned("return", outs)}`,
      "  }",
    );
    return made;
  }

  /** The whole text, `main` first. */
  text(name: string, main: readonly string[]): string {
    return [
      `module @${this.#unique(name)}${this.meshes.attributes} {`,
      ...this.meshes.lines,
      ...main,
      ...this.#functions,
      "}",
      "",
    ].join("\n");
  }
}

/** The end of a function or region. */
export const returned = (op: string, outs: readonly HloValue[]): string =>
  outs.length === 0 ? op : `${op} ${names(outs)} : ${typesOf(outs).map(tensorType).join(", ")}`;

/** Collects the operations of a function, or of a region in one. */
export class Body implements HloBuilder {
  readonly lines: string[] = [];
  readonly module: Module;
  readonly #indent: string;
  readonly #count: { next: number };
  readonly #constants: Map<unknown, HloValue>;
  /** The numbers that constants are. */
  readonly #splats: WeakMap<HloValue, Scalar>;
  readonly #outer: Body | null;

  constructor(module: Module, indent: string, outer: Body | null = null) {
    this.module = module;
    this.#indent = indent;
    this.#count = outer === null ? { next: 0 } : outer.#count;
    this.#outer = outer;
    this.#constants = new Map();
    this.#splats = outer === null ? new WeakMap() : outer.#splats;
  }

  line(text: string): void {
    this.lines.push(this.#indent + text);
  }

  /** A name that no other value of the function has. */
  fresh(): string {
    return `%${this.#count.next++}`;
  }

  #results(outs: readonly ArrayType[]): { prefix: string; values: HloValue[] } {
    if (outs.length === 0) return { prefix: "", values: [] };
    const name = this.fresh();
    if (outs.length === 1) return { prefix: `${name} = `, values: [{ name, type: outs[0] }] };
    const values = outs.map((type, i): HloValue => ({ name: `${name}#${i}`, type }));
    return { prefix: `${name}:${outs.length} = `, values };
  }

  op(name: string, args: readonly HloValue[], out: ArrayType, details: HloDetails = {}): HloValue {
    return this.ops(name, args, [out], details)[0];
  }

  ops(
    name: string,
    args: readonly HloValue[],
    outs: readonly ArrayType[],
    details: HloDetails = {},
  ): HloValue[] {
    const full = name.includes(".") ? name : `stablehlo.${name}`;
    const { prefix, values } = this.#results(outs);
    if (outs.length === 1 && !spelt.has(name) && isShort(args, outs[0], details)) {
      this.line(`${prefix}${full} ${names(args)} : ${this.#shortType(full, args, outs[0])}`);
      return values;
    }
    const attributes = Object.entries(details.attributes ?? {}).flatMap(([key, x]) =>
      x === undefined ? [] : [`${key} = ${attributeText(x)}`],
    );
    const properties = attributes.length === 0 ? "" : ` <{${attributes.join(", ")}}>`;
    const begin = `${prefix}"${full}"(${names(args)})${properties}`;
    const end = ` : ${typeList(typesOf(args))} -> ${outs.length === 1 ? tensorType(outs[0]) : typeList(outs)}`;
    this.#withRegions(begin, details.regions ?? [], end);
    return values;
  }

  /** CHLO's short form names all types. */
  #shortType(full: string, args: readonly HloValue[], out: ArrayType): string {
    if (!full.startsWith("chlo.")) return tensorType(out);
    return `${typesOf(args).map(tensorType).join(", ")} -> ${tensorType(out)}`;
  }

  #withRegions(begin: string, regions: readonly HloRegion[], end: string): void {
    if (regions.length === 0) {
      this.line(begin + end);
      return;
    }
    this.line(`${begin} ({`);
    regions.forEach((region, k) => {
      if (k > 0) this.line("}, {");
      const inner = new Body(this.module, `${this.#indent}  `, this);
      const args = region.args.map((type): HloValue => ({ name: this.fresh(), type }));
      const outs = region.body(inner, args);
      const params = args.map((a) => `${a.name}: ${tensorType(a.type)}`).join(", ");
      if (args.length > 0) this.line(`^bb0(${params}):`);
      this.lines.push(...inner.lines);
      inner.lines.length = 0;
      inner.line(returned("stablehlo.return", outs));
      this.lines.push(...inner.lines);
    });
    this.line(`})${end}`);
  }

  #known(key: unknown): HloValue | undefined {
    return this.#constants.get(key) ?? (this.#outer === null ? undefined : this.#outer.#known(key));
  }

  #constant(key: unknown, type: ArrayType, text: () => string): HloValue {
    const known = this.#known(key);
    if (known !== undefined) return known;
    const value = { name: this.fresh(), type };
    this.line(`${value.name} = stablehlo.constant ${text()}`);
    this.#constants.set(key, value);
    return value;
  }

  constant(value: Scalar, type: ArrayType): HloValue {
    const key = `${Object.is(value, -0) ? "-0" : value}:${tensorType(type)}`;
    const out = this.#constant(key, type, () => splatText(value, type));
    this.#splats.set(out, value);
    return out;
  }

  /** An array of known values. Booleans, which cannot be written as bytes, come as such if there are many. */
  array(value: ConcreteArray): HloValue {
    return this.#constant(value, value.aval, () => denseText(value));
  }

  /** A value of each scalar, as it is in all places of a shape. */
  broadcast(x: HloValue, shape: readonly number[], dims: readonly number[]): HloValue {
    if (arraysEqual(x.type.shape, shape)) return x;
    const value = this.#splats.get(x);
    if (value !== undefined) return this.constant(value, shaped(shape, x.type.dtype));
    return this.op("broadcast_in_dim", [x], shaped(shape, x.type.dtype), {
      attributes: { broadcast_dimensions: dims },
    });
  }

  reshape(x: HloValue, shape: readonly number[]): HloValue {
    if (arraysEqual(x.type.shape, shape)) return x;
    const out = shaped(shape, x.type.dtype);
    const value = { name: this.fresh(), type: out };
    this.line(`${value.name} = stablehlo.reshape ${x.name} : ${typeList([x.type])} -> ${tensorType(out)}`);
    return value;
  }

  invoke(f: HloFunction, args: readonly HloValue[]): HloValue[] {
    const { prefix, values } = this.#results(f.outs);
    const to = f.outs.length === 1 ? tensorType(f.outs[0]) : typeList(f.outs);
    this.line(`${prefix}call @${f.name}(${names(args)}) : ${typeList(typesOf(args))} -> ${to}`);
    return values;
  }

  sharding(mesh: Mesh | null, cuts: Cuts, type: ArrayType, where: string): string {
    return this.module.meshes.attribute(mesh, cuts, type, where);
  }

  call(body: ClosedJaxpr, args: readonly HloValue[]): HloValue[] {
    return this.module.translation.call(this, body, args);
  }

  compute(f: (args: readonly NDArray[]) => readonly NDArray[], args: readonly HloValue[]): HloValue[] {
    return this.module.translation.compute(this, f, args);
  }
}

/**
 * @file What the functions of one module share: imports of JavaScript, vector functions called on one scalar, scalar
 * functions of the loop IR, and globals. Each is made when first asked for.
 */
import { type DType, type Scalar, isWide } from "../../../dtypes/dtype.ts";
import type { Host, Program, ScalarFunction } from "../../ir/ir.ts";
import { type OpName, runOp, scalarOp } from "../../ir/scalar.ts";
import { type Half, type HalfFunction, castValue, halfFunctions } from "../../ir/values.ts";
import { type RuntimeName, runtime } from "../runtime.ts";
import { newModule } from "./generators/chosen.ts";
import type { MachineType, Ref, WasmModule } from "./generators/module.ts";
import { FunctionBuilder } from "./function.ts";
import * as half from "./vector/half.ts";
import { type Vector, vectorKit } from "./vector/lanes.ts";
import { type ScalarType, extractLane, replaceLane, scalarType, splat } from "./machine.ts";
import type { FallbackName, Kernel, Kit } from "./math/kit.ts";
import { vectorMath } from "./math/index.ts";
import { hasRelaxedSimd } from "./host.ts";
import { writeTileKernel } from "./tile.ts";
import { calledFunctions } from "../../ir/traverse.ts";

/** A function of JavaScript that a module imports: numbers (of i64 BigInts) in, one out. */
export type Import = (...args: readonly never[]) => Scalar;

/** The vector function of an operation, if it has one. */
export function kernelOf(op: OpName): Kernel | undefined {
  return (vectorMath as Partial<Record<OpName, Kernel>>)[op];
}

const isRuntimeName = (name: string): name is RuntimeName => Object.hasOwn(runtime, name);

/** What computes rare lanes, as JavaScript programs do: a function of the runtime in 64-bit lanes, else of `Math`. */
export const fallback = (name: FallbackName, bits: 32 | 64): string =>
  `${bits === 64 && isRuntimeName(name) ? "$" : "Math"}.${name}`;

/**
 * The function of JavaScript that modules import under a name: `Math.name`, `$.name` of the runtime, `op:dtype`,
 * `cast:from:to`; and `parallel`, which whoever runs kernels has its own of.
 */
export function importNamed(name: string): Import {
  if (name === "parallel") return () => 0;
  if (name.startsWith("Math.")) return Math[name.slice(5) as FallbackName];
  if (name.startsWith("$.")) return runtime[name.slice(2) as RuntimeName];
  const [op, dtype, to] = name.split(":") as [OpName, DType, DType?];
  if (to !== undefined) return (x: Scalar) => castValue(fromHost(x, dtype), dtype, to);
  return (...xs: readonly Scalar[]) =>
    runOp(
      op,
      xs.map((x) => fromHost(x, dtype)),
      dtype,
    );
}

/** What a module may rely on when it runs. */
export interface WasmTarget {
  /** How many threads share its parallel loops. */
  readonly threads: number;
  /** Whether its memory is shared by them. */
  readonly shared: boolean;
  /** Whether the host has fused multiplication and addition; the present host is asked if nothing is said. */
  readonly relaxedSimd?: boolean;
}

export class ModuleBuilder {
  readonly m: WasmModule;
  readonly imports = new Map<string, Import>();
  readonly hosts = new Map<string, Host>();
  readonly #made = new Set<string>();
  readonly #scalarFunctions = new Map<ScalarFunction, string>();
  readonly #relaxedSimd: boolean;

  /** @param ownPages the size of the module's own memory, if it does not import the heap */
  constructor(programs: readonly Program[], target: WasmTarget, ownPages?: number) {
    this.m = newModule(target.shared, ownPages);
    this.#relaxedSimd = target.relaxedSimd ?? hasRelaxedSimd();
    for (const fn of programs.flatMap((program) => [...calledFunctions(program)])) {
      if (this.#scalarFunctions.has(fn)) continue;
      this.#scalarFunctions.set(fn, `${fn.name.replace(/\W/g, "_")}_${this.#scalarFunctions.size}`);
    }
  }

  /** Writes the scalar functions: `write` is called once for each. */
  writeFunctions(write: (fn: ScalarFunction, name: string) => void): void {
    for (const [fn, name] of this.#scalarFunctions) write(fn, name);
  }

  functionName(fn: ScalarFunction): string {
    return this.#scalarFunctions.get(fn)!;
  }

  /** True when `name` is asked for first. */
  #first(name: string): boolean {
    if (this.#made.has(name)) return false;
    this.#made.add(name);
    return true;
  }

  global(name: string, type: ScalarType): void {
    if (this.#first(`global ${name}`)) this.m.addGlobal(name, type);
  }

  get(name: string, type: ScalarType): Ref {
    this.global(name, type);
    return this.m.global.get(name, type);
  }

  set(f: FunctionBuilder, name: string, type: ScalarType, value: Ref): void {
    this.global(name, type);
    f.push(this.m.global.set(name, value));
  }

  /** Writes a function that JavaScript can call. */
  exported(name: string, params: readonly MachineType[], write: (f: FunctionBuilder) => void): void {
    const f = new FunctionBuilder(this.m, name, params);
    write(f);
    f.finish();
    this.m.addFunctionExport(name);
  }

  /** Calls JavaScript: the arguments are of one type, f64 or i64. */
  callImport(name: string, args: readonly Ref[], from: ImportType = "f64", to: ImportType = "f64"): Ref {
    const { m } = this;
    if (this.#first(`import ${name}`)) {
      this.imports.set(name, importNamed(name));
      m.addFunctionImport(
        name,
        args.map(() => from),
        to,
      );
    }
    return m.call(name, args, to);
  }

  /** Calls the host: an import of its own for each place. */
  callHost(s: Host, addresses: readonly Ref[]): Ref {
    const name = `host:${this.hosts.size}`;
    this.hosts.set(name, s);
    this.m.addFunctionImport(
      name,
      addresses.map(() => "f64"),
      "f64",
    );
    return this.m.call(name, addresses, "f64");
  }

  /** Any conversion, by JavaScript's own definition. */
  callCast(f: FunctionBuilder, x: Ref, from: DType, to: DType): Ref {
    const args = [toNumber(f, x, from)];
    const y = this.callImport(`cast:${from}:${to}`, args, importType(from), importType(to));
    return fromNumber(f, y, to);
  }

  /** A vector function on one scalar. */
  #callOnScalars(
    name: string,
    kernel: Kernel,
    bits: 32 | 64,
    args: readonly Ref[],
    from: MachineType,
    to: MachineType,
  ): Ref {
    if (this.#first(`function ${name}`)) {
      const params = args.map(() => from);
      const f = new FunctionBuilder(this.m, name, params);
      const kit = this.kit(f, bits);
      const lanes = params.map((_, i) => kit.let(() => splat(this.m, from, f.get(i, from))));
      const out = kernel(kit, ...lanes);
      f.finish(extractLane(this.m, to, out(), 0), to);
    }
    return this.m.call(name, args, to);
  }

  /** Bits of a float16 kind to float32 and back, or rounding, of one scalar. */
  callHalf(verb: HalfFunction, dtype: Half, arg: Ref): Ref {
    const name = halfFunctions[dtype][verb];
    const [from, to] = [verb === "decode" ? "i32" : "f32", verb === "encode" ? "i32" : "f32"] as const;
    return this.#callOnScalars(name, half[name], 32, [arg], from, to);
  }

  kit(f: FunctionBuilder, bits: 32 | 64): Kit<Vector> {
    return vectorKit(f, bits, (...args) => this.#callRare(...args), this.#relaxedSimd);
  }

  /** A function that computes the lanes of a mask in JavaScript. */
  #callRare(name: FallbackName, bits: 32 | 64, mask: Ref, args: readonly Ref[], fast: Ref): Ref {
    const { m } = this;
    const type: MachineType = bits === 32 ? "f32" : "f64";
    const id = `rare_${name}_${type}`;
    if (this.#first(`function ${id}`)) {
      const f = new FunctionBuilder(m, id, ["v128", ...args.map((): MachineType => "v128"), "v128"]);
      const fastAt = args.length + 1;
      for (let lane = 0; lane < 128 / bits; lane++) {
        const set =
          bits === 32
            ? m.i32x4.extract_lane(f.get(0, "v128"), lane)
            : m.i32.wrap_i64(m.i64x2.extract_lane(f.get(0, "v128"), lane));
        f.if(set, () => {
          const xs = args.map((_, i) => {
            const x = extractLane(m, type, f.get(i + 1, "v128"), lane);
            return bits === 32 ? m.f64.promote_f32(x) : x;
          });
          const y = this.callImport(fallback(name, bits), xs);
          const narrow = bits === 32 ? m.f32.demote_f64(y) : y;
          f.set(fastAt, replaceLane(m, type, f.get(fastAt, "v128"), lane, narrow));
        });
      }
      f.finish(f.get(fastAt, "v128"), "v128");
    }
    return m.call(id, [mask, ...args, fast], "v128");
  }

  /** Any scalar operation, through a vector function or JavaScript's own definition. */
  callOp(f: FunctionBuilder, op: OpName, args: readonly Ref[], dtype: DType): Ref {
    const type = scalarType(dtype);
    const kernel = kernelOf(op);
    if (kernel !== undefined && (type === "f32" || type === "f64")) {
      return this.#callOnScalars(`${op}_${type}`, kernel, type === "f32" ? 32 : 64, args, type, type);
    }
    const wide = args.map((a) => toNumber(f, a, dtype));
    const result = scalarOp(op).result ?? dtype;
    const out = this.callImport(`${op}:${dtype}`, wide, importType(dtype), importType(result));
    return fromNumber(f, out, result);
  }

  /** Calls the inner kernel of matrix products. */
  callTile(
    type: "float32" | "float64",
    rows: number,
    columns: number,
    packed: boolean,
    args: readonly Ref[],
  ): Ref {
    const name = `tile_${type}_${rows}x${columns}${packed ? "" : "_rows"}`;
    if (this.#first(`function ${name}`))
      writeTileKernel(this.m, name, { type, rows, columns, packed, relaxed: this.#relaxedSimd });
    return this.m.call(name, args, null);
  }

  dispose(): void {
    this.m.dispose();
  }
}

/** How a scalar goes to JavaScript and back: 64-bit integers as BigInts, others as numbers. */
type ImportType = "f64" | "i64";

const importType = (d: DType): ImportType => (isWide(d) ? "i64" : "f64");

/** What the machine handed over: BigInts come with a sign. */
const fromHost = (x: Scalar, d: DType): Scalar => (d === "uint64" ? BigInt.asUintN(64, BigInt(x)) : x);

/** A scalar as 8 bytes of a frame: the bits of a 64-bit integer, of others the f64. */
export const toSlot = (f: FunctionBuilder, x: Ref, d: DType): Ref =>
  isWide(d) ? f.m.f64.reinterpret_i64(x) : toNumber(f, x, d);

/** A scalar of such bytes. */
export const fromSlot = (f: FunctionBuilder, x: Ref, d: DType): Ref =>
  isWide(d) ? f.m.i64.reinterpret_f64(x) : fromNumber(f, x, d);

/** A scalar as what JavaScript sees. */
function toNumber(f: FunctionBuilder, x: Ref, d: DType): Ref {
  const { m } = f;
  const type = scalarType(d);
  if (type === "f64" || type === "i64") return x;
  if (type === "f32") return m.f64.promote_f32(x);
  return d === "uint32" ? m.f64.convert_i32_u(x) : m.f64.convert_i32_s(x);
}

/** A scalar from a number of its dtype. */
function fromNumber(f: FunctionBuilder, x: Ref, d: DType): Ref {
  const { m } = f;
  const type = scalarType(d);
  if (type === "f64" || type === "i64") return x;
  if (type === "f32") return m.f32.demote_f64(x);
  return d === "uint32" ? m.i32.trunc_sat_f64_u(x) : m.i32.trunc_sat_f64_s(x);
}

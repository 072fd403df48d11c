/**
 * @file Binaryen as a generator: the one place that imports it. It is large and loads asynchronously, so it comes with
 * `init({ codegen: "binaryen" })` only. Its names of instructions are older than the specification's.
 */
import type binaryen from "binaryen";
import { ArgumentError } from "../../../../base/errors.ts";
import { maxPages } from "../host.ts";
import type { Generator, MachineType, WasmModule } from "./module.ts";

type BinaryenApi = typeof binaryen;
type Expression = number;

/** Instructions of Binaryen under the names of the specification. */
function renamed(b: BinaryenApi, m: binaryen.Module) {
  const raw = b as unknown as Readonly<Record<string, (...args: readonly number[]) => number>>;
  // The JavaScript interface of Binaryen has no name for it.
  const fused = (op: string) => (x: Expression, y: Expression, z: Expression) =>
    raw._BinaryenSIMDTernary(m.ptr, raw[op](), x, y, z);
  const { i32, i64, f32, f64, f32x4, f64x2 } = m;
  return {
    i32: {
      ...i32,
      wrap_i64: i32.wrap,
      reinterpret_f32: i32.reinterpret,
      trunc_sat_f32_s: i32.trunc_s_sat.f32,
      trunc_sat_f32_u: i32.trunc_u_sat.f32,
      trunc_sat_f64_s: i32.trunc_s_sat.f64,
      trunc_sat_f64_u: i32.trunc_u_sat.f64,
    },
    i64: {
      ...i64,
      extend_i32_s: i64.extend_s,
      extend_i32_u: i64.extend_u,
      reinterpret_f64: i64.reinterpret,
      trunc_sat_f32_s: i64.trunc_s_sat.f32,
      trunc_sat_f32_u: i64.trunc_u_sat.f32,
      trunc_sat_f64_s: i64.trunc_s_sat.f64,
      trunc_sat_f64_u: i64.trunc_u_sat.f64,
      const: (x: number | bigint) => i64.const(BigInt(x)),
    },
    f32: {
      ...f32,
      convert_i32_s: f32.convert_s.i32,
      convert_i32_u: f32.convert_u.i32,
      convert_i64_s: f32.convert_s.i64,
      convert_i64_u: f32.convert_u.i64,
      demote_f64: f32.demote,
      reinterpret_i32: f32.reinterpret,
      const: (x: number) => (Number.isNaN(x) ? f32.const_bits(0x7fc00000) : f32.const(x)),
    },
    f64: {
      ...f64,
      convert_i32_s: f64.convert_s.i32,
      convert_i32_u: f64.convert_u.i32,
      convert_i64_s: f64.convert_s.i64,
      convert_i64_u: f64.convert_u.i64,
      promote_f32: f64.promote,
      reinterpret_i64: f64.reinterpret,
      const: (x: number) => (Number.isNaN(x) ? f64.const_bits(0x7ff8000000000000n) : f64.const(x)),
    },
    f32x4: {
      ...f32x4,
      relaxed_madd: fused("_BinaryenRelaxedMaddVecF32x4"),
      relaxed_nmadd: fused("_BinaryenRelaxedNmaddVecF32x4"),
    },
    f64x2: {
      ...f64x2,
      relaxed_madd: fused("_BinaryenRelaxedMaddVecF64x2"),
      relaxed_nmadd: fused("_BinaryenRelaxedNmaddVecF64x2"),
    },
  };
}

/** A module that imports the heap, or has a memory of its own. */
function newModule(b: BinaryenApi, shared: boolean, ownPages?: number): WasmModule<Expression> {
  const m = new b.Module();
  const f = b.Features;
  m.setFeatures(
    f.SIMD128 |
      f.BulkMemory |
      f.NontrappingFPToInt |
      f.SignExt |
      f.MutableGlobals |
      f.RelaxedSIMD |
      f.Multivalue |
      f.Atomics,
  );
  if (ownPages === undefined) {
    m.setMemory(1, maxPages, null, [], shared, false, "0");
    m.addMemoryImport("0", "env", "memory", shared);
  } else m.setMemory(ownPages, ownPages, "memory", [], false, false, "0");
  const code = (t: MachineType | null | undefined): number => b[t ?? "none"];
  const list = (types: readonly MachineType[]): number => b.createType(types.map(code));
  return {
    ...renamed(b, m),
    v128: m.v128,
    i8x16: m.i8x16,
    i16x8: m.i16x8,
    i32x4: m.i32x4,
    i64x2: m.i64x2,
    block: (label, body, result) => m.block(label, [...body], code(result)),
    loop: (label, body) => m.loop(label, body),
    if: (test, then, otherwise) => m.if(test, then, otherwise),
    br: (label, test) => m.br(label, test),
    call: (name, args, result) => m.call(name, [...args], code(result)),
    select: (test, a, b) => m.select(test, a, b),
    drop: (value) => m.drop(value),
    local: { get: (index, t) => m.local.get(index, code(t)), set: (index, x) => m.local.set(index, x) },
    global: { get: (name, t) => m.global.get(name, code(t)), set: (name, x) => m.global.set(name, x) },
    addFunction: (name, params, result, locals, body) =>
      void m.addFunction(name, list(params), code(result), locals.map(code), body),
    addFunctionImport: (name, params, result) =>
      m.addFunctionImport(name, "env", name, list(params), code(result)),
    addFunctionExport: (name) => void m.addFunctionExport(name, name),
    addGlobal: (name, t) =>
      void m.addGlobal(name, code(t), true, t === "i64" ? m.i64.const(0n) : m[t].const(0)),
    emitBinary: () => m.emitBinary(),
    emitText: () => m.emitText(),
    dispose: () => m.dispose(),
  };
}

/** The module of Binaryen, as far as a type can say it to users who have not installed it. */
export interface BinaryenModule {
  readonly Module: new () => object;
  readonly Features: object;
}

/** Binaryen as a generator. */
export const binaryenGenerator = (module: BinaryenModule): Generator => ({
  newModule: (shared, ownPages) =>
    newModule(module as BinaryenApi, shared, ownPages) as unknown as WasmModule,
});

/** Bundlers that see no name follow nothing: whoever wants Binaryen in a bundle passes the module. */
const load = (name: string): Promise<unknown> => import(/* webpackIgnore: true */ /* @vite-ignore */ name);

/** Binaryen, by its name. */
export async function loadBinaryen(): Promise<BinaryenModule> {
  try {
    return ((await load("binaryen")) as { readonly default: BinaryenModule }).default;
  } catch (e) {
    throw new ArgumentError(
      `init: codegen "binaryen" needs the package of this name, and the host cannot load it ` +
        `(${e instanceof Error ? e.message : String(e)}): install it (\`npm install binaryen\`), give browsers an import map ` +
        `for "binaryen", or pass the module, \`init({ codegen: binaryen })\` after \`import binaryen from "binaryen"\`.`,
    );
  }
}

/** @file The vector functions as compiled programs compute them: in WebAssembly, on arrays, without the library above it. */
import { wasmTarget } from "../../src/jit/memory/threads.ts";
import { compileWasm } from "../../src/loops/emit/wasm/codegen.ts";
import { ConcreteArray } from "../../src/core/array.ts";
import { shaped } from "../../src/core/aval.ts";
import { Block, apply, load } from "../../src/loops/ir/build.ts";
import { type Program, newBuffer } from "../../src/loops/ir/ir.ts";
import type { OpName } from "../../src/loops/ir/scalar.ts";
import { WasmProgram } from "../../src/jit/memory/run.ts";
import type { Width } from "./vector-cases.ts";

export type CompiledKernel = (args: readonly ArrayLike<number>[]) => Float32Array | Float64Array;

/** A compiled loop over `size` elements that applies one operation. Needs `init()`. */
export function compileKernel(name: OpName, bits: Width, arity: number, size: number): CompiledKernel {
  const dtype = bits === 32 ? "float32" : "float64";
  const params = Array.from({ length: arity }, (_, i) => newBuffer(`x${i}`, dtype, size));
  const out = newBuffer("y", dtype, size);
  const block = new Block();
  block.for(0, size, (b, i) => b.store(out, i, apply(name, ...params.map((p) => load(p, i)))));
  const program: Program = { name, params, outs: [out], body: block.stmts, results: [] };
  const aval = shaped([size], dtype);
  const compiled = new WasmProgram(program, compileWasm(program, wasmTarget()), [aval], [0]);
  const data = (xs: ArrayLike<number>): Float32Array | Float64Array =>
    bits === 32 ? Float32Array.from(xs) : Float64Array.from(xs);
  return (args) => {
    const [result] = compiled.call(args.map((xs) => new ConcreteArray(aval, data(xs))));
    const values = result.dataSync() as Float32Array | Float64Array;
    result.dispose();
    return values;
  };
}

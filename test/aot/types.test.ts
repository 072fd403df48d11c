/** @file The declarations of modules compile under the settings of `tsc --init`, and say what the functions take and give. */
import ts from "typescript";
import { expect, it } from "vitest";
import { exportModule } from "../../src/aot/index.ts";
import { numpy as np } from "../../src/index.ts";
import { cases } from "./cases.ts";
import { folderOf } from "./util.ts";

const use = `import { complexes, key, scalar, scalars, step, instantiate } from "./m.js";
const y: number = scalar(2);
const { both, sum } = scalars(1, 2);
const total: number = both[0] + both[1] + sum;
const { next, x } = key(Uint32Array.of(0, 1));
const words: Uint32Array = next;
const drawn: Float64Array = x;
const params = { layers: [{ w: new Float32Array(35), b: new Float32Array(7) }, { w: new Float32Array(21), b: null }] } as const;
const first = step(params, new Float32Array(20), new Float32Array(12));
const second = step(params, new Float32Array(20), new Float32Array(12), first);
const gradient: Float32Array = second[1].layers[1].w;
const pairs: Float64Array = complexes(new Float64Array(6), new Float64Array(2))[0];
instantiate({} as WebAssembly.Module);
// @ts-expect-error a list is no typed array
step(params, [1, 2], new Float32Array(12));
// @ts-expect-error nor is one of another kind
key(Float64Array.of(0, 1));
export { drawn, gradient, pairs, total, words, y };
`;

it("under the settings of tsc --init", () => {
  const { dts } = exportModule(cases, { format: "wasm", load: "manual" });
  const folder = folderOf({ "m.d.ts": dts, "use.ts": use });
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ESNext,
    types: [],
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    verbatimModuleSyntax: true,
    isolatedModules: true,
    noUncheckedSideEffectImports: true,
    noEmit: true,
  };
  const program = ts.createProgram([`${folder}/use.ts`], options);
  const found = ts
    .getPreEmitDiagnostics(program)
    .map((d) => ts.flattenDiagnosticMessageText(d.messageText, "\n"));
  expect(found).toEqual([]);
});

it("says shapes and dtypes", () => {
  const { dts } = exportModule({ f: [(x: unknown) => x, np.zeros([2, 3], "bfloat16")] });
  expect(dts).toContain("x: Float32Array /* bfloat16[2,3] */");
  expect(dts).toContain("float16 and bfloat16 arrays travel as float32 numbers");
});

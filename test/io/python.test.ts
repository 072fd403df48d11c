/**
 * @file What is saved here is read by NumPy, ml_dtypes and safetensors in Python: dtype, shape and every bit. Says loudly
 * that it did not run where there is no such Python (the command is ADJOINT_PYTHON, or python3).
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { type NDArray } from "../../src/core/array.ts";
import { bitWidth } from "../../src/dtypes/dtype.ts";
import { saveNpy, saveNpz, saveSafetensors } from "../../src/io/index.ts";
import * as np from "../../src/numpy/index.ts";
import { allDTypes, texts, told } from "./cases.ts";

/** Prints, of each file given, its arrays as `told` does, as one object of JSON. */
const reader = `
import json, sys
import ml_dtypes, numpy as np, safetensors
bf16 = np.dtype(ml_dtypes.bfloat16)
names = {"BOOL": "bool", "BF16": "bfloat16", "C64": "complex64"}
def told(x):
    # As JAX's load does.
    if x.dtype == np.dtype("V2"): x = x.view(bf16)
    return f"{x.dtype.name}[{','.join(map(str, x.shape))}] {np.ascontiguousarray(x).tobytes().hex()}"
def tensor(v):
    name = v["dtype"]
    kind = names.get(name) or {"F": "float", "I": "int", "U": "uint"}[name[0]] + name[1:]
    return f"{kind}[{','.join(map(str, v['shape']))}] {bytes(v['data']).hex()}"
out = []
for file in sys.argv[1:]:
    if file.endswith("npy"): out.append({"": told(np.load(file))})
    elif file.endswith("npz"): out.append({k: told(x) for k, x in np.load(file).items()})
    else: out.append({k: tensor(v) for k, v in safetensors.deserialize(open(file, "rb").read())})
print(json.dumps(out))
`;

const python = process.env.ADJOINT_PYTHON ?? "python3";
const needs = "import ml_dtypes, numpy, safetensors";
const isThere = spawnSync(python, ["-c", needs]).status === 0;
if (!isThere)
  console.log(`NOT RUN: ${python} with numpy, ml_dtypes and safetensors is not there (pip install them)`);

const folder = mkdtempSync(join(tmpdir(), "adjoint-python-"));
afterAll(() => rmSync(folder, { recursive: true }));

const arrays: Record<string, NDArray> = {};
for (const dtype of allDTypes)
  for (const shape of [[], [0], [2, 3], [3, 0, 2], [17]]) {
    const size = shape.reduce((a, b) => a * b, 1);
    const bytes = Uint8Array.from({ length: (size * bitWidth(dtype)) / 8 }, (_, i) => (i * 37 + 11) & 127);
    arrays[`größe.${dtype}.${shape.join("x")}`] = np.reshape(np.frombuffer(bytes, dtype), shape);
  }

it.runIf(isThere)("Python reads what is saved here", { timeout: 120_000 }, async () => {
  const tensors = Object.fromEntries(Object.entries(arrays).filter(([, x]) => x.dtype !== "complex128"));
  const expected: Record<string, string>[] = [];
  const files: string[] = [];
  const add = (name: string, what: Record<string, string>): string => {
    files.push(join(folder, name));
    expected.push(what);
    return files[files.length - 1];
  };
  for (const [i, x] of Object.values(arrays).entries()) await saveNpy(x, add(`${i}.npy`, { "": told(x) }));
  await saveNpz(arrays, add("stored.npz", texts(arrays)));
  await saveNpz(arrays, add("deflated.npz", texts(arrays)), { compress: true });
  await saveNpz({}, add("empty.npz", {}));
  await saveSafetensors(tensors, add("all.safetensors", texts(tensors)), { metadata: { größe: "1" } });
  await saveSafetensors({}, add("empty.safetensors", {}));
  const { status, stdout, stderr } = spawnSync(python, ["-c", reader, ...files], { encoding: "utf8" });
  expect(stderr).toBe("");
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toEqual(expected);
});

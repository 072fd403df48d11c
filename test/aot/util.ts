/** @file Modules written to a folder of their own, and plain data from arrays. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { type Array as NDArray, random, tree } from "../../src/index.ts";
import type { ExportedModule } from "../../src/aot/index.ts";
import { pretendRelaxedSimd } from "../../src/loops/emit/wasm/host.ts";

// Modules may rely on no host's fused operations: what is expected of them is computed without these, too.
pretendRelaxedSimd(false);

export type Functions = Readonly<Record<string, (...args: readonly unknown[]) => unknown>>;

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A folder with these files and a package.json that says what they are. */
export function folderOf(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), "adjoint-aot-"));
  folders.push(folder);
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

/** A folder with a module's files: m.js, m.d.ts, m.wasm. */
export const write = ({ js, dts, wasm }: ExportedModule): string =>
  folderOf({ "m.js": js, "m.d.ts": dts, ...(wasm === undefined ? {} : { "m.wasm": wasm }) });

/** A module without imports, evaluated from its text. */
export const load = async ({ js }: ExportedModule): Promise<Functions> =>
  (await import(
    /* @vite-ignore */ `data:text/javascript;base64,${Buffer.from(js).toString("base64")}`
  )) as Functions;

/** A tree of arrays as the plain data that modules take and give. */
export const plain = (x: unknown): unknown =>
  tree.map(
    (leaf: NDArray) =>
      leaf.ndim > 0 || leaf.dtype.startsWith("complex")
        ? leaf.dataSync()
        : leaf.dtype.endsWith("int64")
          ? leaf.item<bigint>()
          : Number(leaf.item()),
    tree.map((node: unknown) => (node instanceof random.Key ? node.data : node), x, {
      isLeaf: (node: unknown) => node instanceof random.Key,
    }),
  );

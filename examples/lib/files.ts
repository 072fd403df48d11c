/**
 * @file Where pictures go: examples/out, which is not part of the repository.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";

/** Writes `examples/out/<name>`; returns its path from here. */
export function writePicture(name: string, text: string): string {
  const folder = fileURLToPath(new URL("../out/", import.meta.url));
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}${name}`, text);
  return relative(process.cwd(), `${folder}${name}`);
}

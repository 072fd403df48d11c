/**
 * @file Checks the package as a user gets it: build, pack, install the tarball into an empty folder, then use it
 * from plain Node and compile a program against its type declarations.
 *
 * Guards what tests inside the repository cannot see: `exports`, `files`, the rewritten import extensions,
 * undeclared dependencies, and declarations that need a consumer's `skipLibCheck`.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const tsc = join(root, "node_modules", "typescript", "bin", "tsc");

/** Runs in plain Node. 0.1 has no exact binary form: 2 · 0.1 must be exactly 0.2 all the same. */
const program = `
import { grad, jit, numpy as np } from "adjoint";
const slope = grad((x) => x.mul(x))(0.1).item();
if (slope !== 0.2) throw new Error("grad: expected 0.2, got " + slope);
const gradient = grad((x) => np.sum(np.sin(x).mul(x)))(np.array([0, 1, 2])).js();
const expected = [0, 1, 2].map((x) => Math.sin(x) + x * Math.cos(x));
if (gradient.some((g, i) => Math.abs(g - expected[i]) > 1e-14)) throw new Error("grad: got " + gradient);
if (np.array([1, 2, 3]).slice(1).item() !== 2) throw new Error("the methods that index are missing");
if (jit((x) => x.mul(2), { backend: "wasm" })(np.ones([5])).sum().item() !== 10) throw new Error("wasm");
console.log("installed package: grad(x => x.mul(x))(0.1) =", slope);
`;

/** Compiles against the declarations alone, without Node's types. */
const typedProgram = `
import { grad, numpy as np } from "adjoint";
import type { Array } from "adjoint";
const slope: Array = grad((x: Array) => np.sum(x.mul(x)))(np.array([1, 2]));
slope.item();
`;

function run(command: string, args: readonly string[], cwd: string): void {
  execFileSync(command, args, { cwd, stdio: ["ignore", "inherit", "inherit"] });
}

function main(folder: string): void {
  rmSync(join(root, "dist"), { recursive: true, force: true });
  run("npm", ["run", "--silent", "build"], root);
  run("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder], root);
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"));
  if (tarball === undefined) throw new Error("npm pack made no tarball");

  const user = join(folder, "user");
  mkdirSync(user);
  writeFileSync(join(user, "package.json"), '{ "name": "user", "private": true, "type": "module" }\n');
  run("npm", ["install", "--silent", "--no-audit", "--no-fund", join(folder, tarball)], user);

  writeFileSync(join(user, "program.js"), program);
  run(process.execPath, ["program.js"], user);

  writeFileSync(join(user, "typed.ts"), typedProgram);
  const flags = ["--noEmit", "--strict", "--target", "ES2022", "--module", "NodeNext"];
  run(process.execPath, [tsc, ...flags, "typed.ts"], user);
}

const folder = mkdtempSync(join(tmpdir(), "adjoint-pack-"));
try {
  main(folder);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/**
 * @file The shape of a golden vector and where vectors are read from: the folder `public` beside this file, or the
 * one named by the environment variable GOLDEN_DIR.
 */
import { readJson } from "../util/files.ts";
import type { Json } from "./codec.ts";

type Argnums = readonly number[];

/** One recorded call, with the derivatives recorded at the same arguments. */
export interface Vector {
  readonly id: string;
  readonly fn: string;
  readonly args: readonly Json[];
  readonly kwargs: { readonly [name: string]: Json };
  readonly x64?: boolean;
  readonly out?: Json;
  readonly rtol?: number;
  readonly atol?: number;
  readonly atols?: { readonly [key: string]: number };
  readonly note?: string;
  readonly doc?: string;
  /** In the group `errors`: the exception that JAX raises. */
  readonly raises?: string;
  readonly jvp?: { readonly argnums: Argnums; readonly tangents: readonly Json[]; readonly out: Json };
  readonly vjp?: { readonly argnums: Argnums; readonly cotangent: Json; readonly grads: readonly Json[] };
  readonly grad?: { readonly argnums: Argnums; readonly out: readonly Json[] };
  readonly hessian?: { readonly argnum: number; readonly out: Json };
  readonly jacfwd?: { readonly argnum: number; readonly out: Json };
  readonly jacrev?: { readonly argnum: number; readonly out: Json };
  readonly hvp?: { readonly argnum: number; readonly v: Json; readonly out: Json };
  readonly third?: { readonly argnum: number; readonly out: Json };
  readonly jet?: { readonly series_in: readonly Json[]; readonly series_out: Json };
  /** Arguments of a function that makes the function called. */
  readonly factory_args?: readonly Json[];
  /** Optimisers and schedules: keyword arguments, and the step counts at which `out` was recorded. */
  readonly optimizer_kwargs?: { readonly [name: string]: Json };
  readonly steps?: readonly number[];
  /** ravel_pytree: the unravelled tree of twice the flat array. */
  readonly unravel_of_2x?: Json;
  /** Promotion: `out` maps operand dtypes, joined by commas, to results. */
  readonly table?: "binary" | "unary";
}

export interface Group {
  readonly group: string;
  readonly cases: readonly Vector[];
}

/** The addresses of the files of a folder that GOLDEN_DIR names. */
async function filesOf(folder: string): Promise<string[]> {
  const [fs, path, url] = await Promise.all([import("node:fs"), import("node:path"), import("node:url")]);
  return fs
    .readdirSync(folder)
    .filter((name) => name.endsWith(".json") && name !== "manifest.json")
    .map((name) => url.pathToFileURL(path.join(folder, name)).href);
}

/** The files of this repository. */
async function publicFiles(): Promise<string[]> {
  const manifest = (await readJson("public/manifest.json", import.meta.url)) as { readonly groups: object };
  return Object.keys(manifest.groups).map((name) => `public/${name}.json`);
}

/** All groups, in the order of their names. */
export async function loadGroups(): Promise<Group[]> {
  const folder = process.env.GOLDEN_DIR;
  const files = await (folder === undefined ? publicFiles() : filesOf(folder));
  const groups = (await Promise.all(files.map((file) => readJson(file, import.meta.url)))) as Group[];
  return groups.sort((a, b) => (a.group < b.group ? -1 : 1));
}

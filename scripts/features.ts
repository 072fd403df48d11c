/**
 * @file Writes FEATURES.md: which of JAX's public names exist here.
 *
 * Compares `test/golden/api.json` (JAX's and optax's names, with what makes sense in Python only) with the exports
 * as they are at run time, and for names in capitals, which may be types, with those that the source exports. Nothing is listed by hand, so the page cannot promise what is not there; a test compares
 * the file with this generator's output. "Present" says that the name is exported, not that every option is.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { type ExportedTypes, exportedTypes } from "./exported-types.ts";

/** One public name of JAX, as recorded in api.json. */
interface ApiName {
  readonly name: string;
  readonly kind: string;
  readonly camel: string;
  readonly python_only?: boolean;
  readonly reason?: string;
  readonly members?: readonly ApiName[];
}

/** api.json, as far as it is read here. */
export interface Api {
  readonly source: string;
  readonly modules: Readonly<Record<string, readonly ApiName[]>>;
}

type Names = Readonly<Record<string, unknown>>;

interface Section {
  readonly module: string;
  /** Where its names are exported, most specific first, as dotted paths; "" is the package itself. */
  readonly paths: readonly string[];
  readonly portable: readonly ApiName[];
  readonly present: readonly string[];
  readonly missing: readonly string[];
}

const root = resolve(import.meta.dirname, "..");
const arrayModule = "jax.Array (methods and properties)";
const atModule = "jax.numpy.ndarray.at (index update methods)";

/** Modules whose names live elsewhere than the camel-cased module path without `jax.`. */
const homes: Readonly<Record<string, readonly string[]>> = {
  jax: [""],
  "jax.tree_util": ["treeUtil", "tree", ""],
  "jax.flatten_util": ["flattenUtil", "tree", ""],
  "jax.custom_batching": ["customBatching", ""],
  "jax.custom_derivatives": ["customDerivatives", ""],
  "jax.ad_checkpoint": ["adCheckpoint", ""],
  "jax.errors": ["errors", ""],
  "jax.dtypes": ["dtypes", "numpy"],
  "jax.experimental.jet": ["experimental.jet", "experimental", ""],
  "jax.experimental.sparse": ["experimental.sparse", "sparse"],
  "jax.experimental.ode": ["experimental.ode", "ode", ""],
  "jax.experimental.checkify": ["experimental.checkify", "checkify"],
  optax: ["optim"],
  "optax.losses": ["optim.losses", "optim"],
  "optax.projections": ["optim.projections", "optim"],
  "optax.schedules": ["optim.schedules", "optim"],
  "optax.tree_utils": ["optim.treeUtils", "optim"],
  [arrayModule]: ["Array"],
  [atModule]: ["Array.at"],
};

/** Methods that go by another name here, because the short name is the method of the arithmetic itself. */
const renamed: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  [arrayModule]: { tolist: "js" },
  [atModule]: { subtract: "sub", multiply: "mul", divide: "div", power: "pow" },
};

const camelCase = (name: string): string => name.replace(/_([a-z0-9])/g, (_, c: string) => c.toUpperCase());

function pathsOf(module: string): readonly string[] {
  return (
    homes[module] ?? [
      module
        .replace(/^jax\./, "")
        .split(".")
        .map(camelCase)
        .join("."),
    ]
  );
}

function isObject(value: unknown): value is Names {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

function call(object: Names, method: string, ...args: readonly unknown[]): unknown {
  const f = object[method];
  return typeof f === "function" ? (Reflect.apply(f, object, args) as unknown) : undefined;
}

/** The object whose properties are the names under `path`, or null if there is none. */
function lookUp(exports: Names, path: string): Names | null {
  if (path === "Array" || path === "Array.at") {
    const numpy = exports.numpy;
    const array = isObject(numpy) ? call(numpy, "ones", [2, 2]) : undefined;
    if (!isObject(array)) return null;
    const result = path === "Array" ? array : call(array, "at", 0);
    return isObject(result) ? result : null;
  }
  let here: unknown = exports;
  for (const part of path === "" ? [] : path.split(".")) {
    if (!isObject(here) || !(part in here)) return null;
    here = here[part];
  }
  return isObject(here) ? here : null;
}

/** JAX's classes and aliases of types may be types here. */
const isType = (paths: readonly string[], { camel }: ApiName, types: ExportedTypes): boolean =>
  /^[A-Z]/.test(camel) && paths.some((path) => types.get(path)?.has(camel) === true);

/** The spelling under which `entry` is exported in `places`, or null. */
function findName(places: readonly Names[], module: string, entry: ApiName): string | null {
  const other = renamed[module]?.[entry.name];
  const spellings = [entry.camel, entry.name, ...(other === undefined ? [] : [other])];
  for (const place of places) {
    const spelling = spellings.find((s) => s in place);
    if (spelling === undefined) continue;
    const lacking = missingMembers(place[spelling], entry);
    if (lacking.length === 0) return spelling;
  }
  return null;
}

const isRenamed = (module: string, entry: ApiName, found: string): boolean =>
  found === renamed[module]?.[entry.name];

/** A probability distribution is present when all its functions are. */
function missingMembers(value: unknown, entry: ApiName): string[] {
  const members = (entry.members ?? []).filter((m) => m.python_only !== true).map((m) => m.camel);
  return members.filter((m) => !isObject(value) || !(m in value));
}

/** How a missing name is listed: a distribution that is there in part says what it lacks. */
function describeMissing(places: readonly Names[], entry: ApiName): string {
  const part = places.find((place) => entry.members !== undefined && entry.camel in place);
  if (part === undefined) return code(entry.camel);
  return `${code(entry.camel)} (without ${missingMembers(part[entry.camel], entry).map(code).join(", ")})`;
}

function section(module: string, entries: readonly ApiName[], exports: Names, types: ExportedTypes): Section {
  const paths = pathsOf(module);
  const places = paths.map((path) => lookUp(exports, path)).filter((place) => place !== null);
  const portable = entries.filter((entry) => entry.python_only !== true);
  const present: string[] = [];
  const missing: string[] = [];
  for (const entry of portable) {
    const found = findName(places, module, entry);
    if (found === null && isType(paths, entry, types)) present.push(code(entry.camel));
    else if (found === null) missing.push(describeMissing(places, entry));
    else
      present.push(
        isRenamed(module, entry, found) ? `${code(found)} (JAX: ${code(entry.name)})` : code(found),
      );
  }
  return { module, paths, portable, present, missing };
}

const code = (name: string): string => `\`${name}\``;
const percent = (part: number, whole: number): string => `${Math.floor((100 * part) / Math.max(whole, 1))} %`;
const anchor = (module: string): string =>
  module
    .toLowerCase()
    .replace(/[^a-z0-9_ -]/g, "")
    .replaceAll(" ", "-");

/** Names exported next to JAX's that JAX does not have. */
function ownNames(sections: readonly Section[], api: Api, exports: Names): [string, string[]][] {
  const known = new Map<string, Set<string>>();
  for (const { module, paths } of sections) {
    if (paths[0].startsWith("Array")) continue;
    for (const path of paths) {
      const names = known.get(path) ?? new Set<string>();
      known.set(path, names);
      for (const entry of api.modules[module]) names.add(entry.camel).add(entry.name);
    }
  }
  for (const path of known.keys()) known.get("")?.add(path.split(".")[0]);
  return [...known].flatMap(([path, names]): [string, string[]][] => {
    const place = lookUp(exports, path);
    const own = Object.keys(place ?? {}).filter((name) => !names.has(name) && name !== "default");
    return own.length === 0 ? [] : [[path === "" ? "adjoint" : path, own.sort()]];
  });
}

/** Python-only names by reason: at most this many are spelled out. */
const spelledOut = 60;

function pythonOnly(api: Api): string[] {
  const byReason = new Map<string, [string, string][]>();
  for (const [module, entries] of Object.entries(api.modules)) {
    for (const entry of entries.filter((e) => e.python_only === true)) {
      const reason = entry.reason ?? "Python only";
      byReason.set(reason, [...(byReason.get(reason) ?? []), [module, entry.name]]);
    }
  }
  const sorted = [...byReason].sort((a, b) => b[1].length - a[1].length || (a[0] < b[0] ? -1 : 1));
  return sorted.map(([reason, names]) => {
    const list = names.length > spelledOut ? modulesOf(names) : names.map(([, name]) => code(name)).join(" ");
    return `- ${reason} (${names.length}): ${list}`;
  });
}

function modulesOf(names: readonly (readonly [string, string])[]): string {
  return `in ${[...new Set(names.map(([module]) => code(module)))].join(", ")}`;
}

/** The text of FEATURES.md for the given exports of the package. */
export function renderFeatures(api: Api, exports: Names, types: ExportedTypes = new Map()): string {
  const sections = Object.entries(api.modules).map(([module, entries]) =>
    section(module, entries, exports, types),
  );
  const total = sections.reduce((n, s) => n + s.portable.length, 0);
  const there = sections.reduce((n, s) => n + s.present.length, 0);
  const row = (name: string, portable: number, present: number): string =>
    `| ${name} | ${portable} | ${present} | ${percent(present, portable)} |`;
  const lines = [
    "# Features",
    "",
    `The public names of ${api.source}, and which of them this package exports. Generated by \`npm run features\`.`,
    "A name counts as portable unless it makes sense in Python only (listed at the end with the reason).",
    "Names are JAX's in camel case; a reserved word has a trailing underscore.",
    "",
    "| module | portable | present | |",
    "| --- | ---: | ---: | ---: |",
    row("**all**", total, there),
    ...sections.map((s) => row(`[${s.module}](#${anchor(s.module)})`, s.portable.length, s.present.length)),
  ];
  for (const s of sections) {
    lines.push("", `## ${s.module}`, "", `${s.present.length} of ${s.portable.length}.`);
    if (s.present.length > 0) lines.push("", `Present: ${s.present.join(" ")}`);
    if (s.missing.length > 0) lines.push("", `Missing: ${s.missing.join(" ")}`);
  }
  lines.push("", "## Beyond JAX", "", "Exported names that the modules above do not have.", "");
  for (const [path, names] of ownNames(sections, api, exports)) {
    lines.push(`- ${code(path)}: ${names.map(code).join(" ")}`);
  }
  lines.push("", "## Python only", "", ...pythonOnly(api));
  return `${lines.join("\n")}\n`;
}

/** The types that the package exports. */
export const readTypes = (): ExportedTypes => exportedTypes(resolve(root, "src/index.ts"));

/** Reads the recorded names. */
export function readApi(): Api {
  return JSON.parse(readFileSync(resolve(root, "test/golden/api.json"), "utf8")) as Api;
}

if (process.argv[1] === import.meta.filename) {
  const entry = new URL("../src/index.ts", import.meta.url).href;
  const exports = (await import(entry)) as Names;
  writeFileSync(resolve(root, "FEATURES.md"), renderFeatures(readApi(), exports, readTypes()));
}

/** @file The entry points of the package and its commands, as package.json names them: modules of `src`. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

interface Package {
  /** A text for files that are no modules of the library. */
  readonly exports: Readonly<Record<string, string | { readonly default: string } | undefined>>;
  readonly bin: Readonly<Record<string, string>>;
}

const { exports, bin } = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../package.json"), "utf8"),
) as Package;

/** The module of `src`, without its extension, that a file of `dist` is made of. */
const moduleOf = (file: string): string => file.replace(/^\.\/dist\/(.*)\.js$/, "$1");

/** What `exports` names. */
export const entries: readonly string[] = Object.values(exports).flatMap((target) =>
  target === undefined || typeof target === "string" ? [] : [moduleOf(target.default)],
);

/** The names that programs import: `adjoint`, `adjoint/numpy`, … */
export const entryNames: readonly string[] = Object.entries(exports).flatMap(([path, target]) =>
  typeof target === "string" ? [] : [path.replace(".", "adjoint")],
);

/** The module of `src` behind `adjoint` or `adjoint/name`; null for any other module. */
export function entryOf(name: string): string | null {
  if (name !== "adjoint" && !name.startsWith("adjoint/")) return null;
  const target = exports[name.replace("adjoint", ".")];
  return target === undefined || typeof target === "string" ? null : moduleOf(target.default);
}

/** What `bin` names. */
export const commands: readonly string[] = Object.values(bin).map(moduleOf);

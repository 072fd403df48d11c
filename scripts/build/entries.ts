/** @file The entry points of the package and its commands, as package.json names them: modules of `src`. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

interface Package {
  /** A text for files that are no modules of the library. */
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
  readonly bin: Readonly<Record<string, string>>;
}

const { exports, bin } = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../package.json"), "utf8"),
) as Package;

/** The module of `src`, without its extension, that a file of `dist` is made of. */
const moduleOf = (file: string): string => file.replace(/^\.\/dist\/(.*)\.js$/, "$1");

/** What `exports` names. */
export const entries: readonly string[] = Object.values(exports).flatMap((target) =>
  typeof target === "string" ? [] : [moduleOf(target.default)],
);

/** What `bin` names. */
export const commands: readonly string[] = Object.values(bin).map(moduleOf);

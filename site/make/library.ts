/**
 * @file How the site's programs get at the library: `adjoint` and its entry points are the sources, bundled with the page
 * that imports them. Also what the sandbox runs (bundle.ts) is made of this.
 */
import { join, resolve } from "node:path";
import { entryOf } from "../../scripts/build/entries.ts";

export const root = resolve(import.meta.dirname, "../..");

/** The file of `src` behind `adjoint` or `adjoint/name`; null for other modules. */
export function sourceOf(name: string): string | null {
  if (!/^adjoint(?:\/|$)/.test(name)) return null;
  const entry = name === "adjoint" ? "index" : entryOf(name);
  if (entry === null) throw new Error(`There is no entry point ${name}.`);
  return join(root, "src", `${entry}.ts`);
}

interface LibraryPlugin {
  readonly name: string;
  readonly enforce: "pre";
  resolveId(id: string): string | null;
  transform(code: string, id: string): { code: string; map: null; moduleSideEffects: true } | null;
}

/**
 * A plugin for Rollup, rolldown and Vite. package.json says which files of `dist` act when they are loaded; it does not
 * name those of `src` and of the site (styles of components, above all), so they are marked here.
 */
export function adjoint(): LibraryPlugin {
  const acting = [join(root, "src"), join(root, "site")];
  return {
    name: "adjoint",
    enforce: "pre",
    resolveId: (id) => sourceOf(id),
    transform(code, id) {
      if (!acting.some((folder) => id.startsWith(folder))) return null;
      // what bundles of users may leave out is here
      const whole = id === sourceOf("adjoint") ? code.replace("/* @__PURE__ */ install", "install") : code;
      return { code: whole, map: null, moduleSideEffects: true };
    },
  };
}

/**
 * @file Builds `dist`: the library as chunks shared by its entry points, with types and source maps, and prebuilt in one
 * file for pages without a bundler.
 *
 * Bundlers drop from it what a program does not use: values at the top of chunks are marked (pure.ts), and a namespace
 * (`export * as linalg from …`) is a module of its own, since a bundler that sees an object must keep all of it. Node, which
 * gets an index without those modules, does not know the condition "module" of package.json; bundlers do.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { dirname, join, posix, relative, resolve } from "node:path";
import MagicString from "magic-string";
import { type OutputOptions, type Plugin, build } from "rolldown";
import { parseSync } from "rolldown/utils";
import { commands, entries } from "./entries.ts";
import { mark } from "./mark.ts";
import { markPure } from "./pure.ts";

const root = resolve(import.meta.dirname, "../..");
const source = join(root, "src");
const out = join(root, "dist");

/** Modules that act when they are loaded; package.json lists them as `sideEffects`. */
const acting = ["index", "wiring", "methods", ...commands];

/** The entry that transforms files as Node loads them: it runs before the library does, and without it. */
const loader = "plain/node/register";

/** What is not part of the library: of the machine, or installed by whom it serves. */
const external = /^(?:node:|(?:binaryen|typescript|unplugin)$)/;

/** A module of `src` by its name. */
const fileOf = (name: string): string => join(source, `${name}.ts`);
const nameOf = (file: string): string => relative(source, file).replaceAll("\\", "/").replace(/\.ts$/, "");

/** The modules that re-export others as namespaces, each with those. */
const namespacesOf: ReadonlyMap<string, readonly string[]> = new Map(
  readdirSync(source, { recursive: true, encoding: "utf8" })
    .filter((f) => f.endsWith(".ts"))
    .map((f): [string, string[]] => [
      nameOf(join(source, f)),
      [...readFileSync(join(source, f), "utf8").matchAll(/^export \* as \w+ from "(.*)";$/gm)].map((m) =>
        nameOf(resolve(source, dirname(f), m[1])),
      ),
    ])
    .filter(([, names]) => names.length > 0),
);

/** A digest of all sources, by which programs that another version has compiled are told apart: src/jit/kept/stamp.ts. */
function digestOfSources(): string {
  const hash = createHash("sha256");
  for (const f of readdirSync(source, { recursive: true, encoding: "utf8" }).sort())
    if (f.endsWith(".ts")) hash.update(f).update(readFileSync(join(source, f)));
  return hash.digest("hex").slice(0, 32);
}

const stamp = digestOfSources();

const stampOfSources: Plugin = {
  name: "stamp",
  transform: {
    filter: { id: /jit[\\/]kept[\\/]stamp\.ts$/ },
    handler(code) {
      const text = code.replace('"sources"', JSON.stringify(stamp));
      if (text === code) throw new Error("src/jit/kept/stamp.ts: the text to replace is not there");
      return { code: text, map: null };
    },
  },
};

const prefix = "namespace:";

/** Leaves `export * as name from "module"` as it is, where the module is an entry of its own. */
const keepNamespaces: Plugin = {
  name: "namespaces",
  transform: {
    filter: { id: /\.ts$/ },
    handler(code, id) {
      const text = code.replaceAll(
        /^(export \* as \w+ from )"(.*)";$/gm,
        (_, start: string, path: string) => `${start}"${prefix}${nameOf(resolve(dirname(id), path))}";`,
      );
      return text === code ? null : { code: text, map: null };
    },
  },
  resolveId: {
    filter: { id: /^namespace:/ },
    handler: (id) => ({ id, external: true, moduleSideEffects: false }),
  },
};

/** Paths of namespaces, marks of values, and the chunk's own mark. */
const finish: Plugin = {
  name: "finish",
  renderChunk(code, chunk) {
    const text = new MagicString(code);
    const { program } = parseSync(chunk.fileName, code);
    for (const match of code.matchAll(/(["'])namespace:([\w./-]+)\1/g)) {
      const path = posix.relative(posix.dirname(chunk.fileName), `${match[2]}.js`);
      text.update(
        match.index,
        match.index + match[0].length,
        `"${path.startsWith(".") ? path : `./${path}`}"`,
      );
    }
    const acts = acting.includes(chunk.name) && chunk.isEntry;
    markPure(text, program, chunk.fileName, acts);
    const own = program.body.filter((n) => !/^(Import|Export(All|Named(?!.*declaration)))/.test(n.type));
    if (own.length > 0 && !acts) {
      text.appendLeft(own[0].start, `${mark}\n`);
      text.appendRight(own[own.length - 1].end, `\n${mark}`);
    }
    return { code: text.toString(), map: text.generateMap({ hires: "boundary" }) };
  },
};

/**
 * The chunk of a module: one for each group of rooms that are loaded together. Bundlers drop single values, so chunks may be
 * large; each file costs a program without a bundler time.
 */
function chunkOf(id: string): string | null {
  if (!id.startsWith(source)) return null;
  const name = nameOf(id);
  // What re-exports namespaces is no part of a chunk, or chunk and namespace would import each other.
  if (acting.includes(name) || !name.includes("/") || namespacesOf.has(name)) return null;
  // It needs a package that the command does without; and what needs Node must not be in browsers' chunks.
  if (name === "aot/build/plugin") return null;
  if (name.startsWith("aot/build/")) return "compile";
  // Builds have no use for the runtime.
  if (name.startsWith("plain/transform/")) return "plain-transform";
  const [room] = name.split("/");
  if (["api", "control-flow", "jit"].includes(room)) return "transformations";
  return ["base", "dtypes", "loops", "core", "arguments", "interpreters"].includes(room) ? "core" : room;
}

/** Modules that only re-export another: namespaces, and entry points, which supply the late bindings first. */
const facades: Plugin = {
  name: "facades",
  resolveId: {
    filter: { id: /^(?:entry|facade):/ },
    handler: (id) => id,
  },
  load: {
    filter: { id: /^(?:entry|facade):/ },
    handler(id) {
      const [kind, name] = id.split(":");
      const first = kind === "entry" ? `import ${JSON.stringify(fileOf("wiring"))};\n` : "";
      return `${first}export * from ${JSON.stringify(fileOf(name))};\n`;
    },
  },
};

/**
 * Engines read every file whole when it is imported: less text is less time. No more than that: what is marked and unused
 * would be dropped here already, and the names at the top are those that stacks show.
 */
const shorter: OutputOptions["minify"] = {
  compress: false,
  mangle: { toplevel: false, keepNames: { function: false, class: true } },
  codegen: { removeWhitespace: true, asciiOnly: true },
};

async function chunks(): Promise<void> {
  const inputs: Record<string, string> = { wiring: fileOf("wiring") };
  for (const name of new Set([...namespacesOf.values()].flat())) inputs[name] = `facade:${name}`;
  for (const name of commands) inputs[name] = fileOf(name);
  for (const name of entries)
    if (name !== loader) inputs[name] = name === "index" ? fileOf(name) : `entry:${name}`;
  await build({
    input: inputs,
    cwd: root,
    external,
    treeshake: false,
    // As chunks that do not take their dependencies along need it.
    preserveEntrySignatures: "allow-extension",
    plugins: [facades, keepNamespaces, stampOfSources, finish],
    output: {
      dir: out,
      format: "esm",
      sourcemap: true,
      comments: { annotation: true, legal: true, jsdoc: false },
      entryFileNames: "[name].js",
      chunkFileNames: "chunks/[name].js",
      hoistTransitiveImports: false,
      minify: shorter,
      codeSplitting: {
        groups: [{ name: chunkOf, debugName: "rooms" }],
        includeDependenciesRecursively: false,
      },
    },
  });
}

/**
 * The index for Node, which needs longer to find and to link a module than to make an object: there the namespaces are
 * objects, and all else is in the same chunks.
 */
async function nodeIndex(): Promise<void> {
  const isPart = (file: string): boolean =>
    file === join(out, "wiring.js") || readFileSync(file, "utf8").includes("adjoint.text");
  await build({
    input: join(out, "index.js"),
    cwd: root,
    treeshake: false,
    plugins: [
      {
        name: "parts",
        resolveId: {
          filter: { id: /^\./ },
          handler(id, from = "") {
            const file = resolve(dirname(from), id);
            return { id: file, external: isPart(file) };
          },
        },
      },
    ],
    output: {
      file: join(out, "node.js"),
      format: "esm",
      comments: { annotation: true, legal: true, jsdoc: false },
      minify: shorter,
    },
  });
}

/** Node's loader in one file: it waits at its top for the runtime, and what does is no part of shared chunks. */
async function nodeLoader(): Promise<void> {
  await build({
    input: fileOf(loader),
    cwd: root,
    external,
    output: { file: join(out, `${loader}.js`), format: "esm", sourcemap: true, minify: shorter },
  });
}

/** The library with its optional parts, by a call that minifying does not drop. */
const whole: Plugin = {
  name: "whole",
  resolveId: { filter: { id: /^whole$/ }, handler: (id) => id },
  load: {
    filter: { id: /^whole$/ },
    handler: () =>
      `import { installEverything } from ${JSON.stringify(fileOf("everything"))};\n` +
      `export * from ${JSON.stringify(fileOf("index"))};\ninstallEverything();\n`,
  },
};

/** The library in one file: a module for import maps, and a script that makes `adjoint` a global. */
async function prebuilt(): Promise<void> {
  for (const [format, file] of [
    ["esm", "adjoint.js"],
    ["iife", "adjoint.iife.js"],
  ] as const) {
    await build({
      input: "whole",
      external,
      treeshake: false,
      plugins: [whole, stampOfSources],
      output: {
        file: join(out, file),
        format,
        name: "adjoint",
        minify: true,
        sourcemap: true,
        banner: mark,
        footer: mark,
      },
    });
  }
}

rmSync(out, { recursive: true, force: true });
const types = spawnSync("npx", ["tsc", "-p", "tsconfig.build.json"], { cwd: root, stdio: "inherit" });
if (types.status !== 0) process.exit(1);
await chunks();
await nodeIndex();
await nodeLoader();
// Beside the chunk that starts it.
copyFileSync(join(source, "xla", "xla_worker.py"), join(out, "chunks", "xla_worker.py"));
await prebuilt();

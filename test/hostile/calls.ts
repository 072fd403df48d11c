/**
 * @file Right calls of every public function: those that the examples in the docstrings make. The examples are run with
 * functions that note what they are called with in place of the public ones; what they give is not compared here
 * (test/docs does that).
 */
import { readFileSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { compileFunction } from "node:vm";
import ts from "typescript";
import { entries } from "../../scripts/build/entries.ts";
import * as adjoint from "../../src/index.ts";
import { ambientNames, docstringSnippets } from "../docs/snippets.ts";
import { root } from "../util/source-graph.ts";

type Func = (this: unknown, ...args: unknown[]) => unknown;
type Namespace = Readonly<Record<string, unknown>>;

/** A public function with right arguments of it. */
export interface Call {
  readonly name: string;
  readonly f: Func;
  readonly self: unknown;
  readonly args: readonly unknown[];
}

const isFunction = (x: unknown): x is Func =>
  typeof x === "function" && !/^class\b/.test(Function.prototype.toString.call(x));

const isNamespace = (x: unknown): x is Namespace =>
  typeof x === "object" &&
  x !== null &&
  (Object.prototype.toString.call(x) === "[object Module]" || Object.getPrototypeOf(x) === null);

/** The other entry points, but for those of build tools and of servers: what the library as a whole has too is met there first. */
const rooms = await Promise.all(
  entries
    .filter((entry) => !/^(index|methods|aot\/build|xla|plain\/(node|runtime))/.test(entry))
    .map(
      async (entry) =>
        [
          entry.replace(/\/index$/, ""),
          (await import(join(root, "src", `${entry}.ts`))) as Namespace,
        ] as const,
    ),
);

/** All public functions by their full names, and the methods of arrays. */
export function publicFunctions(): Map<string, Func> {
  const out = new Map<string, Func>();
  const walk = (space: Namespace, prefix: string): void => {
    for (const key of Object.keys(space).sort()) {
      const x = space[key];
      if (isFunction(x)) out.set(prefix + key, x);
      else if (isNamespace(x)) walk(x, `${prefix}${key}.`);
    }
  };
  walk(adjoint, "");
  const known = new Set(out.values());
  for (const [room, space] of rooms)
    for (const [key, x] of Object.entries(space))
      if (isFunction(x) && !known.has(x)) out.set(`${room}.${key}`, x);
  for (const [key, { value }] of Object.entries(Object.getOwnPropertyDescriptors(adjoint.Array.prototype)))
    if (isFunction(value)) out.set(`Array.${key}`, value);
  return out;
}

/** The examples of one file, as functions. */
function examplesOf(file: string, names: readonly string[]): ((...args: unknown[]) => Promise<void>)[] {
  const snippets = docstringSnippets(relative(root, file), readFileSync(file, "utf8"));
  const blocks = snippets.map(({ code }) => {
    const text = code.replace(/^import .*$/gm, "");
    // What throws is no right call.
    const right = text
      .split("\n")
      .filter((line) => !line.includes("// throws "))
      .join("\n");
    return `async () => {\n${right}\n}`;
  });
  const { outputText } = ts.transpileModule(`$examples([${blocks.join(",\n")}])`, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  let out: ((...args: unknown[]) => Promise<void>)[] = [];
  return [
    async (...values) => {
      const examples = compileFunction(outputText.replace(/^export \{\};?$/m, ""), ["$examples", ...names], {
        filename: "/examples.js",
      }) as (...args: unknown[]) => void;
      examples((list: typeof out) => (out = list), ...values);
      for (const f of out) {
        try {
          await f();
        } catch {
          // Examples are judged elsewhere.
        }
      }
    },
  ];
}

/** Right calls of the public functions, at most `most` of each. */
export async function recordCalls(most: number): Promise<Map<string, Call[]>> {
  const calls = new Map<string, Call[]>();
  const functions = publicFunctions();
  const nameOf = new Map<unknown, string>([...functions].map(([name, f]) => [f, name]));
  let recording = true;
  const note = (f: Func, self: unknown, args: readonly unknown[]): void => {
    const name = nameOf.get(f)!;
    const list = calls.get(name) ?? [];
    calls.set(name, list);
    if (list.length < most) list.push({ name, f, self, args });
  };
  const wrappers = new Map<unknown, unknown>();
  const wrap = (x: unknown): unknown => {
    if (wrappers.has(x)) return wrappers.get(x);
    let out = x;
    if (nameOf.has(x)) {
      const f = x as Func;
      out = Object.assign(function (this: unknown, ...args: unknown[]) {
        if (recording) note(f, undefined, args);
        return f.apply(this, args);
      }, f);
    } else if (isNamespace(x)) {
      out = Object.fromEntries(Object.entries(x).map(([k, v]) => [k, wrap(v)]));
    }
    wrappers.set(x, out);
    return out;
  };
  const files = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.startsWith("plain/node/"))
    .map((name) => join(root, "src", name))
    .sort();
  const print = console.log;
  console.log = () => undefined;
  const methods = Object.getOwnPropertyDescriptors(adjoint.Array.prototype);
  for (const [key, d] of Object.entries(methods)) {
    const f = d.value as unknown;
    if (!isFunction(f) || d.configurable === false) continue;
    Object.defineProperty(adjoint.Array.prototype, key, {
      ...d,
      value(this: unknown, ...args: unknown[]) {
        if (recording && this !== undefined) note(f, this, args);
        return f.apply(this, args);
      },
    });
  }
  try {
    for (const file of files) {
      const module = (await import(file)) as Record<string, unknown>;
      const ambient = Object.fromEntries(Object.entries(ambientNames(module)).map(([k, v]) => [k, wrap(v)]));
      for (const run of examplesOf(file, Object.keys(ambient))) await run(...Object.values(ambient));
    }
  } finally {
    recording = false;
    console.log = print;
    Object.defineProperties(adjoint.Array.prototype, methods);
  }
  return calls;
}

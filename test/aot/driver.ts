/**
 * @file A module that calls others in any host: its text, with arguments written as literals and results encoded as text, so that
 * they can be compared bit for bit from outside.
 */
import { cases } from "./cases.ts";
import { plain } from "./util.ts";
import { type ArrayLike, jit, numpy as np, tree } from "../../src/index.ts";

/** Encodes plain data. Plain JavaScript: hosts run it, and so does this process. */
export const encodeText = `const encode = (x) => {
  if (typeof x === "bigint") return x + "n";
  if (typeof x === "number") return Object.is(x, -0) ? "-0" : String(x);
  if (ArrayBuffer.isView(x)) return x[Symbol.toStringTag] + "[" + Array.from(x, encode).join() + "]";
  if (Array.isArray(x)) return "[" + x.map(encode).join() + "]";
  if (x === null) return "null";
  return "{" + Object.keys(x).sort().map((k) => k + ":" + encode(x[k])).join() + "}";
};`;

const literal = (x: unknown): string => {
  if (typeof x === "bigint") return `${x}n`;
  if (typeof x === "number") return Object.is(x, -0) ? "-0" : String(x);
  if (ArrayBuffer.isView(x))
    return `${Object.prototype.toString.call(x).slice(8, -1)}.of(${Array.from(x as Float64Array, literal).join(", ")})`;
  if (Array.isArray(x)) return `[${x.map(literal).join(", ")}]`;
  if (x === null) return "null";
  return `{ ${Object.entries(x as object)
    .map(([k, v]) => `${JSON.stringify(k)}: ${literal(v)}`)
    .join(", ")} }`;
};

/** The cases that every host runs. (What `Math.sin` gives in the last place is not the same in all versions of an engine.) */
export const chosen = Object.fromEntries(
  [
    "scalar",
    "step",
    "closed",
    "key",
    "loop",
    "product",
    "solve",
    "special",
    "complexes",
    "of_float16",
    "of_uint64",
  ].map((name) => [name, cases[name]]),
);

const argsOf = (name: string): unknown[] =>
  chosen[name].slice(1).map((arg) => plain(tree.map((x: unknown) => np.asarray(x as ArrayLike), arg)));

/** `results(m)`: what the functions of a module `m` give, by name, encoded. */
export const driverText = (): string => {
  const lines = Object.keys(chosen).map(
    (name) => `  ${name}: encode(m.${name}(${argsOf(name).map(literal).join(", ")})),`,
  );
  return [encodeText, "export const results = (m) => ({", ...lines, "});"].join("\n");
};

/** What they must give. */
export async function expectedResults(backend: "js" | "wasm"): Promise<Readonly<Record<string, string>>> {
  const text = `${encodeText}\nexport { encode };`;
  const { encode } = (await import(
    /* @vite-ignore */ `data:text/javascript,${encodeURIComponent(text)}`
  )) as {
    readonly encode: (x: unknown) => string;
  };
  return Object.fromEntries(
    Object.entries(chosen).map(([name, [f, ...args]]) => [
      name,
      encode(plain(jit(f, { backend })(...(args as never[])))),
    ]),
  );
}

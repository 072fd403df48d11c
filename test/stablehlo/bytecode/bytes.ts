/** @file Programs of JAX as bytes (make.py writes them), and what is wrong with bytes. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../util/source-graph.ts";
import { type Case, type Recorded, casesOf, groups } from "../cases.ts";

/** A function as jax.export serialised it. */
export interface ExportedCase {
  readonly bytes: string;
  readonly inputs: readonly Recorded[];
  readonly outputs: readonly Recorded[];
  readonly cotangents?: readonly Recorded[];
  readonly grads?: readonly Recorded[];
}

export interface Fixtures {
  /** By group and id: bytecode, and a portable artifact. */
  readonly public: Readonly<Record<string, readonly [string, string]>>;
  readonly versions: Readonly<Record<string, string>>;
  readonly resource: string;
  /** Lists, and types, in which each is twice in the next. */
  readonly shared: readonly string[];
  readonly functions: Readonly<Record<string, ExportedCase>>;
  readonly symbolic: string;
}

export const folder = join(root, "test/stablehlo/bytecode");
export const fixtures = JSON.parse(readFileSync(join(folder, "fixtures.json"), "utf8")) as Fixtures;

/** The bytes that base64 stands for, not in a Buffer. */
export const bytesOf = (base64: string): Uint8Array => Uint8Array.from(Buffer.from(base64, "base64"));

const known = new Map<string, Case>(
  groups().flatMap((g) => casesOf(g).map((c) => [`${g}:${c.id}`, c] as const)),
);

export function caseOf(key: string): Case {
  const found = known.get(key);
  if (found === undefined) throw new Error(`there is no program ${key}`);
  return found;
}

/**
 * Programs whose gradients portable artifacts do not tell: they hold, in place of operations of CHLO, formulas whose derivatives are not
 * numbers everywhere. Their values are right.
 */
export const formulas: readonly string[] = [
  "elementwise:lax.erf_inv/f64",
  "elementwise:lax.erf_inv/f32",
  "elementwise:lax.polygamma/f64_dx",
  "scipy:scipy.special.erfinv/f64",
  "scipy:scipy.special.erfinv/far",
  "scipy:scipy.special.erfcx/far",
  "scipy:scipy.special.polygamma/n0",
];

/** The program without its gradient, where that is not told. */
export const asArtifact = (key: string): Case => {
  const { vjp, ...values } = caseOf(key);
  return vjp === undefined || formulas.includes(key) ? values : { ...values, vjp };
};

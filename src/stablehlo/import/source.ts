/** @file What was given to `fromStablehlo`: text, MLIR bytecode, or what `jax.export` serialises; and the module in it. */
import type { ShapedArray } from "../../core/aval.ts";
import { ArgumentError } from "../../base/errors.ts";
import { decode } from "./bytecode/cursor.ts";
import { readExported } from "./bytecode/exported.ts";
import { isBytecode } from "./bytecode/file.ts";
import { readModule } from "./bytecode/module.ts";
import { handlerOf } from "./operations/index.ts";
import type { Module } from "./text/ir.ts";
import { Parser } from "./text/parser.ts";

/** A module, and how its function is called where that is not by its own arguments. */
export interface Source {
  readonly module: Module;
  readonly convention: Convention | null;
}

/** How an exported function is called: by the arguments of the function of JAX. */
export interface Convention {
  /** Its arguments; null where nothing is known of one. */
  readonly args: readonly (ShapedArray | null)[];
  /** Which of them the module takes. */
  readonly kept: readonly number[];
  /** The index of the platform that the program runs on, where the module takes it before the arguments. */
  readonly platform: number | null;
}

const isKnown = (op: string): boolean => handlerOf(op) !== undefined;

/** The module in what was given; of exported programs, that of the function's `vjp`-th derivative. */
export function readSource(given: string | Uint8Array, vjp: number): Source {
  const isExported = typeof given !== "string" && !isBytecode(given) && given.includes(0);
  const exported = isExported ? readExported(given, vjp) : null;
  if (exported === null && vjp > 0)
    throw new ArgumentError(
      `fromStablehlo: expected bytes of jax.export for the option vjp, serialised with vjp_order=${vjp} or more.`,
    );
  if (exported !== null) {
    const { args, kept, platforms } = exported;
    const platform = platforms.length > 1 ? Math.max(0, platforms.indexOf("cpu")) : null;
    return {
      module: readModule(exported.module, exported.at, isKnown),
      convention: { args, kept, platform },
    };
  }
  if (typeof given !== "string" && isBytecode(given))
    return { module: readModule(given, 0, isKnown), convention: null };
  const text = typeof given === "string" ? given : decode(given);
  return { module: new Parser(text, isKnown).module(), convention: null };
}

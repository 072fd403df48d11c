/** @file `loopsOf`: the loop program of a function, as text and as a picture of nested boxes. */
import type { AnyFunction } from "../api/flatten.ts";
import type { AbstractArgs } from "../api/staging.ts";
import type { NDArray } from "../core/array.ts";
import { installCompiler } from "../jit/compiler.ts";
import { jaxprProgram } from "../jit/program.ts";
import { printProgram } from "../loops/ir/print.ts";
import { loopsPicture } from "./drawing/loops.ts";
import { type Traced, traced } from "./program/traced.ts";

/** A statement, or a block with statements in it. */
export interface LoopItem {
  /** The text of a statement, or the head of a block: `for i0 in 0 … 3`. */
  readonly text: string;
  /** Null for a statement. */
  readonly inside: readonly LoopItem[] | null;
}

/** The blocks of a program's text: what stands between braces is inside. */
function blocksOf(lines: readonly string[]): LoopItem[] {
  const root: LoopItem[] = [];
  const open: LoopItem[][] = [root];
  const begin = (text: string): void => {
    const inside: LoopItem[] = [];
    open[open.length - 1].push({ text, inside });
    open.push(inside);
  };
  for (const line of lines.map((l) => l.trim())) {
    if (line.startsWith("}")) open.pop();
    if (line === "} else {") begin("else");
    else if (line.startsWith("} → ")) open[open.length - 1].push({ text: line.slice(2), inside: null });
    else if (line.endsWith("{")) begin(line.slice(0, -1).trim());
    else if (line !== "}") open[open.length - 1].push({ text: line, inside: null });
  }
  return root;
}

/** The loops that a function is compiled to. */
export class Loops {
  readonly name: string;
  /** The program in the notation of the loop IR. */
  readonly text: string;
  /** Its functions of scalars, then the program itself, then its results. */
  readonly items: readonly LoopItem[];

  constructor(program: Traced) {
    installCompiler();
    this.name = program.name;
    this.text = printProgram(jaxprProgram(program.jaxpr, program.name.replace(/\W+/g, "_")));
    this.items = blocksOf(this.text.split("\n"));
  }

  /** The picture as SVG: loops as boxes, one in another. */
  svg(): string {
    return loopsPicture(this);
  }
}

/**
 * The loops that a function is compiled to, for arguments like these, which may be shapes and dtypes (`ShapeDtypeStruct`): the
 * loop program that JavaScript and WebAssembly are generated from, after fusion.
 *
 * @returns the loops with `text`, `items`, and the method `svg`
 * @see the page on the loop IR for the notation
 * @example
 * const loops = loopsOf((x) => x.sum(1), np.ones([2, 3]));
 * loops.items[0]?.inside?.[0]?.text; // "for i0 in 0 … 2"
 * loops.svg().startsWith("<svg"); // true
 */
export function loopsOf<A extends NDArray[]>(f: (...args: A) => unknown, ...args: AbstractArgs<A>): Loops;
export function loopsOf<A extends unknown[]>(f: (...args: A) => unknown, ...args: AbstractArgs<A>): Loops;
export function loopsOf(f: AnyFunction, ...args: unknown[]): Loops {
  return new Loops(traced("loopsOf", f, args));
}

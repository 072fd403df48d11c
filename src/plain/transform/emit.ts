/** @file What the parts of the transformation share: the file, its scopes, and how they call one another. */
import type TypeScript from "typescript";
import { type Rope, joinRopes, rope } from "./rope.ts";
import type { Compiler, FunctionNode, Node, Scopes, Variable } from "./scope.ts";

/** The names that transformed code gives to what it imports. */
export const runtimeName = "$adjoint";
export const forceName = "$adjointForce";
export const tracedName = "$adjointTraced";

/** Where a `break` or a `continue` leads. */
export interface Target {
  readonly kind: "loop" | "switch" | "block";
  readonly labels: readonly string[];
  readonly breaks: string;
  readonly continues: string;
}

/** Where a statement stands. */
export interface Context {
  /** The flag and the value of `return` in the function at hand. */
  readonly returned: string;
  readonly result: string;
  /** Whether the statement is inside an arrow function that the transformation has made. */
  readonly inThunk: boolean;
  /** The loop whose body that arrow function is. */
  readonly bodyOf: Target | null;
  readonly targets: readonly Target[];
}

/** The parts of the emitter, which call one another. */
export interface Parts {
  expression(n: Node): Rope;
  statements(list: readonly TypeScript.Statement[], c: Context): Rope;
  /** An assignment of a value to a name, a pattern, or any other target. */
  assign(target: Node, value: Rope): Rope;
  /** A function that is inside one that is converted: it is converted alone. */
  converted(n: FunctionNode): Rope;
  /** A node as it stands, with functions that choose between it and its conversion. */
  original(n: Node): Rope;
}

/** The emitter of one file. */
export class Emitter {
  readonly ts: Compiler;
  readonly file: TypeScript.SourceFile;
  readonly scopes: Scopes;
  parts!: Parts;
  /** How often the runtime has been called so far: what calls it not at all needs no conversion. */
  calls = 0;
  readonly #site: (offset: number) => string;
  #serial = 0;
  /** Flags that are set inside each construct that is being written. */
  readonly #flags: Set<string>[] = [];

  constructor(ts: Compiler, file: TypeScript.SourceFile, scopes: Scopes, site: (offset: number) => string) {
    this.ts = ts;
    this.file = file;
    this.scopes = scopes;
    this.#site = site;
  }

  /** A name that the user's code does not have. */
  name(base: string): string {
    return `$${base}${++this.#serial}`;
  }

  /** The line of a node, as text. */
  site(n: Node): string {
    return JSON.stringify(this.#site(n.getStart(this.file)));
  }

  /** A call of the runtime. */
  call(name: string, ...args: readonly Rope[]): Rope {
    this.calls++;
    return rope`${runtimeName}.${name}(${joinRopes(args, ", ")})`;
  }

  text(n: Node): Rope {
    return { from: n.getStart(this.file), to: n.getEnd() };
  }

  /** A node with others in the place of its children. */
  copy(n: Node, child: (n: Node) => Rope): Rope {
    const parts: Rope[] = [];
    let at = n.getStart(this.file);
    this.ts.forEachChild(n, (c) => {
      const from = c.getStart(this.file);
      if (from > at) parts.push({ from: at, to: from });
      parts.push(child(c));
      at = c.getEnd();
    });
    if (n.getEnd() > at) parts.push({ from: at, to: n.getEnd() });
    return parts;
  }

  setFlag(name: string): void {
    for (const set of this.#flags) set.add(name);
  }

  /** What `write` writes, and the flags that it sets. */
  flagsOf<T>(write: () => T): readonly [T, Set<string>] {
    const flags = new Set<string>();
    this.#flags.push(flags);
    try {
      return [write(), flags];
    } finally {
      this.#flags.pop();
    }
  }

  /** Takes a flag back that is declared inside what is written. */
  dropFlag(name: string): void {
    for (const set of this.#flags) set.delete(name);
  }

  /** The function (or the file) in which a node stands. */
  ownerOf(n: Node): Node {
    let owner = n;
    while (owner.parent !== undefined && !this.scopes.isFunction(owner)) owner = owner.parent;
    return owner;
  }

  #isVisible(v: Variable, at: Node, from: number, to: number): boolean {
    const { node, owner } = v.scope;
    if (!(node.pos <= from && to <= node.end) || this.scopes.lookUp(at, v.name) !== v) return false;
    if (v.kind === "var" || v.kind === "param" || node === at) return true;
    return owner !== this.ownerOf(at) || v.at < from;
  }

  /**
   * The arguments by which a construct tells what it may change: nothing, or names, a reader and a writer. Variables that it
   * may change only by calling functions that assign them have `~` before their names.
   */
  variables(at: Node, from: number, to: number, flags: Iterable<string>): readonly Rope[] {
    const own: string[] = [];
    const others: string[] = [];
    for (const v of this.scopes.variables) {
      if (v.assigned.length === 0 || v.kind === "const" || !this.#isVisible(v, at, from, to)) continue;
      if (v.assigned.some((a) => a.at >= from && a.at < to)) own.push(v.name);
      else if (v.assigned.some((a) => a.inside !== v.scope.owner)) others.push(`~${v.name}`);
    }
    const all = [...own, ...flags, ...others];
    if (all.length === 0) return [];
    const names = all.map((n) => n.replace(/^~/, ""));
    // What is declared further down may not be there yet.
    const isLate = (n: string): boolean =>
      n.startsWith("~") && (this.scopes.lookUp(at, n.slice(1))?.at ?? 0) > from;
    const reads = all.map((n, i) => (isLate(n) ? `${runtimeName}.peek(() => ${names[i]})` : names[i]));
    const sets = all.map((n, i) => {
      const set = `${names[i]} = $adjointS[${i}];`;
      return isLate(n) ? `${runtimeName}.poke($adjointS[${i}], () => { ${set} });` : set;
    });
    return [JSON.stringify(all), `() => [${reads.join(", ")}]`, `($adjointS) => { ${sets.join(" ")} }`];
  }
}

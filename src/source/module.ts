/** @file A module that is being written: its imports, its functions and its constants. */
import type { ConcreteArray } from "../core/array.ts";
import { type ClosedJaxpr, subJaxprs } from "../core/jaxpr/ir.ts";
import { printJaxpr } from "../core/jaxpr/print.ts";
import { paramsKey } from "../core/jaxpr/keys.ts";
import type { Params, Primitive } from "../core/primitive.ts";
import { bind } from "../core/trace.ts";
import { asArray } from "../lax/operands/convert.ts";
import type { ArrayLike } from "../core/array.ts";
import { asNumber, creation, sameArray } from "./constants.ts";
import { Call, Local, type Written } from "./expressions.ts";
import { type Doc, hardLine, join, print } from "./layout.ts";
import type { Lines, Site } from "./lines.ts";
import { Names, camelCase } from "./names.ts";
import type { Naming } from "./naming.ts";
import { declaration, docOf } from "./text.ts";

/** Roots of paths, and what is imported for them. */
const imported: Readonly<Record<string, string>> = { np: "numpy as np" };

export class Module {
  readonly names = new Names();
  readonly lines: Lines;
  readonly naming: Naming;
  /** The line that is written for every call: it says nothing. */
  readonly caller: string | null;
  readonly #library = new Set<string>(["type Array"]);
  readonly #helpers = new Set<string>();
  readonly #operations = new Map<string, Local>();
  readonly #constants = new Map<ConcreteArray, string>();
  readonly #before: Doc[] = [];
  readonly #functions: Doc[] = [];
  readonly #data: Doc[] = [];
  readonly #unfinished = new Map<string, Local>();
  readonly #customs = new Map<object, Map<string, Local>>();
  readonly #shared = new Map<ClosedJaxpr, Map<string, Local>>();

  constructor(lines: Lines, naming: Naming, caller: Site | null) {
    this.lines = lines;
    this.naming = naming;
    this.caller = caller === null ? null : `${caller.file}:${caller.line}`;
  }

  /** Imports what an expression needs. */
  use(x: Written): void {
    if (typeof x !== "object" || x === null) return;
    if (x instanceof Call) {
      if (typeof x.fn === "string") this.library(x.fn.split(".")[0]);
      else if (x.fn.name === "fromBase64" || x.fn.name === "loop") this.helper(x.fn.name);
    }
    for (const part of Object.values(x)) this.use(part as Written);
  }

  /** Imports a name of the library. */
  library(root: string): void {
    this.#library.add(imported[root] ?? root);
  }

  /** Imports a name of `adjoint/source`. */
  helper(name: string): string {
    this.#helpers.add(name);
    return name;
  }

  /** The name of an array that is part of the program. */
  constant(value: ConcreteArray): string {
    let name = this.#constants.get(value) ?? this.#equal(value);
    if (name === undefined) {
      name = this.names.fresh(value.ndim === 0 ? scalarName(value) : "constant");
      this.#constants.set(value, name);
      const made = creation(value);
      this.use(made);
      const isData = made instanceof Call && made.fn instanceof Local;
      (isData ? this.#data : this.#before).push(declaration([name], docOf(made, [])));
    }
    return name;
  }

  /** The name of an equal number. */
  #equal(value: ConcreteArray): string | undefined {
    if (value.ndim > 0) return undefined;
    for (const [other, name] of this.#constants) if (sameArray(value, other)) return name;
    return undefined;
  }

  /** An operation that has no function of its own. */
  operation(primitive: Primitive, params: Params, outputs: number, written: Written): Local {
    const key = `${primitive.name} ${paramsKey(params)}`;
    let local = this.#operations.get(key);
    if (local === undefined || subJaxprs(params).length > 0) {
      local = this.#define(primitive, params, outputs, written);
      this.#operations.set(key, local);
    }
    return local;
  }

  #define(primitive: Primitive, params: Params, outputs: number, written: Written): Local {
    this.helper("primitive");
    const name = this.names.fresh(camelCase(primitive.name));
    const run = (...args: readonly unknown[]): unknown => {
      const outs = bind(
        primitive,
        args.map((x) => asArray(x as ArrayLike, primitive.name)),
        params,
      );
      return outputs === 1 ? outs[0] : outs;
    };
    const made = new Call("primitive", operationArguments(primitive.name, written, outputs));
    this.#before.push(declaration([name], docOf(made, [])));
    return new Local(name, run);
  }

  /** A function of the module, written once for each body (and options). */
  shared(body: ClosedJaxpr, options: string, make: () => Local): Local {
    let made = this.#shared.get(body);
    if (made === undefined) this.#shared.set(body, (made = new Map<string, Local>()));
    let local = made.get(options);
    if (local === undefined) made.set(options, (local = make()));
    return local;
  }

  /**
   * A function with rules of the user's, written once for each body that it has. Its rules may call it; or an equal one that is
   * made anew for each call, whose rules would never end: within rules, what has the same name and body is the same function.
   * Other functions with rules are written within rules without theirs, as what they compute: such rules may have no end either.
   * @param write the statements that define it under a name
   */
  custom(
    origin: object,
    body: ClosedJaxpr,
    wish: string,
    run: Local["run"],
    write: (name: string) => Doc[],
  ): Local | null {
    const key = `${wish} ${printJaxpr(body.jaxpr)}`;
    const around = this.#unfinished.get(key);
    if (around !== undefined || this.#unfinished.size > 0) return around ?? null;
    let made = this.#customs.get(origin);
    if (made === undefined) this.#customs.set(origin, (made = new Map<string, Local>()));
    let local = made.get(key);
    if (local === undefined) {
      made.set(key, (local = new Local(this.names.fresh(wish), run)));
      this.#unfinished.set(key, local);
      this.#functions.push(...write(local.name));
      this.#unfinished.delete(key);
    }
    return local;
  }

  function(doc: Doc): void {
    this.#functions.push(doc);
  }

  /** The text of the module around its main function. */
  text(head: readonly string[], main: Doc): string {
    const names = [...this.#library].sort(byName);
    const imports = [importDoc(names, "adjoint")];
    if (this.#helpers.size > 0) imports.push(importDoc([...this.#helpers].sort(), "adjoint/source"));
    const parts: Doc[] = [
      ...(head.length === 0 ? [] : [join(hardLine, head)]),
      join(hardLine, imports),
      ...(this.#before.length === 0 ? [] : [join(hardLine, this.#before)]),
      main,
      ...this.#functions,
      ...(this.#data.length === 0 ? [] : [join(hardLine, this.#data)]),
    ];
    return `${print(join([hardLine, hardLine], parts))}\n`;
  }
}

const scalarNames: Readonly<Record<string, string>> = {
  "0": "zero",
  "1": "one",
  "2": "two",
  "0.5": "half",
  "-1": "minusOne",
};

const scalarName = (value: ConcreteArray): string => scalarNames[String(asNumber(value))] ?? "scalar";

/** Types last. */
const byName = (a: string, b: string): number =>
  Number(a.startsWith("type ")) - Number(b.startsWith("type ")) || (a < b ? -1 : 1);

const importDoc = (names: readonly string[], from: string): Doc => {
  const one = `import { ${names.join(", ")} } from "${from}";`;
  return one.length <= 110 ? one : `import {\n${names.map((n) => `  ${n},\n`).join("")}} from "${from}";`;
};

/** The arguments of `primitive`. */
export function operationArguments(name: string, params: Written, outputs: number): Written[] {
  const none = typeof params === "object" && params !== null && Object.keys(params).length === 0;
  if (outputs === 1) return none ? [name] : [name, params];
  return [name, params, outputs];
}

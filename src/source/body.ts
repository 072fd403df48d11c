/** @file The statements of a function: the equations of a program, one after another, with the user's lines above them. */
import { ConcreteArray } from "../core/array.ts";
import type { ShapedArray } from "../core/aval.ts";
import { type Atom, type ClosedJaxpr, type Eqn, type Jaxpr, Literal, type Var } from "../core/jaxpr/ir.ts";
import type { Primitive } from "../core/primitive.ts";
import { constantP } from "../lax/shapes/constant.ts";
import { asNumber } from "./constants.ts";
import { SourceError } from "./errors.ts";
import { Operand, type Written, call } from "./expressions.ts";
import { type Doc, print } from "./layout.ts";
import { fileName, siteOf } from "./lines.ts";
import type { Module } from "./module.ts";
import { Names } from "./names.ts";
import { placed } from "./naming.ts";
import { declaration, docOf } from "./text.ts";
import { type Known, isEquation } from "./verify.ts";
import { writingsOf } from "./writings/index.ts";

/** What stands for a variable: a name in the module, or a value that is known. */
export interface Ref {
  readonly text: string | null;
  readonly known: Known;
  readonly adjoint: boolean;
}

/** What writes an equation that holds bodies; null if it cannot. */
export type CallWriter = (body: Body, eqn: Eqn) => Ref[] | null;

/** The writers of equations with bodies, and of all that have no other. */
export interface CallWriters {
  of(primitive: Primitive): CallWriter | undefined;
  readonly otherwise: CallWriter;
}

export const avalOf = ({ known }: Ref): ShapedArray => ("value" in known ? known.value.aval : known.aval);

export class Body {
  readonly module: Module;
  readonly names: Names;
  readonly calls: CallWriters;
  readonly statements: Doc[] = [];
  readonly #env = new Map<Var, Ref>();
  readonly #definitions = new Map<Var, Eqn>();
  readonly #uses = new Map<Var, Eqn[]>();
  readonly #results = new Set<Atom>();
  #line: string | null = null;
  /** The lines that the functions around this one stand for: not told again. */
  readonly #enclosing: readonly string[];
  #section: string | null = null;
  #current: string | null = null;
  #last: { name: string | null; expression: Doc; statement: Doc } | null = null;
  /** True if what the last statement declares has no name of the user's and is a result once. */
  #isPassing = false;

  constructor(module: Module, calls: CallWriters, outer: Names, enclosing: readonly string[] = []) {
    this.module = module;
    this.calls = calls;
    this.names = new Names(outer);
    this.#enclosing = enclosing;
  }

  /** A function inside this one, which sees its names. */
  inner(): Body {
    const line = this.#current === null ? [] : [this.#current];
    return new Body(this.module, this.calls, this.names, [...this.#enclosing, ...line]);
  }

  /** A function of the module. */
  outermost(): Body {
    return new Body(this.module, this.calls, this.module.names);
  }

  set(v: Var, ref: Ref): void {
    this.#env.set(v, ref);
  }

  read(a: Atom): Ref {
    if (a instanceof Literal) return valueRef(a.value);
    const ref = this.#env.get(a);
    if (ref === undefined) throw new Error("internal: a variable is written before it is defined");
    return ref;
  }

  /** The text of an operand where it must be an array. */
  textOf(ref: Ref): string {
    if (ref.text !== null) return ref.text;
    if (!("value" in ref.known)) throw new Error("internal: a variable without a name");
    return this.module.constant(ref.known.value);
  }

  /** The equation that defines a variable. */
  definition(a: Atom): Eqn | undefined {
    return a instanceof Literal ? undefined : this.#definitions.get(a);
  }

  /** The equations that use a variable. */
  uses(v: Var): readonly Eqn[] {
    return this.#uses.get(v) ?? [];
  }

  /** A new name for a variable. */
  name(v: Var, wish: string, adjoint = false): Ref {
    const ref: Ref = { text: this.names.fresh(wish), known: { variable: v, aval: v.aval }, adjoint };
    this.set(v, ref);
    return ref;
  }

  /** Writes a program; gives what stands for its results. */
  write({ jaxpr, consts }: ClosedJaxpr, sections = false): Ref[] {
    jaxpr.constvars.forEach((v, i) => {
      const value = consts[i];
      if (!(value instanceof ConcreteArray))
        throw new SourceError(
          `a constant of the program is traced by another transformation (${String(value.aval)}); ` +
            `write the function from outside of it, or make the value an argument.`,
        );
      this.set(v, { text: null, known: { value }, adjoint: false });
    });
    this.#learnUses(jaxpr);
    for (const eqn of jaxpr.eqns) for (const v of eqn.outputs) this.#definitions.set(v, eqn);
    const eqns = placed(jaxpr, (v) => this.#env.get(v)?.adjoint === true);
    if (sections) this.module.naming.nameResults(jaxpr.outs, eqns);
    this.module.naming.read(eqns);
    const mixed = sections && eqns.some((p) => p.adjoint) && eqns.some((p) => !p.adjoint);
    for (const { eqn, adjoint } of eqns) this.#writeEquation(eqn, adjoint, mixed || (sections && adjoint));
    const [out] = jaxpr.outs;
    const users =
      out !== undefined && !(out instanceof Literal) && this.module.naming.known(out) !== undefined;
    this.#isPassing = jaxpr.outs.length === 1 && !users;
    return jaxpr.outs.map((a) => this.read(a));
  }

  #writeEquation(eqn: Eqn, adjoint: boolean, sections: boolean): void {
    if ((eqn.primitive as unknown) === constantP) {
      const { value } = eqn.params as { value: ConcreteArray };
      this.set(eqn.outputs[0], { text: null, known: { value }, adjoint: false });
      return;
    }
    const site = siteOf(eqn.source);
    this.#current = site === null ? null : `${site.file}:${site.line}`;
    const before = this.statements.length;
    const written =
      this.calls.of(eqn.primitive)?.(this, eqn) ?? this.#plain(eqn) ?? this.calls.otherwise(this, eqn);
    if (written === null) throw new Error(`internal: ${eqn.primitive.name} cannot be written`);
    eqn.outputs.forEach((v, i) => this.set(v, { ...written[i], adjoint }));
    if (this.statements.length === before) return;
    this.statements.splice(before, 0, ...this.#comments(eqn, adjoint, sections, before === 0));
  }

  /** What stands above an equation: the part of the program that begins, the user's line. */
  #comments({ source }: Eqn, adjoint: boolean, sections: boolean, first: boolean): Doc[] {
    const out: Doc[] = [];
    const section = adjoint ? "// adjoint" : "// forward";
    if (sections && this.#section !== section) {
      if (!first) out.push("");
      out.push(section);
      this.#section = section;
      this.#line = null;
    }
    const site = siteOf(source);
    const at = site === null ? null : `${site.file}:${site.line}`;
    if (
      site === null ||
      at === null ||
      at === this.#line ||
      at === this.module.caller ||
      this.#enclosing.includes(at)
    )
      return out;
    this.#line = at;
    const text = this.module.lines.text(site);
    out.push(`// ${fileName(site.file)}:${site.line}${text === null ? "" : `: ${text}`}`);
    return out;
  }

  /** An equation as a call of a public function. */
  #plain(eqn: Eqn): Ref[] | null {
    const refs = eqn.inputs.map((a) => this.read(a));
    const operands = refs.map((r) => r.known);
    const values = operands.map((k) => ("value" in k ? k.value : null));
    const numbers = operands.map((k) => ("value" in k ? (asNumber(k.value) ?? k.value) : null));
    const operation = {
      args: refs.map((_, i) => new Operand(i)),
      params: eqn.params,
      avals: refs.map(avalOf),
      outs: eqn.outputs.map((v) => v.aval),
    };
    for (const written of writingsOf(eqn.primitive, operation)) {
      for (const given of values.every((v) => v === null) ? [values] : [numbers, values]) {
        const order = isEquation(written, eqn, operands, given);
        if (order === null) continue;
        const texts = refs.map((r, i) =>
          r.text === null && !(given[i] instanceof ConcreteArray)
            ? print(docOf(given[i] as Written, []))
            : this.textOf(r),
        );
        return this.declare(eqn, docOf(written, texts), written, order);
      }
    }
    return null;
  }

  /** Declares the results of an equation, those that are used, in the order in which an expression gives them. */
  declare(eqn: Eqn, expression: Doc, written: Written, order = eqn.outputs.map((_, i) => i)): Ref[] {
    this.module.use(written);
    const refs = eqn.outputs.map((v) => this.name(v, this.module.naming.of(v, eqn)));
    const names = order.map((i) => (this.isUsed(eqn.outputs[i]) || refs.length === 1 ? refs[i].text : null));
    const statement = declaration(names, expression);
    this.statements.push(statement);
    if (refs.length === 1) this.#last = { name: refs[0].text, expression, statement };
    return refs;
  }

  /** The expression of the last statement, if that declares just this result under a name that is not the user's; removes it. */
  takeLast(ref: Ref): Doc | null {
    const last = this.#last;
    const isLast = last !== null && last.statement === this.statements[this.statements.length - 1];
    if (!isLast || ref.text !== last.name || !this.#isPassing) return null;
    this.statements.pop();
    return last.expression;
  }

  /** True if an equation or a result needs a variable. */
  isUsed(v: Var): boolean {
    return this.#uses.has(v) || this.#results.has(v);
  }

  /** True of equations of the adjoint part. */
  isAdjoint(eqn: Eqn): boolean {
    return eqn.source?.backward === true || eqn.inputs.some((a) => this.read(a).adjoint);
  }

  isResult(v: Var): boolean {
    return this.#results.has(v);
  }

  #learnUses({ eqns, outs }: Jaxpr): void {
    for (const eqn of eqns) {
      for (const a of eqn.inputs) {
        if (a instanceof Literal) continue;
        const list = this.#uses.get(a) ?? [];
        this.#uses.set(a, [...list, eqn]);
      }
    }
    for (const a of outs) this.#results.add(a);
  }

  /** Writes the equations of a program among those of this function. */
  inline(closed: ClosedJaxpr): Ref[] {
    const outs = this.write(closed);
    return outs;
  }

  /** A call on operands that must be arrays. */
  apply(fn: string, refs: readonly Ref[]): { written: Written; doc: Doc } {
    const written = call(fn, ...refs.map((_, i) => new Operand(i)));
    return {
      written,
      doc: docOf(
        written,
        refs.map((r) => this.textOf(r)),
      ),
    };
  }
}

export const valueRef = (value: ConcreteArray): Ref => ({ text: null, known: { value }, adjoint: false });

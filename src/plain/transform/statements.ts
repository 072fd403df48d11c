/**
 * @file Statements. Branches and bodies of loops become arrow functions that the runtime calls: once each where the condition is
 * known, or as parts of a traced program. So `return`, `break` and `continue` inside them set flags, and what comes after is
 * done unless a flag is set; what follows a branch that always leaves becomes the other branch.
 */
import type TypeScript from "typescript";
import type { Context, Emitter, Target } from "./emit.ts";
import { Jumps } from "./jumps.ts";
import { Loops } from "./loops.ts";
import { type Rope, rope } from "./rope.ts";
import type { Compiler } from "./scope.ts";
import { Switches } from "./switches.ts";

type Statement = TypeScript.Statement;

/** What a statement becomes, and the flags that end what comes after it. */
export interface Written {
  readonly text: Rope;
  readonly exits: ReadonlySet<string>;
}

const noExits: ReadonlySet<string> = new Set();

export class Statements {
  readonly #e: Emitter;
  readonly #ts: Compiler;
  readonly #jumps: Jumps;
  readonly #loops: Loops;
  readonly #switches: Switches;

  constructor(e: Emitter) {
    this.#e = e;
    this.#ts = e.ts;
    this.#jumps = new Jumps(e.ts);
    this.#loops = new Loops(e);
    this.#switches = new Switches(e, this.#jumps);
  }

  /** Which declared functions must stand before a list: those that are called before a part of it becomes a branch. */
  #hoisted(list: readonly Statement[]): Set<Statement> {
    const ts = this.#ts;
    const first = list.findIndex((s) => !this.#jumps.always(s) && this.#jumps.some(s));
    const end = first < 0 ? Infinity : list[first].getEnd();
    const functions = list.filter((s) => ts.isFunctionDeclaration(s));
    const found = new Set<Statement>();
    const ranges = [[list[0]?.pos ?? 0, end]];
    for (const [from, to] of ranges) {
      for (const f of functions) {
        const variable = f.name === undefined ? null : this.#e.scopes.lookUp(f.parent, f.name.text);
        const isCalled =
          variable?.used.some(({ at }) => at >= from && at < to && at !== variable.at) === true;
        if (found.has(f) || (!isCalled && end !== Infinity)) continue;
        found.add(f);
        ranges.push([f.pos, f.end]);
      }
    }
    return found;
  }

  /** A list of statements. */
  list(all: readonly Statement[], c: Context): Rope {
    const ts = this.#ts;
    const hoisted = this.#hoisted(all);
    const out: Rope[] = [...hoisted].map((f) => rope`${this.#e.parts.expression(f)}\n`);
    const list = all.filter((s) => !hoisted.has(s));
    for (const [i, s] of list.entries()) {
      const rest = list.slice(i + 1);
      const merged = ts.isIfStatement(s) && rest.length > 0 ? this.#mergedIf(s, rest, c) : null;
      if (merged !== null) {
        out.push(merged);
        return out;
      }
      const { text, exits } = this.statement(s, c);
      out.push(text, "\n");
      if (this.#jumps.always(s)) return out;
      if (exits.size > 0 && rest.length > 0) {
        out.push(this.#guarded(exits, rest, c));
        return out;
      }
    }
    return out;
  }

  /** Inside an arrow function of the transformation's. */
  #inside(c: Context): Context {
    return { ...c, inThunk: true, bodyOf: null };
  }

  /** What comes after statements that may have left. */
  #guarded(exits: ReadonlySet<string>, rest: readonly Statement[], c: Context): Rope {
    const e = this.#e;
    const [body, flags] = e.flagsOf(() => this.list(rest, this.#inside(c)));
    const from = rest[0].getStart();
    const variables = e.variables(rest[0], from, rest[rest.length - 1].getEnd(), flags);
    const goes = e.call("not", e.call("any", ...[...exits].filter((f) => f !== c.result)));
    return rope`${e.call("whenever", e.site(rest[0]), goes, rope`() => { ${body} }`, ...variables)};\n`;
  }

  /** `if (c) return …; rest` is `if (c) return …; else { rest }`; null where neither branch always leaves. */
  #mergedIf(s: TypeScript.IfStatement, rest: readonly Statement[], c: Context): Rope | null {
    const leaves = this.#jumps.always(s.thenStatement);
    const other = s.elseStatement;
    const otherLeaves = other !== undefined && this.#jumps.always(other);
    if (leaves === otherLeaves) return null;
    const yes = leaves ? [s.thenStatement] : [s.thenStatement, ...rest];
    const no = leaves ? [...(other === undefined ? [] : [other]), ...rest] : [other!];
    return this.#branch(s, yes, no, rest[rest.length - 1].getEnd(), c).text;
  }

  #branch(
    s: TypeScript.IfStatement,
    yes: readonly Statement[],
    no: readonly Statement[],
    end: number,
    c: Context,
  ): Written {
    const e = this.#e;
    const inside = this.#inside(c);
    const [[a, b], exits] = e.flagsOf(() => [
      this.list(yes, inside),
      no.length === 0 ? null : this.list(no, inside),
    ]);
    const variables = e.variables(s, s.getStart(), end, exits);
    const branches = b === null ? [rope`() => { ${a} }`] : [rope`() => { ${a} }`, rope`() => { ${b} }`];
    const name = b === null ? "whenever" : "when";
    const text = e.call(
      name,
      e.site(s.expression),
      e.parts.expression(s.expression),
      ...branches,
      ...variables,
    );
    return { text: rope`${text};`, exits };
  }

  /** A jump inside an arrow function: its flag is set, and the arrow function left. */
  #flag(name: string, before: Rope = ""): Written {
    this.#e.setFlag(name);
    return { text: rope`{ ${before}${name} = true; return; }`, exits: noExits };
  }

  #return(s: TypeScript.ReturnStatement, c: Context): Written {
    const e = this.#e;
    const value = s.expression === undefined ? null : e.parts.expression(s.expression);
    if (!c.inThunk) return { text: value === null ? "return;" : rope`return ${value};`, exits: noExits };
    if (value === null) return this.#flag(c.returned);
    e.setFlag(c.result);
    return this.#flag(c.returned, rope`${c.result} = ${value}; `);
  }

  #jump(s: TypeScript.BreakOrContinueStatement, c: Context): Written {
    const ts = this.#ts;
    const isBreak = ts.isBreakStatement(s);
    const fits = (t: Target): boolean =>
      s.label === undefined
        ? isBreak
          ? t.kind !== "block"
          : t.kind === "loop"
        : t.labels.includes(s.label.text);
    const target = c.targets.filter(fits).at(-1);
    if (target === undefined) throw new Error(`internal: ${this.#e.site(s)}: a jump to nowhere`);
    if (isBreak) return this.#flag(target.breaks);
    if (c.bodyOf === target) return { text: "return;", exits: noExits };
    return this.#flag(target.continues);
  }

  #declaration(s: TypeScript.VariableStatement): Rope {
    return rope`${this.#e.parts.expression(s.declarationList)};`;
  }

  #try(s: TypeScript.TryStatement, c: Context): Written {
    const e = this.#e;
    const ts = this.#ts;
    const [text, exits] = e.flagsOf(() =>
      e.copy(s, (child) => {
        if (ts.isBlock(child)) return this.#block(child, c);
        return e.copy(child, (d) => (ts.isBlock(d) ? this.#block(d, c) : e.parts.expression(d)));
      }),
    );
    return { text, exits };
  }

  #block(s: TypeScript.Block, c: Context): Rope {
    return rope`{ ${this.list(s.statements, c)} }`;
  }

  #labeled(s: TypeScript.LabeledStatement, c: Context): Written {
    const ts = this.#ts;
    const e = this.#e;
    const labels = [s.label.text];
    let body = s.statement;
    while (ts.isLabeledStatement(body)) {
      labels.push(body.label.text);
      body = body.statement;
    }
    if (ts.isIterationStatement(body, false)) return this.#loops.write(body, labels, c);
    const target: Target = { kind: "block", labels, breaks: e.name("break"), continues: "" };
    const inside = { ...this.#inside(c), targets: [...c.targets, target] };
    const [list, exits] = e.flagsOf(() => this.list([body], inside));
    e.dropFlag(target.breaks);
    exits.delete(target.breaks);
    return { text: rope`{ let ${target.breaks} = false; (() => { ${list} })(); }`, exits };
  }

  statement(s: Statement, c: Context): Written {
    const ts = this.#ts;
    const e = this.#e;
    if (ts.isIterationStatement(s, false)) return this.#loops.write(s, [], c);
    if (ts.isIfStatement(s))
      return this.#branch(
        s,
        [s.thenStatement],
        s.elseStatement === undefined ? [] : [s.elseStatement],
        s.getEnd(),
        c,
      );
    if (ts.isReturnStatement(s)) return this.#return(s, c);
    if (ts.isBreakOrContinueStatement(s)) return this.#jump(s, c);
    if (ts.isBlock(s)) {
      const [text, exits] = e.flagsOf(() => this.#block(s, c));
      return { text, exits };
    }
    if (ts.isVariableStatement(s)) return { text: this.#declaration(s), exits: noExits };
    if (ts.isSwitchStatement(s)) return this.#switches.write(s, c);
    if (ts.isTryStatement(s)) return this.#try(s, c);
    if (ts.isLabeledStatement(s)) return this.#labeled(s, c);
    if (ts.isThrowStatement(s))
      return { text: rope`throw ${e.call("raise", e.parts.expression(s.expression))};`, exits: noExits };
    if (ts.isExpressionStatement(s))
      return { text: rope`${e.parts.expression(s.expression)};`, exits: noExits };
    return { text: e.parts.expression(s), exits: noExits };
  }
}

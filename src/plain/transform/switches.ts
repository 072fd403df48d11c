/** @file `switch` as a chain of branches. What falls through is written out in each case that comes to it. */
import type TypeScript from "typescript";
import type { Context, Emitter, Target } from "./emit.ts";
import type { Jumps } from "./jumps.ts";
import { type Rope, rope } from "./rope.ts";
import type { Compiler } from "./scope.ts";
import type { Written } from "./statements.ts";

type Statement = TypeScript.Statement;

/** Cases with one body. The default has no tests, or those that lead to it as well. */
interface Group {
  readonly tests: readonly TypeScript.Expression[];
  readonly isDefault: boolean;
  readonly body: readonly Statement[];
}

export class Switches {
  readonly #e: Emitter;
  readonly #ts: Compiler;
  readonly #jumps: Jumps;

  constructor(e: Emitter, jumps: Jumps) {
    this.#e = e;
    this.#ts = e.ts;
    this.#jumps = jumps;
  }

  /** The statements from a clause on, up to the first that leaves; without a last `break`. */
  #bodyFrom(clauses: readonly TypeScript.CaseOrDefaultClause[], k: number): Statement[] {
    const ts = this.#ts;
    const body: Statement[] = [];
    for (const clause of clauses.slice(k)) {
      for (const s of clause.statements) {
        if (ts.isBreakStatement(s) && s.label === undefined) return body;
        body.push(s);
        if (this.#jumps.always(s)) return body;
      }
    }
    return body;
  }

  #groups(s: TypeScript.SwitchStatement): Group[] {
    const ts = this.#ts;
    const { clauses } = s.caseBlock;
    const groups: Group[] = [];
    let tests: TypeScript.Expression[] = [];
    let isDefault = false;
    clauses.forEach((clause, k) => {
      if (ts.isCaseClause(clause)) tests.push(clause.expression);
      else isDefault = true;
      if (clause.statements.length === 0 && k < clauses.length - 1) return;
      groups.push({ tests, isDefault, body: this.#bodyFrom(clauses, k) });
      tests = [];
      isDefault = false;
    });
    return groups;
  }

  write(s: TypeScript.SwitchStatement, c: Context): Written {
    const e = this.#e;
    const target: Target = { kind: "switch", labels: [], breaks: e.name("break"), continues: "" };
    const inside: Context = { ...c, inThunk: true, bodyOf: null, targets: [...c.targets, target] };
    const value = e.name("case");
    const groups = this.#groups(s);
    const last = groups.find((g) => g.isDefault);
    const others = groups.filter((g) => !g.isDefault);
    const site = e.site(s.expression);
    const bodies = new Map<Group, readonly [Rope, Set<string>]>(
      groups.map((g) => [g, e.flagsOf(() => e.parts.statements(g.body, inside))]),
    );
    const flags = new Set([...bodies.values()].flatMap(([, f]) => [...f]));
    const variables = e.variables(s, s.getStart(), s.getEnd(), flags);
    const test = (g: Group): Rope => {
      const [first, ...more] = g.tests.map((t) => e.call("eq", value, e.parts.expression(t)));
      return more.reduce((a, b) => e.call("or", site, a, rope`() => ${b}`), first);
    };
    const chain = (k: number): Rope => {
      if (k === others.length) return last === undefined ? "" : bodies.get(last)![0];
      const [body] = bodies.get(others[k])!;
      return rope`${e.call("when", site, test(others[k]), rope`() => { ${body} }`, rope`() => { ${chain(k + 1)} }`, ...variables)};`;
    };
    // A default alone is a block, which jumps leave as they leave a case.
    const whole = others.length === 0 ? rope`(() => { ${chain(0)} })();` : chain(0);
    const breaks = flags.delete(target.breaks);
    e.dropFlag(target.breaks);
    const declared = breaks ? `let ${target.breaks} = false; ` : "";
    const text = rope`{ const ${value} = ${e.parts.expression(s.expression)}; ${declared}${whole} }`;
    return { text, exits: flags };
  }
}

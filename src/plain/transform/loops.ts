/** @file Loops: their parts become arrow functions. */
import type TypeScript from "typescript";
import type { Context, Emitter, Target } from "./emit.ts";
import { type Rope, rope } from "./rope.ts";
import type { Compiler } from "./scope.ts";
import type { Written } from "./statements.ts";

type Loop = TypeScript.IterationStatement;
type ForEach = TypeScript.ForOfStatement | TypeScript.ForInStatement;

/** What the parts of a loop become. */
interface Body {
  readonly text: Rope;
  /** The arrow function that tells whether it has been left, or null. */
  readonly stopped: Rope;
  readonly breaks: boolean;
  /** The flags that lead beyond the loop, and those that it carries. */
  readonly exits: ReadonlySet<string>;
  readonly carried: readonly string[];
}

export class Loops {
  readonly #e: Emitter;
  readonly #ts: Compiler;

  constructor(e: Emitter) {
    this.#e = e;
    this.#ts = e.ts;
  }

  write(s: Loop, labels: readonly string[], c: Context): Written {
    const ts = this.#ts;
    const e = this.#e;
    const target: Target = { kind: "loop", labels, breaks: e.name("break"), continues: e.name("continue") };
    const body = this.#body(s, target, c);
    const variables = e.variables(s, s.getStart(), s.getEnd(), body.carried);
    const text =
      ts.isForOfStatement(s) || ts.isForInStatement(s)
        ? this.#each(s, body, variables)
        : this.#loop(s, body, variables);
    const flag = body.breaks ? `let ${target.breaks} = false; ` : "";
    return { text: rope`{ ${flag}${text} }`, exits: body.exits };
  }

  #body(s: Loop, target: Target, c: Context): Body {
    const e = this.#e;
    const inside: Context = { ...c, inThunk: true, bodyOf: target, targets: [...c.targets, target] };
    const [text, flags] = e.flagsOf(() => e.parts.statements([s.statement], inside));
    const continues = flags.delete(target.continues);
    e.dropFlag(target.continues);
    const carried = [...flags];
    const stops = carried.filter((f) => f !== c.result);
    const stopped = stops.length === 0 ? "null" : rope`() => ${e.call("any", ...stops)}`;
    const breaks = flags.delete(target.breaks);
    e.dropFlag(target.breaks);
    return {
      text: continues ? rope`let ${target.continues} = false; ${text}` : text,
      stopped,
      breaks,
      exits: flags,
      carried,
    };
  }

  /** Variables of the loop's head of which functions in its body keep a copy for each step. */
  #copied(s: Loop): readonly string[] {
    const { scopes } = this.#e;
    const { statement } = s;
    const within = (at: number): boolean => at >= statement.pos && at < statement.end;
    return [...(scopes.scopeOf(s)?.names.values() ?? [])]
      .filter((v) => v.kind === "let" && !v.assigned.some((a) => within(a.at)))
      .filter((v) => v.used.some((u) => u.inside !== v.scope.owner && within(u.at)))
      .map((v) => v.name);
  }

  #arrow(s: Loop, body: Rope): Rope {
    const names = this.#copied(s).join(", ");
    return names === "" ? rope`() => { ${body} }` : rope`() => ((${names}) => { ${body} })(${names})`;
  }

  #loop(s: Loop, body: Body, variables: readonly Rope[]): Rope {
    const ts = this.#ts;
    const e = this.#e;
    const x = (n: TypeScript.Node): Rope => e.parts.expression(n);
    const nothing = "() => undefined";
    let start: Rope = "";
    let test: Rope = "() => true";
    let update: Rope = nothing;
    let site: TypeScript.Node = s;
    if (ts.isForStatement(s)) {
      if (s.initializer !== undefined) start = rope`${x(s.initializer)}; `;
      if (s.condition !== undefined) test = rope`() => (${x(s.condition)})`;
      if (s.incrementor !== undefined) update = rope`() => { ${x(s.incrementor)}; }`;
      site = s.condition ?? s;
    } else if (ts.isWhileStatement(s) || ts.isDoStatement(s)) {
      test = rope`() => (${x(s.expression)})`;
      site = s.expression;
    }
    const first = String(ts.isDoStatement(s));
    const call = e.call(
      "loop",
      e.site(site),
      test,
      this.#arrow(s, body.text),
      update,
      body.stopped,
      first,
      ...variables,
    );
    return rope`${start}${call};`;
  }

  #each(s: ForEach, body: Body, variables: readonly Rope[]): Rope {
    const ts = this.#ts;
    const e = this.#e;
    const over = e.call(ts.isForInStatement(s) ? "keys" : "items", e.parts.expression(s.expression));
    const { initializer: head } = s;
    let arrow: Rope;
    if (ts.isVariableDeclarationList(head) && (head.flags & ts.NodeFlags.BlockScoped) !== 0) {
      const pattern = e.copy(head.declarations[0].name, (n) => e.parts.expression(n));
      arrow = rope`(${pattern}) => { ${body.text} }`;
    } else {
      const name = ts.isVariableDeclarationList(head) ? head.declarations[0].name : head;
      const set = e.parts.assign(name, "$adjointV");
      arrow = rope`($adjointV) => { ${set}; ${body.text} }`;
    }
    return rope`${e.call("each", e.site(s), over, arrow, body.stopped, ...variables)};`;
  }
}

/** @file Programs from their text: what `String(makeJaxpr(f)(x))` prints, edited or not, is a program again. */
import { isPlainObject } from "../base/util.ts";
import { CallSite, type Source } from "../base/source.ts";
import { refuseMore, show } from "../base/checks.ts";
import { AdjointError, ArgumentError, checkOptions } from "../base/errors.ts";
import type { NDArray } from "../core/array.ts";
import { type ArrayLike } from "../core/array.ts";
import { type ShapedArray, sameType } from "../core/aval.ts";
import { type Atom, ClosedJaxpr, type Eqn, Literal, Var } from "../core/jaxpr/ir.ts";
import { unprinted } from "../core/jaxpr/print.ts";
import type { Params, Primitive } from "../core/primitive.ts";
import { asArray } from "../lax/operands/convert.ts";
import { evalJaxpr } from "./evaluate.ts";
import { JaxprError } from "./errors.ts";
import { checkProgram, lookUpPrimitive } from "./checks.ts";
import { Reader } from "./reader.ts";
import { type Beside, literalPattern, readKey, readLiteral, readType, readValue } from "./values.ts";
import "../control-flow/lax.ts";

export { evalJaxpr };

/** What a program has and its text has not. */
export interface JaxprParts {
  /**
   * The values of the variables before each `;`: in the order in which they stand in the text, or those of the whole program by
   * their names.
   */
  readonly constants?: readonly ArrayLike[] | Readonly<Record<string, ArrayLike>> | undefined;
  /** What stands in the text in angle brackets (rules of the user's, functions, arrays), by the words in them. */
  readonly rules?: Readonly<Record<string, unknown>> | undefined;
}

const name = /[A-Za-z_]\w*/;
/** A result with its type: what looks like one may be a literal, unless it begins a line. */
const typed =
  /[A-Za-z_]\w*\s*:\s*~?[a-z]+\d*\[[\d\s,]+\]|(?!(?:inf|nan|NaN|Infinity|True|False)\s*:)[A-Za-z_]\w*\s*:/;
const leading = /[A-Za-z_]\w*\s*:|[A-Za-z_](?:\w|[^\S\n])*=/;
/** The end of the equations: `in` may be a variable, too, before a complex number. */
const ending = /in\s*\((?!\s*[-\w.+]+j\s*\)\s*:)/;

/** A line of the user's that stands in the text. */
class ReadSite extends CallSite {
  readonly #place: string;
  constructor(place: string) {
    super(null);
    this.#place = place;
  }
  override toString(): string {
    return this.#place;
  }
}

const place = /^(backward of )?(\S+:\d+:\d+)(?: \[([^\]]*)\])?$/;

function readSource(comment: string | null): Source | undefined {
  const found = comment === null ? null : place.exec(comment);
  if (found === null) return undefined;
  const [, backward, site, scope] = found as (string | undefined)[];
  return {
    site: new ReadSite(site!),
    scope: scope ?? null,
    backward: backward !== undefined,
    steps: false,
  };
}

/** Reads one program; those within it have scopes of their own. */
class Parser implements Beside {
  readonly #r: Reader;
  readonly #constants: Constants;
  readonly rules: Readonly<Record<string, unknown>>;
  #used = 0;

  constructor(text: string, parts: JaxprParts) {
    this.#r = new Reader(text);
    this.#constants = constantsOf(parts.constants ?? []);
    this.rules = parts.rules ?? {};
  }

  whole(): ClosedJaxpr {
    const r = this.#r;
    const out = this.body();
    if (!r.done) r.expected("the end of the text");
    const { count } = this.#constants;
    if (this.#used < count)
      r.fail(`${count} constants were passed, and the text has variables for ${this.#used} of them`);
    return out;
  }

  body(): ClosedJaxpr {
    return this.#r.nested(() => this.#jaxpr());
  }

  // "{ lambda" binders ";" binders "." "let" equations "in" "(" atoms ")" "}"
  #jaxpr(): ClosedJaxpr {
    const r = this.#r;
    const scope = new Scope(r);
    r.take("{");
    r.take("lambda");
    const consts = this.#binders(scope, ";");
    const values = consts.map(([label, v, at]) => this.#constant(label, v.aval, at));
    r.take(";");
    const ins = this.#binders(scope, ".");
    r.take(".");
    r.match(/let\b/, "'let'");
    const eqns: Eqn[] = [];
    while (!r.sees(ending)) eqns.push(this.#eqn(scope));
    r.take("in");
    r.take("(");
    const outs: Atom[] = [];
    while (!r.accept(")")) {
      outs.push(scope.atom());
      if (!r.accept(",") && !r.peek(")")) r.expected("',' or ')'");
    }
    r.take("}");
    const vars = (list: readonly Binder[]): Var[] => list.map(([, v]) => v);
    return new ClosedJaxpr({ constvars: vars(consts), invars: vars(ins), eqns, outs }, values);
  }

  #binders(scope: Scope, end: string): Binder[] {
    const r = this.#r;
    const out: Binder[] = [];
    while (!r.peek(end)) {
      const { at } = r;
      const [label] = r.match(name, `a variable with its type, or '${end}'`);
      r.take(":");
      const v = new Var(readType(r));
      scope.define(label, v, at);
      out.push([label, v, at]);
    }
    return out;
  }

  #constant(label: string, aval: ShapedArray, at: number): NDArray {
    const x = this.#constants.get(label, this.#used);
    if (x === undefined)
      return this.#r.fail(
        `the value of the constant ${label}:${aval.short()} is missing: pass it in \`constants\``,
        at,
      );
    if (!sameType(x.aval, aval))
      this.#r.fail(`the constant ${label} is ${aval.short()}; the value passed is ${x.aval.short()}`, at);
    this.#used++;
    return x;
  }

  // binders "=" primitive params? atoms
  #eqn(scope: Scope): Eqn {
    const r = this.#r;
    const results: [label: string, type: ShapedArray | null, at: number][] = [];
    while (!r.peek("=")) {
      const { at } = r;
      const [label] = r.match(name, "an equation, or 'in ('");
      results.push([label, r.accept(":") ? readType(r) : null, at]);
    }
    r.take("=");
    const { at } = r;
    const [word] = r.match(/[A-Za-z_][\w.-]*/, "the name of a primitive");
    const primitive = lookUpPrimitive(word, (detail) => r.fail(detail, at));
    const params = r.peek("[") ? this.#params() : {};
    const inputs: Atom[] = [];
    let end = r.comment();
    while (!this.#atEnd()) {
      inputs.push(scope.atom());
      end = r.comment() ?? end;
    }
    const avals = outTypes(primitive, inputs, params, (detail) => r.fail(detail, at));
    if (avals.length !== results.length)
      r.fail(`${word} has ${avals.length} results; the equation binds ${results.length}`, at);
    const outputs = results.map(([label, type, where], i) => {
      if (type !== null && !sameType(type, avals[i]))
        r.fail(`${word} computes ${avals[i].short()}; the text says that ${label} is ${type.short()}`, where);
      const v = new Var(avals[i]);
      scope.define(label, v, where);
      return v;
    });
    return { primitive, inputs, params, outputs, source: readSource(end) };
  }

  /** An equation ends where the next begins. */
  #atEnd(): boolean {
    const r = this.#r;
    return r.sees(ending) || r.peek("=") || r.sees(typed) || (r.sees(leading) && r.startsLine);
  }

  #params(): Params {
    const r = this.#r;
    const out: Record<string, unknown> = {};
    r.take("[");
    while (!r.accept("]")) {
      const { at } = r;
      const key = readKey(r);
      if (Object.hasOwn(out, key)) r.fail(`the parameter ${key} is given twice`, at);
      r.take("=");
      out[key] = readValue(r, this);
    }
    return out;
  }
}

type Binder = readonly [label: string, v: Var, at: number];

/** The variables of one program. */
class Scope {
  readonly #r: Reader;
  readonly #vars = new Map<string, Var>();

  constructor(r: Reader) {
    this.#r = r;
  }

  define(label: string, v: Var, at: number): void {
    if (this.#vars.has(label)) this.#r.fail(`the variable ${label} is bound twice`, at);
    this.#vars.set(label, v);
  }

  atom(): Atom {
    const r = this.#r;
    if (r.sees(literalPattern)) return new Literal(readLiteral(r));
    const { at } = r;
    const [label] = r.match(name, "a variable or a literal such as 2.0:f64[]");
    const v = this.#vars.get(label);
    if (v === undefined) {
      const known = [...this.#vars.keys()].slice(-8).join(", ");
      return r.fail(
        `the variable ${label} is not bound here${known === "" ? "" : ` (bound are … ${known})`}`,
        at,
      );
    }
    return v;
  }
}

/** The types of an equation's results, or why it has none. */
export function outTypes(
  primitive: Primitive,
  inputs: readonly Atom[],
  params: Params,
  fail: (detail: string) => never,
): ShapedArray[] {
  try {
    return primitive.abstractEval(
      inputs.map((a) => a.aval),
      params,
    );
  } catch (e) {
    if (e instanceof JaxprError) throw e;
    const why = e instanceof AdjointError ? e.detail.replace(/\.$/, "") : String(e);
    return fail(`the operands or parameters are not those of ${primitive.name}: ${why}`);
  }
}

interface Constants {
  readonly count: number;
  get(label: string, at: number): NDArray | undefined;
}

function constantsOf(given: NonNullable<JaxprParts["constants"]>): Constants {
  if (Array.isArray(given)) {
    const list = given.map((x: ArrayLike) => asArray(x, "parseJaxpr: constants"));
    return { count: list.length, get: (_, at) => list[at] };
  }
  if (typeof given !== "object" || !isPlainObject(given))
    throw new ArgumentError(`parseJaxpr: constants must be a list or a record; got ${show(given)}.`);
  const table = new Map(
    Object.entries(given).map(([k, x]) => [k, asArray(x, `parseJaxpr: the constant ${k}`)]),
  );
  return { count: table.size, get: (label) => table.get(label) };
}

/**
 * The program of a text: of what `String(makeJaxpr(f)(x))` prints, as it is or edited. Names of variables are free, the types of
 * results may be left out, and `#` begins a comment.
 *
 * What does not print is passed beside the text: values of constants, and what stands in angle brackets, such as
 * `<function f>`, by the words in them. {@link jaxprParts} has all of it of a program. The types of weak values (those of
 * JavaScript's numbers) read back if they were printed, by `toString({ weakTypes: true })`, as `~f64[]`.
 *
 * @throws JaxprError with line and column, and with what was expected there
 * @throws ArgumentError for a text that is no string
 * @see jax.make_jaxpr
 * @example
 * const program = parseJaxpr("{ lambda ; x:f64[2]. let y:f64[2] = mul x x in (y,) }");
 * evalJaxpr(program, [np.array([1, 2])])[0]; // Array([1., 4.])
 */
export function parseJaxpr(text: string, parts: JaxprParts = {}, ...more: readonly unknown[]): ClosedJaxpr {
  refuseMore("parseJaxpr", 2, more);
  if (typeof text !== "string") throw new ArgumentError(`parseJaxpr: expected a text; got ${show(text)}.`);
  checkOptions("parseJaxpr", parts, ["constants", "rules"]);
  const { rules } = parts;
  if (rules !== undefined && !isPlainObject(rules))
    throw new ArgumentError(`parseJaxpr: rules must be a record; got ${show(rules)}.`);
  return new Parser(text, parts).whole();
}

/**
 * What the text of a program lacks: with it, `parseJaxpr(String(program), jaxprParts(program))` is the program. Keep it, edit the
 * text, and read that.
 * @see jax.make_jaxpr
 * @example
 * const program = makeJaxpr((x: Array) => x.add(np.array([1, 2])))(np.ones([2]));
 * jaxprParts(program).constants; // [Array([1., 2.])]
 */
export function jaxprParts(jaxpr: ClosedJaxpr, ...more: readonly unknown[]): Required<JaxprParts> {
  refuseMore("jaxprParts", 1, more);
  return unprinted(checkProgram("jaxprParts", jaxpr));
}

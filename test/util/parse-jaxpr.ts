/**
 * @file A parser of the text of jaxprs, independent of the printer: `{ lambda a:f64[3] ; b:f64[]. let … in (c,) }` back to
 * variables, equations and outputs, and from these to text again with all white space reduced to one blank.
 */

export interface Binder {
  readonly name: string;
  readonly aval: string;
}

export interface ParsedEqn {
  readonly outs: readonly Binder[];
  readonly primitive: string;
  /** Parameters by name: text, or the jaxprs in it. */
  readonly params: readonly (readonly [name: string, text: string])[];
  readonly bodies: readonly ParsedJaxpr[];
  /** Variables by name, literals as printed. */
  readonly inputs: readonly string[];
}

export interface ParsedJaxpr {
  readonly consts: readonly Binder[];
  readonly ins: readonly Binder[];
  readonly eqns: readonly ParsedEqn[];
  readonly outs: readonly string[];
}

const squeeze = (text: string): string => text.replace(/\s+/g, " ").trim();

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = squeeze(text);
  }

  get done(): boolean {
    return this.#at === this.#text.length;
  }

  #blank(): void {
    while (this.#text[this.#at] === " ") this.#at++;
  }

  #peek(token: string): boolean {
    this.#blank();
    return this.#text.startsWith(token, this.#at);
  }

  #take(token: string): void {
    if (!this.#peek(token))
      throw new SyntaxError(`expected '${token}' at: ${this.#text.slice(this.#at, this.#at + 40)}`);
    this.#at += token.length;
  }

  #match(pattern: RegExp): string {
    this.#blank();
    const sticky = new RegExp(pattern.source, "y");
    sticky.lastIndex = this.#at;
    const found = sticky.exec(this.#text);
    if (found === null)
      throw new SyntaxError(`expected ${String(pattern)} at: ${this.#text.slice(this.#at, this.#at + 40)}`);
    this.#at += found[0].length;
    return found[0];
  }

  #binder(): Binder {
    const name = this.#match(/[a-z]+/);
    this.#take(":");
    return { name, aval: this.#match(/[a-z]+\d*\[[\d,]*\]/) };
  }

  #binders(end: string): Binder[] {
    const out: Binder[] = [];
    while (!this.#peek(end)) out.push(this.#binder());
    this.#take(end);
    return out;
  }

  jaxpr(): ParsedJaxpr {
    this.#take("{ lambda");
    const consts = this.#binders(";");
    const ins = this.#binders(".");
    this.#take("let");
    const eqns: ParsedEqn[] = [];
    while (!this.#peek("in (")) eqns.push(this.#eqn());
    this.#take("in (");
    const outs: string[] = [];
    while (!this.#peek(")")) {
      outs.push(this.#atom());
      if (this.#peek(",")) this.#take(",");
    }
    this.#take(")");
    this.#take("}");
    return { consts, ins, eqns, outs };
  }

  #atom(): string {
    return this.#match(/(?:-?(?:\d[\d.e+-]*|inf|nan)|True|False|\([^()]*j\)):[a-z]+\d*\[\]|[a-z]+(?![\w:])/);
  }

  #eqn(): ParsedEqn {
    const outs = this.#binders("=");
    const primitive = this.#match(/\w+/);
    const [params, bodies] = this.#text[this.#at] === "[" ? this.#params() : [[], []];
    const inputs: string[] = [];
    // An equation ends where the next begins: at a name with a type.
    while (!this.#peek("in (") && !/^(?!inf:|nan:)[a-z]+:[a-z]+\d*\[/.test(this.#rest()))
      inputs.push(this.#atom());
    return { outs, primitive, params, bodies, inputs };
  }

  #rest(): string {
    this.#blank();
    return this.#text.slice(this.#at, this.#at + 60);
  }

  #params(): [[string, string][], ParsedJaxpr[]] {
    this.#take("[");
    const params: [string, string][] = [];
    const bodies: ParsedJaxpr[] = [];
    while (!this.#peek("]")) {
      const name = this.#match(/\w+/);
      this.#take("=");
      const start = this.#at;
      this.#value(bodies);
      params.push([name, this.#text.slice(start, this.#at)]);
    }
    this.#take("]");
    return [params, bodies];
  }

  /** Skips a parameter's value: a jaxpr, something in brackets, or a word. */
  #value(bodies: ParsedJaxpr[]): void {
    if (this.#peek("{ lambda")) {
      bodies.push(this.jaxpr());
      return;
    }
    for (const [open, close] of ["()", "{}", "<>"]) {
      if (!this.#peek(open)) continue;
      this.#take(open);
      while (!this.#peek(close)) {
        if (/^[({<]/.test(this.#rest())) this.#value(bodies);
        else this.#match(/[^(){}<>]+/);
      }
      this.#take(close);
      return;
    }
    this.#match(/[^\s\]]+/);
  }
}

export function parseJaxpr(text: string): ParsedJaxpr {
  const parser = new Parser(text);
  const out = parser.jaxpr();
  if (!parser.done) throw new SyntaxError("text after the jaxpr");
  return out;
}

/** The text again, on one line. */
export function printParsed(j: ParsedJaxpr): string {
  const binders = (bs: readonly Binder[]): string => bs.map((b) => `${b.name}:${b.aval}`).join(" ");
  const eqn = (e: ParsedEqn): string => {
    const params = e.params.map(([name, text]) => `${name}=${text}`).join(" ");
    return [`${binders(e.outs)} = ${e.primitive}${params === "" ? "" : `[${params}]`}`, ...e.inputs].join(
      " ",
    );
  };
  const head = `{ lambda ${[binders(j.consts), ";"].filter((s) => s !== "").join(" ")} ${binders(j.ins)}. let`;
  const outs = `(${j.outs.join(", ")}${j.outs.length === 1 ? "," : ""})`;
  return squeeze([head, ...j.eqns.map(eqn), `in ${outs} }`].join(" "));
}

/** The printed text with the layout taken out, for comparison with `printParsed`. */
export const withoutLayout = (text: string): string =>
  squeeze(text)
    .replaceAll(/\[ (?=\w+=)/g, "[")
    .replaceAll(/(?<=[)}\w>]) \](?= |$)/g, "]");

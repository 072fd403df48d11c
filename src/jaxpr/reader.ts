/** @file A text that is read from left to right: blanks and comments are passed over, errors tell line and column. */
import { JaxprError } from "./errors.ts";

/** Deeper than programs are. */
const maxDepth = 500;

export class Reader {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Where the next word begins. */
  get at(): number {
    this.#skip();
    return this.#at;
  }

  get done(): boolean {
    return this.at === this.#text.length;
  }

  /** Whether the next word is the first of its line. */
  get startsLine(): boolean {
    let i = this.at - 1;
    while (i >= 0 && this.#text[i] !== "\n" && /\s/.test(this.#text[i])) i--;
    return i < 0 || this.#text[i] === "\n";
  }

  #skip(): void {
    const blank = /(?:\s+|#[^\n]*)*/y;
    blank.lastIndex = this.#at;
    blank.exec(this.#text);
    this.#at = blank.lastIndex;
  }

  /** The comment in the rest of the line, if that is all there is. */
  comment(): string | null {
    const rest = /[^\S\n]*#[^\S\n]*([^\n]*)/y;
    rest.lastIndex = this.#at;
    const found = rest.exec(this.#text);
    return found === null ? null : found[1].trim();
  }

  peek(token: string): boolean {
    return this.#text.startsWith(token, this.at);
  }

  /** Whether what follows looks like this. */
  sees(pattern: RegExp): boolean {
    return this.#exec(pattern) !== null;
  }

  #exec(pattern: RegExp): RegExpExecArray | null {
    const sticky = new RegExp(pattern.source, "y");
    sticky.lastIndex = this.at;
    return sticky.exec(this.#text);
  }

  accept(token: string): boolean {
    if (!this.peek(token)) return false;
    this.#at += token.length;
    return true;
  }

  take(token: string): void {
    if (!this.accept(token)) this.expected(`'${token}'`);
  }

  /** What matches, with its groups. */
  match(pattern: RegExp, what: string): RegExpExecArray {
    const found = this.#exec(pattern);
    if (found === null) this.expected(what);
    this.#at += found[0].length;
    return found;
  }

  /** A production that may contain itself. */
  nested<T>(production: () => T): T {
    if (this.#depth === maxDepth) this.fail("the program is nested too deep");
    this.#depth++;
    const out = production();
    this.#depth--;
    return out;
  }

  expected(what: string): never {
    const next = /\S{1,20}/y;
    next.lastIndex = this.at;
    const got = next.exec(this.#text)?.[0];
    this.fail(`expected ${what}; got ${got === undefined ? "the end of the text" : `'${got}'`}`);
  }

  fail(detail: string, at = this.at): never {
    const before = this.#text.slice(0, at).split("\n");
    const [line, column] = [before.length, before[before.length - 1].length + 1];
    throw new JaxprError(`parseJaxpr: line ${line}, column ${column}: ${detail}.`, line, column);
  }
}

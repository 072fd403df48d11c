/**
 * @file Reads StableHLO text token by token.
 *
 * There is a position and no list of tokens: each production asks for what may stand there. Lines are counted only where
 * there is an error. Positions never move back, but for `peek`, which looks at one token: reading is linear in the text.
 */
import { type StablehloError, errorAt } from "./errors.ts";

const blanks = /(?:[ \t\r\n]+|\/\/[^\n]*)*/y;
const words = /[A-Za-z_][\w.$]*/y;
const valueNames = /%(?:\d+|[A-Za-z$._-][\w$.-]*)/y;
const blockNames = /\^(?:\d+|[A-Za-z$._-][\w$.-]*)/y;
const symbolNames = /@(?:\d+|[A-Za-z$._-][\w$.-]*|"(?:[^"\\\n]|\\.)*")/y;
const aliasNames = /[#!][A-Za-z_][\w.$]*/y;
const strings = /"(?:[^"\\\n]|\\.)*"/y;
const numbers = /-?(?:0x[0-9A-Fa-f]+|\d+(?:\.\d*)?(?:[eE][-+]?\d+)?)/y;

/** Nesting beyond this is refused: no program has it, and each level is a frame of the stack. */
const maxDepth = 200;

const closing: Readonly<Record<string, string>> = { "<": ">", "(": ")", "[": "]", "{": "}" };

export class Reader {
  readonly text: string;
  /** Where the next token begins, or blanks before it. */
  at = 0;
  #depth = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** An error at a position, the current one by default. */
  error(detail: string, at = this.at): StablehloError {
    return errorAt(this.text, at, detail);
  }

  /** The error that something else stands here than what is expected. */
  unexpected(expected: string): StablehloError {
    this.skip();
    const found = /^(?:[\w.$%@#^!"-]+|[^\s])/.exec(this.text.slice(this.at, this.at + 30))?.[0];
    return this.error(
      `expected ${expected}; got ${found === undefined ? "the end of the text" : `'${found}'`}.`,
    );
  }

  skip(): void {
    const code = this.text.charCodeAt(this.at);
    if (code > 32 && code !== 47) return;
    blanks.lastIndex = this.at;
    blanks.exec(this.text);
    this.at = blanks.lastIndex;
  }

  get atEnd(): boolean {
    this.skip();
    return this.at >= this.text.length;
  }

  /** Whether these characters come next. They are not taken. */
  sees(token: string): boolean {
    this.skip();
    return this.text.startsWith(token, this.at);
  }

  /** Takes these characters, if they come next. */
  takes(token: string): boolean {
    if (!this.sees(token)) return false;
    this.at += token.length;
    return true;
  }

  expect(token: string): void {
    if (!this.takes(token)) throw this.unexpected(`'${token}'`);
  }

  #match(pattern: RegExp): string | null {
    this.skip();
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found === null) return null;
    this.at = pattern.lastIndex;
    return found[0];
  }

  #required(pattern: RegExp, what: string): string {
    const found = this.#match(pattern);
    if (found === null) throw this.unexpected(what);
    return found;
  }

  /** A bare word, of letters, digits, `_`, `.`, `$`; null if none comes next. */
  word(): string | null {
    return this.#match(words);
  }
  requiredWord(what: string): string {
    return this.#required(words, what);
  }
  /** The word that comes next, which is not taken. */
  peekWord(): string | null {
    const { at } = this;
    const found = this.word();
    this.at = at;
    return found;
  }
  /** `%name`, with its sign. */
  valueName(what = "a value, %name"): string {
    return this.#required(valueNames, what);
  }
  blockName(): string {
    return this.#required(blockNames, "a block, ^name");
  }
  /** The name of a symbol, without `@` and quotes. */
  symbol(): string {
    const found = this.#required(symbolNames, "a symbol, @name");
    return found[1] === '"' ? found.slice(2, -1) : found.slice(1);
  }
  /** `#name` or `!name`, with the sign. */
  alias(): string {
    return this.#required(aliasNames, "a name after '#' or '!'");
  }
  /** The text of a number as it is written, a sign before it. */
  numberText(what = "a number"): string {
    return this.#required(numbers, what);
  }
  /** A whole number of at most 2^53. */
  integer(what = "a whole number"): number {
    this.skip();
    const { at } = this;
    const found = Number(this.numberText(what));
    if (!Number.isSafeInteger(found)) throw this.error(`expected ${what} below 2^53.`, at);
    return found;
  }
  /** The content of a string literal, with its escapes undone. */
  string(what = "a string"): string {
    const raw = this.#required(strings, what).slice(1, -1);
    if (!raw.includes("\\")) return raw;
    return raw.replace(/\\([0-9A-Fa-f]{2}|.)/g, (_, e: string) =>
      e === "n" ? "\n" : e === "t" ? "\t" : e.length === 2 ? String.fromCharCode(parseInt(e, 16)) : e,
    );
  }

  /** Elements between brackets, separated by commas. */
  list<T>(open: string, close: string, element: () => T): T[] {
    this.expect(open);
    const out: T[] = [];
    if (this.takes(close)) return out;
    do out.push(element());
    while (this.takes(","));
    if (!this.takes(close)) throw this.unexpected(`',' or '${close}'`);
    return out;
  }

  /** Runs a production that may contain itself. */
  nested<T>(production: () => T): T {
    if (this.#depth >= maxDepth) throw this.error(`expected at most ${maxDepth} levels of nesting.`);
    this.#depth++;
    const out = production();
    this.#depth--;
    return out;
  }

  /** Takes what stands between the bracket that comes next and the one that closes it; returns its text, without them. */
  balanced(): string {
    this.skip();
    const start = this.at;
    const open: string[] = [];
    do {
      const c = this.text[this.at];
      if (c === undefined)
        throw this.error(`expected '${open[open.length - 1]}', which closes '${this.text[start]}'.`, start);
      if (c === '"') {
        this.string();
        continue;
      }
      const arrow = c === "-" && this.text[this.at + 1] === ">";
      const close = closing[c];
      if (close !== undefined) open.push(close);
      else if (!arrow && (c === ">" || c === ")" || c === "]" || c === "}") && open.pop() !== c)
        throw this.unexpected("another closing bracket");
      this.at += arrow ? 2 : 1;
    } while (open.length > 0);
    return this.text.slice(start + 1, this.at - 1);
  }

  /** Takes `loc(…)`, if it comes next. */
  location(): void {
    if (this.peekWord() !== "loc") return;
    this.word();
    if (!this.sees("(")) throw this.unexpected("'('");
    this.balanced();
  }
}

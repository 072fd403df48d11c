/**
 * @file The headers of files: literals of Python (npy) as values, never evaluated, and JSON (safetensors) in which no key
 * stands twice.
 */
import { show } from "../base/checks.ts";
import { FileError } from "../base/errors.ts";

/** A literal: whole numbers, texts, True, False, None, tuples and lists, dictionaries with texts as keys. */
export type Literal = number | string | boolean | null | readonly Literal[] | ReadonlyMap<string, Literal>;

/** Far deeper than headers are. */
const mostNested = 50;

const token =
  /\s*(?:(\d+)L?(?![\w.])|(-\d+)L?(?![\w.])|'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|(True|False|None)\b|([{}()[\]:,])|($))/y;

type Token =
  | { readonly kind: "value"; readonly value: number | string | boolean | null }
  | { readonly kind: "mark"; readonly text: string };

class Parser {
  readonly #text: string;
  readonly #where: string;
  #at = 0;
  #next: Token;

  constructor(text: string, where: string) {
    this.#text = text;
    this.#where = where;
    this.#next = this.#scan();
  }

  fail(expected: string): never {
    const { kind } = this.#next;
    const found = kind === "value" ? show(this.#next.value) : this.#next.text || "its end";
    throw new FileError(
      `${this.#where}: the header is malformed: expected ${expected} before character ${this.#at}; got ${found}.`,
    );
  }

  #scan(): Token {
    token.lastIndex = this.#at;
    const match = token.exec(this.#text);
    if (match === null)
      throw new FileError(
        `${this.#where}: the header is malformed at character ${this.#at}: ${show(this.#text.slice(this.#at, this.#at + 20))}.`,
      );
    this.#at = token.lastIndex;
    const [, whole, negative, single, double, word, mark] = match;
    if (whole !== undefined || negative !== undefined) {
      const value = Number(whole ?? negative);
      if (Number.isSafeInteger(value)) return { kind: "value", value };
      throw new FileError(`${this.#where}: the header has a number beyond 2^53.`);
    }
    const text = single ?? double;
    if (text !== undefined) return { kind: "value", value: text.replace(/\\(['"\\])/g, "$1") };
    if (word !== undefined) return { kind: "value", value: word === "None" ? null : word === "True" };
    return { kind: "mark", text: mark ?? "" };
  }

  /** True, and past it, if the mark is next. */
  #skip(mark: string): boolean {
    if (this.#next.kind !== "mark" || this.#next.text !== mark) return false;
    // Nothing follows the end.
    if (mark !== "") this.#next = this.#scan();
    return true;
  }

  #list(close: string, depth: number): { readonly items: Literal[]; readonly comma: boolean } {
    const items: Literal[] = [];
    let comma = false;
    while (!this.#skip(close)) {
      if (items.length > 0 && !comma) this.fail(`"," or "${close}"`);
      items.push(this.value(depth + 1));
      comma = this.#skip(",");
    }
    return { items, comma };
  }

  #dictionary(depth: number): Map<string, Literal> {
    const out = new Map<string, Literal>();
    let comma = true;
    while (!this.#skip("}")) {
      if (!comma) this.fail('"," or "}"');
      const key = this.value(depth + 1);
      if (typeof key !== "string") this.fail("a text as key");
      if (out.has(key)) throw new FileError(`${this.#where}: the header has the key ${show(key)} twice.`);
      if (!this.#skip(":")) this.fail('":"');
      out.set(key, this.value(depth + 1));
      comma = this.#skip(",");
    }
    return out;
  }

  value(depth: number): Literal {
    if (depth > mostNested) throw new FileError(`${this.#where}: the header is nested too deep.`);
    if (this.#next.kind === "value") {
      const { value } = this.#next;
      this.#next = this.#scan();
      return value;
    }
    if (this.#skip("{")) return this.#dictionary(depth);
    if (this.#skip("[")) return this.#list("]", depth).items;
    if (this.#skip("(")) {
      const { items, comma } = this.#list(")", depth);
      return items.length === 1 && !comma ? items[0] : items;
    }
    return this.fail("a value");
  }

  all(): Literal {
    const value = this.value(0);
    if (!this.#skip("")) this.fail("nothing more");
    return value;
  }
}

/** @throws FileError for what is no literal */
export const parsePython = (text: string, where: string): Literal => new Parser(text, where).all();

const jsonToken = /"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s"{}[\]:,]+/g;

/** The first key that an object of the JSON text holds twice; null if there is none. The text is known to be JSON. */
function keyTwice(text: string): string | null {
  const open: (Set<string> | null)[] = [];
  let before = "";
  for (const [found] of text.matchAll(jsonToken)) {
    if (found === "{") open.push(new Set());
    else if (found === "[") open.push(null);
    else if (found === "}" || found === "]") open.pop();
    else if (found === ":") {
      const key = JSON.parse(before) as string;
      const keys = open[open.length - 1];
      if (keys?.has(key) === true) return key;
      keys?.add(key);
    }
    before = found;
  }
  return null;
}

/** @throws FileError for what is no JSON, and for an object with a key twice */
export function parseJson(text: string, where: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (reason) {
    throw new FileError(`${where}: the header is no JSON: ${reason instanceof Error ? reason.message : ""}.`);
  }
  const twice = keyTwice(text);
  if (twice !== null) throw new FileError(`${where}: the header has the key ${show(twice)} twice.`);
  return value;
}

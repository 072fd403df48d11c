/**
 * @file Functions. Each keeps its text, and begins with a choice: while a transformation is in force, or where an argument is an
 * array of the library's, its conversion runs, a function of the same parameters that stands inside it. Otherwise nothing has
 * changed but that one test. Functions inside a conversion are conversions themselves.
 */
import type TypeScript from "typescript";
import { type Context, type Emitter, forceName, tracedName } from "./emit.ts";
import { type Rope, joinRopes, rope } from "./rope.ts";
import type { Compiler, FunctionNode, Node } from "./scope.ts";

/** What the body of a function mentions. */
interface Mentions {
  readonly self: boolean;
  readonly args: boolean;
  readonly parent: boolean;
}

export class Functions {
  readonly #e: Emitter;
  readonly #ts: Compiler;
  readonly #wanted: (n: FunctionNode) => boolean;
  /** How many functions have got a conversion. */
  converted = 0;

  /** @param wanted whether a function is one of those that the user has opted in */
  constructor(e: Emitter, wanted: (n: FunctionNode) => boolean) {
    this.#e = e;
    this.#ts = e.ts;
    this.#wanted = wanted;
  }

  /** Generators and functions that wait run as they stand. */
  #isPlain(n: FunctionNode): boolean {
    const ts = this.#ts;
    if ("asteriskToken" in n && n.asteriskToken !== undefined) return false;
    return ts.getModifiers(n)?.some((m) => m.kind === ts.SyntaxKind.AsyncKeyword) !== true;
  }

  #names(name: TypeScript.BindingName): string[] {
    const ts = this.#ts;
    if (ts.isIdentifier(name)) return [name.text];
    return name.elements.flatMap((e) => (ts.isBindingElement(e) ? this.#names(e.name) : []));
  }

  #mentions(n: Node): Mentions {
    const ts = this.#ts;
    const found = { self: false, args: false, parent: false };
    const visit = (c: Node): void => {
      if (c.kind === ts.SyntaxKind.ThisKeyword) found.self = true;
      if (c.kind === ts.SyntaxKind.SuperKeyword || ts.isMetaProperty(c)) found.parent = true;
      if (ts.isIdentifier(c) && c.text === "arguments") found.args = true;
      if (ts.isFunctionLike(c) && !ts.isArrowFunction(c)) return;
      ts.forEachChild(c, visit);
    };
    ts.forEachChild(n, visit);
    return found;
  }

  /** The names that `var` declares in a function. */
  #vars(n: FunctionNode): string[] {
    const names = this.#e.scopes.scopeOf(n)?.names.values() ?? [];
    return [...names].filter((v) => v.kind === "var").map((v) => v.name);
  }

  /** The statements of a conversion. */
  #statements(body: TypeScript.Block, n: FunctionNode): Rope {
    const e = this.#e;
    const context: Context = {
      returned: e.name("returned"),
      result: e.name("result"),
      inThunk: false,
      bodyOf: null,
      targets: [],
    };
    const directives = this.#directives(body);
    const [text, flags] = e.flagsOf(() =>
      e.parts.statements(body.statements.slice(directives.length), context),
    );
    e.dropFlag(context.returned);
    e.dropFlag(context.result);
    const vars = this.#vars(n);
    const declared = vars.length === 0 ? "" : `var ${vars.join(", ")}; `;
    const leaves = flags.has(context.returned);
    const start = leaves ? `let ${context.returned} = false, ${context.result}; ` : "";
    const end = leaves ? rope`return ${context.result};` : "";
    const isNew = this.#ts.isConstructorDeclaration(n) && !this.#isDerived(n);
    return rope`${isNew ? rope`${e.call("fresh", "this")}; ` : ""}${declared}${start}${text}${end}`;
  }

  #isDerived(n: TypeScript.ConstructorDeclaration): boolean {
    const ts = this.#ts;
    return (
      ts.isClassLike(n.parent) &&
      n.parent.heritageClauses?.some((h) => h.token === ts.SyntaxKind.ExtendsKeyword) === true
    );
  }

  /** The directives at the top of a body. */
  #directives(body: TypeScript.Block): TypeScript.Statement[] {
    const ts = this.#ts;
    const end = body.statements.findIndex(
      (s) => !ts.isExpressionStatement(s) || !ts.isStringLiteral(s.expression),
    );
    return body.statements.slice(0, end < 0 ? undefined : end);
  }

  /** The body of a conversion: statements, or an expression to return. */
  #body(n: FunctionNode): Rope {
    const { body } = n;
    if (body === undefined) return "";
    if (this.#ts.isBlock(body)) return this.#statements(body, n);
    return rope`return ${this.#e.parts.expression(body)};`;
  }

  /** A function inside a conversion. */
  inside(n: FunctionNode): Rope {
    const e = this.#e;
    const ts = this.#ts;
    if (!this.#isPlain(n)) return this.original(n);
    return e.copy(n, (c) => {
      if (c !== n.body) return e.parts.expression(c);
      return ts.isBlock(c) ? rope`{ ${this.#statements(c, n)} }` : rope`(${e.parts.expression(c)})`;
    });
  }

  /** A node as it stands, but for the functions in it. */
  original(n: Node): Rope {
    const e = this.#e;
    if (this.#ts.isPropertyDeclaration(n))
      return e.copy(n, (c) => (c === n.initializer ? this.#field(c) : this.original(c)));
    if (!e.scopes.isFunction(n)) return e.copy(n, (c) => this.original(c));
    const choice = this.#isPlain(n) && this.#wanted(n) && !this.#isWrapper(n) ? this.#choice(n) : null;
    if (choice === null) return e.copy(n, (c) => this.original(c));
    return e.copy(n, (c) => {
      if (this.#ts.isParameter(c)) return e.parts.expression(c);
      return c === n.body ? this.#chosen(n.body, choice) : this.original(c);
    });
  }

  /** What a field begins with: lists and objects that are made while something is traced are known to be new. */
  #field(n: Node): Rope {
    const ts = this.#ts;
    const text = this.original(n);
    const isNew = ts.isArrayLiteralExpression(n) || ts.isObjectLiteralExpression(n) || ts.isNewExpression(n);
    return isNew ? rope`(${forceName}.on ? ${this.#e.call("fresh", text)} : ${text})` : text;
  }

  #chosen(body: TypeScript.ConciseBody, choice: { readonly test: Rope; readonly run: Rope }): Rope {
    const e = this.#e;
    const { test, run } = choice;
    if (!this.#ts.isBlock(body)) return rope`(${test} ? ${run} : (${this.original(body)}))`;
    const directives = this.#directives(body);
    const after = directives.length === 0 ? body.getStart() + 1 : directives[directives.length - 1].getEnd();
    let done = false;
    const parts: Rope[] = [{ from: body.getStart(), to: after }, rope` if (${test}) return ${run};`];
    let at = after;
    for (const s of body.statements.slice(directives.length)) {
      parts.push({ from: at, to: s.getStart() }, this.original(s));
      at = s.getEnd();
      done = true;
    }
    return done ? [...parts, { from: at, to: body.getEnd() }] : e.text(body);
  }

  /** A function that only holds a module: called where it stands, at the top, or handed to one that is. */
  #isWrapper(n: FunctionNode): boolean {
    const ts = this.#ts;
    const e = this.#e;
    const owner = e.ownerOf(n.parent);
    if (e.scopes.isFunction(owner) && !this.#isWrapper(owner)) return false;
    const bare = (x: Node): Node => (ts.isParenthesizedExpression(x) ? bare(x.expression) : x);
    let p: Node = n.parent;
    while (ts.isParenthesizedExpression(p) || ts.isPropertyAccessExpression(p)) p = p.parent;
    if (!ts.isCallExpression(p)) return false;
    const callee = bare(p.expression);
    const called = ts.isPropertyAccessExpression(callee) ? bare(callee.expression) : callee;
    return e.scopes.isFunction(called);
  }

  /** How many calls of the runtime a constructor comes to that only assigns parameters to fields. */
  #fieldsOnly(n: FunctionNode): number {
    const ts = this.#ts;
    if (!ts.isConstructorDeclaration(n) || n.body === undefined) return 0;
    const isField = (s: TypeScript.Statement): boolean =>
      ts.isExpressionStatement(s) &&
      ts.isBinaryExpression(s.expression) &&
      s.expression.operatorToken.kind === ts.SyntaxKind.EqualsToken &&
      ts.isPropertyAccessExpression(s.expression.left) &&
      s.expression.left.expression.kind === ts.SyntaxKind.ThisKeyword &&
      (ts.isIdentifier(s.expression.right) || ts.isNumericLiteral(s.expression.right));
    const isSuper = (s: TypeScript.Statement): boolean =>
      ts.isExpressionStatement(s) &&
      ts.isCallExpression(s.expression) &&
      s.expression.expression.kind === ts.SyntaxKind.SuperKeyword &&
      s.expression.arguments.every((a) => ts.isIdentifier(a) || ts.isNumericLiteral(a));
    const { statements } = n.body;
    if (!statements.every((s) => isField(s) || isSuper(s))) return 0;
    return statements.length + (this.#isDerived(n) ? 0 : 1);
  }

  /**
   * The names of what a body takes for lists. Where nothing is transformed, an array of the library's in such a place would be
   * read without an error; one in the place of a number is that number.
   */
  #usedAsLists(body: Node): Set<string> {
    const ts = this.#ts;
    const found = new Set<string>();
    const note = (x: Node): void => {
      if (ts.isIdentifier(x)) found.add(x.text);
    };
    const visit = (n: Node): void => {
      if (
        ts.isElementAccessExpression(n) ||
        ts.isForOfStatement(n) ||
        ts.isForInStatement(n) ||
        ts.isSpreadElement(n)
      )
        note(n.expression);
      if (ts.isPropertyAccessExpression(n) && n.name.text === "length") note(n.expression);
      if (ts.isVariableDeclaration(n) && n.initializer !== undefined && ts.isArrayBindingPattern(n.name))
        note(n.initializer);
      ts.forEachChild(n, visit);
    };
    visit(body);
    return found;
  }

  /** The test and the call of the conversion; null for functions that are their own conversions. */
  #choice(n: FunctionNode): { readonly test: Rope; readonly run: Rope } | null {
    const ts = this.#ts;
    const e = this.#e;
    if (n.body === undefined) return null;
    const calls = e.calls;
    const body = this.#body(n);
    // What a constructor makes is known to be new by who calls it: assignments alone need no conversion.
    if (e.calls === calls + this.#fieldsOnly(n)) return null;
    this.converted++;
    const names = n.parameters.flatMap((p) => this.#names(p.name)).filter((name) => name !== "this");
    const simple = n.parameters.filter((p) => ts.isIdentifier(p.name) && p.dotDotDotToken === undefined);
    const lists = this.#usedAsLists(n.body);
    const tests = simple.flatMap((p) => {
      const { text } = p.name as TypeScript.Identifier;
      return lists.has(text) ? [`(typeof ${text} === "object" && ${text} instanceof ${tracedName})`] : [];
    });
    const test = [`${forceName}.on`, ...tests].join(" || ");
    return { test, run: this.#run(n, body, names) };
  }

  #run(n: FunctionNode, body: Rope, names: readonly string[]): Rope {
    const ts = this.#ts;
    const { self, args, parent } = this.#mentions(n);
    const list = joinRopes(names, ", ");
    const arrow = rope`((${list}) => { ${body} })(${list})`;
    const isSimple =
      names.length === n.parameters.length && n.parameters.every((p) => ts.isIdentifier(p.name));
    if (ts.isArrowFunction(n) || parent || (args && !isSimple)) return arrow;
    // What `new` has made is new, whatever assigns its properties.
    const made = self && (ts.isFunctionDeclaration(n) || ts.isFunctionExpression(n));
    const that = made ? rope`new.target === undefined ? this : ${this.#e.call("fresh", "this")}` : "this";
    if (args) return rope`(function (${list}) { ${body} }).apply(${that}, arguments)`;
    if (!self) return arrow;
    return rope`(function (${list}) { ${body} }).call(${that}${names.length === 0 ? "" : rope`, ${list}`})`;
  }
}

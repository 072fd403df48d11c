/**
 * @file Cuts a file in two: the slice, which declares functions with `aot` and is evaluated when a bundle is made, and the rest,
 * which runs in the program and imports the compiled functions.
 *
 * A statement is in the slice if its functions use what it declares, directly or not, or if it sets up what they use
 * (`g.defVjp(…)`, `registerPytreeNode(…)`). It leaves the rest if nothing there needs it. Lines of the rest stay where they are.
 */
import type TypeScript from "typescript";
import { show } from "../../base/checks.ts";
import { ArgumentError } from "../../base/errors.ts";
import { type Compiler, type Part, PartReader, namesOfAot } from "./parts.ts";

/** A file cut in two. */
export interface Sliced {
  /** The functions: names of exports of the slice. */
  readonly names: readonly string[];
  readonly slice: string;
  /** Uses each function by its `importedName`, which is not declared there. */
  readonly rest: string;
}

/** What the rest calls a function that the slice declares. */
export const importedName = (name: string): string => `$aot_${name}`;

/** What becomes of removed text: its lines. */
const blank = (text: string): string => text.replaceAll(/[^\n]/g, "");

/** A statement that ends, whatever comes next. */
const ended = (text: string): string => (text.trim() === "" || text.endsWith(";") ? text : `${text};`);

class Slicer {
  readonly #ts: Compiler;
  readonly #file: TypeScript.SourceFile;
  readonly #reader: PartReader;
  readonly #parts: readonly Part[];
  /** The names of functions that `aot` declares. */
  readonly #names: readonly string[];
  /** The names that are imported from the library. */
  readonly #library = new Set<string>();

  constructor(ts: Compiler, path: string, code: string) {
    this.#ts = ts;
    this.#file = ts.createSourceFile(path, code, ts.ScriptTarget.Latest, true);
    const aot = namesOfAot(ts, this.#file);
    this.#reader = new PartReader(ts, aot);
    this.#parts = aot.size === 0 ? [] : this.#file.statements.map((s) => this.#reader.part(s));
    this.#names = this.#parts.flatMap((p) => p.declared.map((d) => d.name));
    for (const p of this.#parts)
      if (this.#isOfLibrary(p.node)) p.declares.forEach((name) => this.#library.add(name));
  }

  #isImport(p: Part): boolean {
    return this.#ts.isImportDeclaration(p.node);
  }

  #isOfLibrary(node: TypeScript.Statement): node is TypeScript.ImportDeclaration {
    const ts = this.#ts;
    if (!ts.isImportDeclaration(node) || !ts.isStringLiteral(node.moduleSpecifier)) return false;
    return /^adjoint(?:\/|$)/.test(node.moduleSpecifier.text);
  }

  #isExported(p: Part): boolean {
    const ts = this.#ts;
    if (!ts.canHaveModifiers(p.node)) return false;
    return (ts.getModifiers(p.node) ?? []).some((m) => m.kind === ts.SyntaxKind.ExportKeyword);
  }

  /** @throws ArgumentError for calls of `aot` that are not the value of a variable at the top. */
  #checkCalls(): void {
    const ts = this.#ts;
    const known = new Set<TypeScript.Node>(this.#parts.flatMap((p) => p.declared.map((d) => d.call)));
    const visit = (n: TypeScript.Node): void => {
      if (known.has(n)) return;
      if (ts.isCallExpression(n) && this.#reader.aotCall(n) !== null) {
        const { line } = this.#file.getLineAndCharacterOfPosition(n.getStart());
        throw new ArgumentError(
          `${this.#file.fileName}:${line + 1}: aot(…) must be the value of a variable at the top of the file, const name = aot(f, ...examples), or its default export, so that it can be compiled before the program runs.`,
        );
      }
      ts.forEachChild(n, visit);
    };
    if (this.#parts.length > 0) visit(this.#file);
  }

  /** The statements that declare the names, and those that declare what these use, and so on. */
  #closure(start: Iterable<string>, usesOf: (p: Part) => Iterable<string>): Set<Part> {
    const needed = new Set<Part>();
    const names = new Set(start);
    // A set that grows while it is read is read to its end.
    for (const name of names) {
      for (const p of this.#parts) {
        if (!p.declares.has(name) || needed.has(p)) continue;
        needed.add(p);
        for (const used of usesOf(p)) names.add(used);
      }
    }
    return needed;
  }

  /** The variable that a statement calls, or a method or property of which it calls or sets; null for other statements. */
  #head(s: TypeScript.Statement): string | null {
    const ts = this.#ts;
    if (!ts.isExpressionStatement(s)) return null;
    let e = ts.isAwaitExpression(s.expression) ? s.expression.expression : s.expression;
    if (ts.isCallExpression(e)) e = e.expression;
    else if (ts.isBinaryExpression(e) && e.operatorToken.kind === ts.SyntaxKind.EqualsToken) e = e.left;
    else return null;
    while (ts.isPropertyAccessExpression(e) || ts.isElementAccessExpression(e)) e = e.expression;
    return ts.isIdentifier(e) ? e.text : null;
  }

  /** True for a statement that sets up the library: a call of it, or an import for its effect. */
  #isLibrarySetting(p: Part): boolean {
    if (this.#isOfLibrary(p.node)) return p.node.importClause === undefined;
    return this.#library.has(this.#head(p.node) ?? "") && !this.#names.some((name) => p.uses.has(name));
  }

  /** The statements that set up what others need. One that uses the declared functions is the program's. */
  #settings(needed: ReadonlySet<Part>): Part[] {
    const own = new Set([...needed].filter((p) => !this.#isImport(p)).flatMap((p) => [...p.declares]));
    return this.#parts.filter((p) => {
      if (this.#isLibrarySetting(p)) return true;
      const head = this.#head(p.node);
      return head !== null && own.has(head) && !this.#names.some((name) => p.uses.has(name));
    });
  }

  /** What the functions need. */
  #needed(): Set<Part> {
    const needed = this.#closure(this.#names, (p) => p.uses);
    for (;;) {
      const { size } = needed;
      const settings = this.#settings(needed);
      settings.forEach((p) => needed.add(p));
      const uses = settings.flatMap((p) => [...p.uses]);
      this.#closure(uses, (p) => p.uses).forEach((p) => needed.add(p));
      if (needed.size === size) return needed;
    }
  }

  /** What a statement of the rest uses: without the calls that leave it. */
  #left(p: Part, types: boolean): Set<string> {
    return this.#reader.names(p.node, { except: p.declared.map((d) => d.call), types });
  }

  /** What stays, imports aside, and what that uses. */
  #rest(needed: ReadonlySet<Part>): { stays: Set<Part>; uses: Set<string>; values: Set<string> } {
    const others = this.#parts.filter((p) => !this.#isImport(p));
    const stays = new Set(
      others.filter((p) => p.declared.length > 0 || this.#isExported(p) || !needed.has(p)),
    );
    for (;;) {
      const { size } = stays;
      const used = (types: boolean): Set<string> =>
        new Set([...stays].flatMap((p) => [...this.#left(p, types)]));
      const uses = used(true);
      const values = used(false);
      const own = new Set([...stays].flatMap((p) => [...p.declares]));
      const computes = [...this.#library].some((name) => values.has(name));
      for (const p of others) {
        if ([...p.declares].some((name) => uses.has(name))) stays.add(p);
        if (p.declares.size > 0) continue;
        if ([...p.uses].some((name) => own.has(name)) || (computes && this.#isLibrarySetting(p)))
          stays.add(p);
      }
      if (stays.size === size) return { stays, uses, values };
    }
  }

  /** An import of some names of those that the file imports; nothing, if there are none. */
  #importText(
    node: TypeScript.ImportDeclaration,
    uses: ReadonlySet<string>,
    values: ReadonlySet<string>,
  ): string {
    const ts = this.#ts;
    const full = node.getFullText();
    const { importClause: clause } = node;
    if (clause === undefined) return full;
    const { name, namedBindings } = clause;
    const first = name !== undefined && uses.has(name.text) ? name.text : null;
    let more: string | null = null;
    let type = clause.getText().slice(0, (name ?? namedBindings!).getStart() - clause.getStart());
    if (namedBindings !== undefined && ts.isNamespaceImport(namedBindings)) {
      if (uses.has(namedBindings.name.text)) more = namedBindings.getText();
    } else if (namedBindings !== undefined) {
      const elements = namedBindings.elements.filter((e) => uses.has(e.name.text));
      // An import of types alone must say so, or it may be kept for its effect.
      const types = type === "" && first === null && !elements.some((e) => values.has(e.name.text));
      const texts = elements.map((e) => (types ? e.getText().replace(/^type\s+(?=\S)/, "") : e.getText()));
      if (types) type = "type ";
      if (texts.length > 0) more = `{ ${texts.join(", ")} }`;
    }
    const kept = [first, more].filter((text) => text !== null);
    if (kept.length === 0) return blank(full);
    const lead = full.slice(0, node.getStart() - node.getFullStart());
    const from = this.#file.text.slice(node.moduleSpecifier.getStart(), node.getEnd());
    const text = `${lead}import ${type}${kept.join(", ")} from ${from}`;
    return text + blank(full).slice(blank(text).length);
  }

  /** A statement in the slice, which exports all at once. */
  #sliceText({ node, declared }: Part): string {
    const ts = this.#ts;
    if (ts.isExportAssignment(node))
      return `\nconst ${importedName("default")} = ${declared[0].call.getText()};`;
    let text = node.getFullText();
    const modifiers = ts.canHaveModifiers(node) ? [...(ts.getModifiers(node) ?? [])].reverse() : [];
    for (const m of modifiers) {
      if (m.kind !== ts.SyntaxKind.ExportKeyword && m.kind !== ts.SyntaxKind.DefaultKeyword) continue;
      const from = node.getFullStart();
      text = text.slice(0, m.getStart() - from) + text.slice(m.getEnd() - from);
    }
    return text;
  }

  /** A statement in the rest, with imported functions in the place of calls. */
  #restText({ node, declared }: Part): string {
    let text = node.getFullText();
    const from = node.getFullStart();
    for (const { name, call } of [...declared].reverse())
      text =
        text.slice(0, call.getStart() - from) +
        importedName(name) +
        blank(call.getText()) +
        text.slice(call.getEnd() - from);
    return text;
  }

  run(): Sliced | null {
    this.#checkCalls();
    if (this.#names.length === 0) return null;
    const ts = this.#ts;
    const needed = this.#needed();
    const { stays, uses, values } = this.#rest(needed);
    const computes = [...this.#library].some((name) => values.has(name));
    const staying = (p: Part): string => {
      const { node } = p;
      if (!ts.isImportDeclaration(node)) return stays.has(p) ? this.#restText(p) : blank(node.getFullText());
      if (this.#isLibrarySetting(p) && !computes) return blank(node.getFullText());
      return needed.has(p) ? this.#importText(node, uses, values) : node.getFullText();
    };
    const sliced = this.#parts.filter((p) => needed.has(p));
    const compiled = new Set(sliced.filter((p) => !this.#isImport(p)).flatMap((p) => [...p.values]));
    const slice = sliced.map((p) =>
      ts.isImportDeclaration(p.node) ? this.#importText(p.node, compiled, compiled) : this.#sliceText(p),
    );
    const exported = this.#names.map((name) =>
      name === "default" ? `${importedName(name)} as default` : name,
    );
    return {
      names: this.#names,
      slice: `${slice.map(ended).join("")}\nexport { ${exported.join(", ")} };\n`,
      rest: this.#parts.map((p) => ended(staying(p))).join(""),
    };
  }
}

/**
 * Cuts a file in two; null if it declares no function with `aot`.
 * @param ts the package typescript
 * @param path for messages, and for the kind of the file
 * @param code its text
 * @throws ArgumentError for functions that are declared elsewhere than at the top
 */
export function sliceFile(ts: Compiler, path: string, code: string): Sliced | null {
  if (!code.includes("adjoint/aot")) return null;
  try {
    return new Slicer(ts, path, code).run();
  } catch (e) {
    if (e instanceof ArgumentError) throw e;
    throw new Error(`${path}: ${e instanceof Error ? e.message : show(e)}`, { cause: e });
  }
}

/**
 * @file The statements at the top of a file: which names each declares and uses, and which functions it declares with `aot`.
 *
 * Names are compared as text. A name that is used too often (a property of an object that happens to be called like an
 * import) keeps a statement where it need not be; one that is missed would break the program, so scopes are followed only
 * where they are certain.
 */
import type TypeScript from "typescript";

/** The package typescript, which the caller loads. */
export type Compiler = typeof TypeScript;

/** A function that `aot` declares. */
export interface DeclaredFunction {
  /** The name of the variable, or `default`. */
  readonly name: string;
  /** What a module takes the place of: the call, with assertions of its type. */
  readonly call: TypeScript.Expression;
}

/** A statement at the top of a file. */
export interface Part {
  readonly node: TypeScript.Statement;
  readonly declares: ReadonlySet<string>;
  readonly uses: ReadonlySet<string>;
  /** What it uses but in types. */
  readonly values: ReadonlySet<string>;
  readonly declared: readonly DeclaredFunction[];
}

/** The names that a file gives to `aot`. */
export function namesOfAot(ts: Compiler, file: TypeScript.SourceFile): Set<string> {
  const names = new Set<string>();
  for (const s of file.statements) {
    if (!ts.isImportDeclaration(s) || !ts.isStringLiteral(s.moduleSpecifier)) continue;
    const bindings = s.importClause?.namedBindings;
    if (s.moduleSpecifier.text !== "adjoint/aot" || bindings === undefined || !ts.isNamedImports(bindings))
      continue;
    for (const e of bindings.elements) if ((e.propertyName ?? e.name).text === "aot") names.add(e.name.text);
  }
  return names;
}

/** Takes statements apart. */
export class PartReader {
  readonly #ts: Compiler;
  readonly #aot: ReadonlySet<string>;

  constructor(ts: Compiler, aot: ReadonlySet<string>) {
    this.#ts = ts;
    this.#aot = aot;
  }

  part(node: TypeScript.Statement): Part {
    const declared = this.#declared(node);
    return {
      node,
      declares: new Set(this.#declares(node)),
      uses: this.names(node),
      values: this.names(node, { types: false }),
      declared,
    };
  }

  /** The call of `aot` that an expression is; null for others. */
  aotCall(e: TypeScript.Expression): TypeScript.CallExpression | null {
    const ts = this.#ts;
    if (
      ts.isAsExpression(e) ||
      ts.isSatisfiesExpression(e) ||
      ts.isParenthesizedExpression(e) ||
      ts.isNonNullExpression(e)
    )
      return this.aotCall(e.expression);
    const is = ts.isCallExpression(e) && ts.isIdentifier(e.expression) && this.#aot.has(e.expression.text);
    return is ? e : null;
  }

  #declared(node: TypeScript.Statement): DeclaredFunction[] {
    const ts = this.#ts;
    if (ts.isExportAssignment(node))
      return node.isExportEquals !== true && this.aotCall(node.expression) !== null
        ? [{ name: "default", call: node.expression }]
        : [];
    if (!ts.isVariableStatement(node)) return [];
    return node.declarationList.declarations.flatMap(({ name, initializer }) =>
      initializer !== undefined && this.aotCall(initializer) !== null && ts.isIdentifier(name)
        ? [{ name: name.text, call: initializer }]
        : [],
    );
  }

  #declares(node: TypeScript.Statement): string[] {
    const ts = this.#ts;
    if (ts.isVariableStatement(node))
      return node.declarationList.declarations.flatMap((d) => this.#bound(d.name));
    if (ts.isExportAssignment(node)) return ["default"];
    if (ts.isImportDeclaration(node)) {
      const { name, namedBindings } = node.importClause ?? {};
      const own = name === undefined ? [] : [name.text];
      if (namedBindings === undefined) return own;
      if (ts.isNamespaceImport(namedBindings)) return [...own, namedBindings.name.text];
      return [...own, ...namedBindings.elements.map((e) => e.name.text)];
    }
    if (ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node))
      return node.name === undefined ? [] : [node.name.text];
    if (ts.isTypeAliasDeclaration(node) || ts.isInterfaceDeclaration(node) || ts.isEnumDeclaration(node))
      return [node.name.text];
    return [];
  }

  /** The names that a variable or a pattern binds. */
  #bound(name: TypeScript.BindingName): string[] {
    const ts = this.#ts;
    if (ts.isIdentifier(name)) return [name.text];
    return name.elements.flatMap((e) => (ts.isBindingElement(e) ? this.#bound(e.name) : []));
  }

  /** The names that hide those of the file inside a node. */
  #local(node: TypeScript.Node): string[] {
    const ts = this.#ts;
    const ofList = (list: TypeScript.Node | undefined): string[] =>
      list !== undefined && ts.isVariableDeclarationList(list)
        ? list.declarations.flatMap((d) => this.#bound(d.name))
        : [];
    if (ts.isFunctionLike(node))
      return node.parameters.flatMap((p) => (ts.isParameter(p) ? this.#bound(p.name) : []));
    if (ts.isForStatement(node) || ts.isForOfStatement(node) || ts.isForInStatement(node))
      return ofList(node.initializer);
    if (!ts.isBlock(node)) return [];
    return node.statements.flatMap((s) => {
      if (ts.isVariableStatement(s)) return ofList(s.declarationList);
      const named = ts.isFunctionDeclaration(s) || ts.isClassDeclaration(s);
      return named && s.name !== undefined ? [s.name.text] : [];
    });
  }

  /** The name of a property, which is no use of a variable. */
  #isPropertyName(n: TypeScript.Identifier): boolean {
    const ts = this.#ts;
    const { parent } = n;
    if (ts.isPropertyAccessExpression(parent)) return parent.name === n;
    if (ts.isImportSpecifier(parent) || ts.isBindingElement(parent)) return parent.propertyName === n;
    if (ts.isExportSpecifier(parent)) return parent.propertyName !== undefined && parent.name === n;
    const member =
      ts.isPropertyAssignment(parent) ||
      ts.isPropertySignature(parent) ||
      ts.isPropertyDeclaration(parent) ||
      ts.isMethodDeclaration(parent) ||
      ts.isMethodSignature(parent) ||
      ts.isAccessor(parent);
    return member && parent.name === n;
  }

  /** True for what is there for the type checker alone. */
  #isType(n: TypeScript.Node): boolean {
    const ts = this.#ts;
    if (ts.isExpressionWithTypeArguments(n)) return false;
    return ts.isTypeNode(n) || ts.isTypeAliasDeclaration(n) || ts.isInterfaceDeclaration(n);
  }

  /** The names that a node uses from outside, without those of some nodes in it, or of types. */
  names(
    node: TypeScript.Node,
    {
      except = [],
      types = true,
    }: { readonly except?: readonly TypeScript.Node[]; readonly types?: boolean } = {},
  ): Set<string> {
    const ts = this.#ts;
    const found = new Set<string>();
    const visit = (n: TypeScript.Node, hidden: ReadonlySet<string>): void => {
      if (except.includes(n) || (!types && this.#isType(n))) return;
      const local = this.#local(n);
      const inside = local.length === 0 ? hidden : new Set([...hidden, ...local]);
      if (ts.isIdentifier(n) && !inside.has(n.text) && !this.#isPropertyName(n)) found.add(n.text);
      ts.forEachChild(n, (child) => visit(child, inside));
    };
    visit(node, new Set());
    return found;
  }
}

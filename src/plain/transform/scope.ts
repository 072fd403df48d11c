/**
 * @file Which variable each name means, and where each is assigned. From that the transformation knows what a branch or a loop
 * may change: the variables that it assigns, and those that some function assigns which it may call.
 */
import type TypeScript from "typescript";

/** The package typescript, which the caller loads. */
export type Compiler = typeof TypeScript;
export type Node = TypeScript.Node;

/** Nodes whose code runs when they are called. */
export type FunctionNode =
  | TypeScript.FunctionDeclaration
  | TypeScript.FunctionExpression
  | TypeScript.ArrowFunction
  | TypeScript.MethodDeclaration
  | TypeScript.ConstructorDeclaration
  | TypeScript.GetAccessorDeclaration
  | TypeScript.SetAccessorDeclaration;

type Kind = "var" | "let" | "const" | "function" | "class" | "param" | "import";

/** A variable. */
export interface Variable {
  readonly name: string;
  readonly kind: Kind;
  readonly scope: Scope;
  /** The offset of its declaration. */
  readonly at: number;
  /** The offsets of its assignments, and the functions in which they are. */
  readonly assigned: { readonly at: number; readonly inside: Node }[];
  /** Offsets of all mentions, and the functions in which they are. */
  readonly used: { readonly at: number; readonly inside: Node }[];
}

export interface Scope {
  readonly node: Node;
  readonly parent: Scope | null;
  readonly names: Map<string, Variable>;
  /** The function (or file) whose scope it is or is in. */
  readonly owner: Node;
}

export class Scopes {
  readonly #ts: Compiler;
  readonly #of = new Map<Node, Scope>();
  readonly #all: Variable[] = [];

  constructor(ts: Compiler, file: TypeScript.SourceFile) {
    this.#ts = ts;
    const top: Scope = { node: file, parent: null, names: new Map(), owner: file };
    this.#of.set(file, top);
    ts.forEachChild(file, (n) => {
      this.#declare(n, top);
    });
    ts.forEachChild(file, (n) => {
      this.#resolve(n, top);
    });
  }

  isFunction(n: Node): n is FunctionNode {
    const ts = this.#ts;
    return (
      ts.isFunctionDeclaration(n) ||
      ts.isFunctionExpression(n) ||
      ts.isArrowFunction(n) ||
      ts.isMethodDeclaration(n) ||
      ts.isConstructorDeclaration(n) ||
      ts.isGetAccessorDeclaration(n) ||
      ts.isSetAccessorDeclaration(n)
    );
  }

  /** The scope that a node opens, if it does. */
  scopeOf(n: Node): Scope | undefined {
    return this.#of.get(n);
  }

  /** What a name means at a node. */
  lookUp(n: Node, name: string): Variable | null {
    for (let node: Node | undefined = n; node !== undefined; node = node.parent) {
      const found = this.#of.get(node)?.names.get(name);
      if (found !== undefined) return found;
    }
    return null;
  }

  get variables(): readonly Variable[] {
    return this.#all;
  }

  #opens(n: Node): boolean {
    const ts = this.#ts;
    if (ts.isBlock(n)) return !this.isFunction(n.parent);
    return (
      this.isFunction(n) ||
      ts.isForStatement(n) ||
      ts.isForOfStatement(n) ||
      ts.isForInStatement(n) ||
      ts.isCatchClause(n) ||
      ts.isCaseBlock(n) ||
      ts.isClassExpression(n) ||
      ts.isClassStaticBlockDeclaration(n)
    );
  }

  #add(scope: Scope, name: TypeScript.BindingName, kind: Kind): void {
    const ts = this.#ts;
    if (!ts.isIdentifier(name)) {
      for (const e of name.elements) if (ts.isBindingElement(e)) this.#add(scope, e.name, kind);
      return;
    }
    if (scope.names.has(name.text)) return;
    const variable: Variable = { name: name.text, kind, scope, at: name.getStart(), assigned: [], used: [] };
    scope.names.set(name.text, variable);
    this.#all.push(variable);
  }

  #functionScope(scope: Scope): Scope {
    let s = scope;
    while (s.parent !== null && s.node !== s.owner) s = s.parent;
    return s;
  }

  #declare(n: Node, outer: Scope): void {
    const ts = this.#ts;
    let scope = outer;
    if (ts.isFunctionDeclaration(n) && n.name !== undefined) this.#add(outer, n.name, "function");
    if (ts.isClassDeclaration(n) && n.name !== undefined) this.#add(outer, n.name, "class");
    if (this.#opens(n)) {
      scope = { node: n, parent: outer, names: new Map(), owner: this.isFunction(n) ? n : outer.owner };
      this.#of.set(n, scope);
    }
    if (this.isFunction(n)) for (const p of n.parameters) this.#add(scope, p.name, "param");
    if (ts.isFunctionExpression(n) && n.name !== undefined) this.#add(scope, n.name, "function");
    if (ts.isVariableDeclarationList(n)) {
      const kind =
        (n.flags & ts.NodeFlags.Let) !== 0 ? "let" : (n.flags & ts.NodeFlags.Const) !== 0 ? "const" : "var";
      for (const d of n.declarations)
        this.#add(kind === "var" ? this.#functionScope(scope) : scope, d.name, kind);
    }
    if (ts.isCatchClause(n) && n.variableDeclaration !== undefined)
      this.#add(scope, n.variableDeclaration.name, "let");
    if (ts.isImportClause(n) && n.name !== undefined) this.#add(scope, n.name, "import");
    if (ts.isImportSpecifier(n) || ts.isNamespaceImport(n)) this.#add(scope, n.name, "import");
    ts.forEachChild(n, (child) => {
      this.#declare(child, scope);
    });
  }

  /** True for identifiers that name no variable: properties, labels. */
  #isOther(n: TypeScript.Identifier): boolean {
    const ts = this.#ts;
    const { parent } = n;
    if (ts.isPropertyAccessExpression(parent)) return parent.name === n;
    if (ts.isBindingElement(parent)) return parent.propertyName === n;
    if (ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent)) return parent.name === n;
    if (ts.isLabeledStatement(parent) || ts.isBreakOrContinueStatement(parent)) return true;
    return (
      ts.isMethodDeclaration(parent) ||
      ts.isGetAccessorDeclaration(parent) ||
      ts.isSetAccessorDeclaration(parent)
    );
  }

  #find(scope: Scope, name: string): Variable | undefined {
    for (let s: Scope | null = scope; s !== null; s = s.parent) {
      const found = s.names.get(name);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #assign(target: Node, scope: Scope): void {
    const ts = this.#ts;
    if (ts.isIdentifier(target)) {
      this.#find(scope, target.text)?.assigned.push({ at: target.getStart(), inside: scope.owner });
    } else if (ts.isParenthesizedExpression(target) || ts.isSpreadElement(target)) {
      this.#assign(target.expression, scope);
    } else if (ts.isArrayLiteralExpression(target)) {
      for (const e of target.elements) this.#assign(e, scope);
    } else if (ts.isObjectLiteralExpression(target)) {
      for (const p of target.properties) {
        if (ts.isPropertyAssignment(p)) this.#assign(p.initializer, scope);
        if (ts.isShorthandPropertyAssignment(p)) this.#assign(p.name, scope);
        if (ts.isSpreadAssignment(p)) this.#assign(p.expression, scope);
      }
    } else if (ts.isBinaryExpression(target)) this.#assign(target.left, scope);
  }

  #assignPattern(name: TypeScript.BindingName, scope: Scope): void {
    const ts = this.#ts;
    if (ts.isIdentifier(name)) this.#assign(name, scope);
    else for (const e of name.elements) if (ts.isBindingElement(e)) this.#assignPattern(e.name, scope);
  }

  #assignments(n: Node, scope: Scope): void {
    const ts = this.#ts;
    if (ts.isBinaryExpression(n)) {
      const kind = n.operatorToken.kind;
      if (kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment)
        this.#assign(n.left, scope);
    }
    if (ts.isPrefixUnaryExpression(n) || ts.isPostfixUnaryExpression(n)) {
      if (n.operator === ts.SyntaxKind.PlusPlusToken || n.operator === ts.SyntaxKind.MinusMinusToken)
        this.#assign(n.operand, scope);
    }
    if ((ts.isForOfStatement(n) || ts.isForInStatement(n)) && !ts.isVariableDeclarationList(n.initializer))
      this.#assign(n.initializer, scope);
    if (ts.isVariableDeclaration(n) && ts.isVariableDeclarationList(n.parent)) {
      const isVar = (n.parent.flags & ts.NodeFlags.BlockScoped) === 0;
      const inLoop = ts.isForOfStatement(n.parent.parent) || ts.isForInStatement(n.parent.parent);
      if (isVar && (n.initializer !== undefined || inLoop)) this.#assignPattern(n.name, scope);
    }
  }

  #resolve(n: Node, outer: Scope): void {
    const ts = this.#ts;
    const scope = this.#of.get(n) ?? outer;
    this.#assignments(n, scope);
    if (ts.isIdentifier(n) && !this.#isOther(n))
      this.#find(scope, n.text)?.used.push({ at: n.getStart(), inside: scope.owner });
    ts.forEachChild(n, (child) => {
      this.#resolve(child, scope);
    });
  }
}

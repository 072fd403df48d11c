/** @file Expressions: operators, elements and calls become calls of the runtime. */
import type TypeScript from "typescript";
import type { Emitter } from "./emit.ts";
import { type Rope, joinRopes, rope } from "./rope.ts";
import type { Compiler, Node } from "./scope.ts";

type Names = Readonly<Record<number, string>>;

/** The functions of the runtime for operators of two operands. */
function binaryNames({ SyntaxKind: k }: Compiler): Names {
  return {
    [k.PlusToken]: "add",
    [k.MinusToken]: "sub",
    [k.AsteriskToken]: "mul",
    [k.SlashToken]: "div",
    [k.PercentToken]: "mod",
    [k.AsteriskAsteriskToken]: "pow",
    [k.LessThanToken]: "lt",
    [k.LessThanEqualsToken]: "le",
    [k.GreaterThanToken]: "gt",
    [k.GreaterThanEqualsToken]: "ge",
    [k.EqualsEqualsEqualsToken]: "eq",
    [k.AmpersandToken]: "band",
    [k.BarToken]: "bor",
    [k.CaretToken]: "bxor",
    [k.LessThanLessThanToken]: "shl",
    [k.GreaterThanGreaterThanToken]: "shr",
    [k.GreaterThanGreaterThanGreaterThanToken]: "ushr",
  };
}

function compoundNames({ SyntaxKind: k }: Compiler): Names {
  return {
    [k.PlusEqualsToken]: "add",
    [k.MinusEqualsToken]: "sub",
    [k.AsteriskEqualsToken]: "mul",
    [k.SlashEqualsToken]: "div",
    [k.PercentEqualsToken]: "mod",
    [k.AsteriskAsteriskEqualsToken]: "pow",
    [k.AmpersandEqualsToken]: "band",
    [k.BarEqualsToken]: "bor",
    [k.CaretEqualsToken]: "bxor",
    [k.LessThanLessThanEqualsToken]: "shl",
    [k.GreaterThanGreaterThanEqualsToken]: "shr",
    [k.GreaterThanGreaterThanGreaterThanEqualsToken]: "ushr",
  };
}

type Member = TypeScript.PropertyAccessExpression | TypeScript.ElementAccessExpression;

export class Expressions {
  readonly #e: Emitter;
  readonly #ts: Compiler;
  readonly #binary: Names;
  readonly #compound: Names;

  constructor(e: Emitter) {
    this.#e = e;
    this.#ts = e.ts;
    this.#binary = binaryNames(e.ts);
    this.#compound = compoundNames(e.ts);
  }

  /** Any node inside a function that is converted, but for statements. */
  write(n: Node): Rope {
    const ts = this.#ts;
    const e = this.#e;
    if (e.scopes.isFunction(n)) return e.parts.converted(n);
    if ((n.flags & ts.NodeFlags.OptionalChain) !== 0) return this.#chain(n);
    if (ts.isBinaryExpression(n)) return this.#operation(n);
    if (ts.isPrefixUnaryExpression(n)) return this.#prefix(n);
    if (ts.isPostfixUnaryExpression(n)) return this.#postfix(n);
    if (ts.isConditionalExpression(n)) return this.#conditional(n);
    if (ts.isCallExpression(n)) return this.#call(n);
    if (ts.isNewExpression(n))
      return e.call("make", e.site(n), this.write(n.expression), ...this.#args(n.arguments ?? []));
    if (ts.isElementAccessExpression(n)) return this.#element(n);
    if (ts.isTypeOfExpression(n)) return this.#typeOf(n);
    if (ts.isDeleteExpression(n)) return e.copy(n, (c) => e.copy(c, (d) => this.write(d)));
    if (ts.isArrayLiteralExpression(n) || ts.isObjectLiteralExpression(n))
      return e.call(
        "fresh",
        e.copy(n, (c) => this.write(c)),
      );
    if (ts.isVariableDeclarationList(n)) return this.#declarations(n);
    if (ts.isSpreadElement(n)) return rope`...${e.call("items", this.write(n.expression))}`;
    return e.copy(n, (c) => this.write(c));
  }

  /** Declarations. Those with `var` stand at the top of the function: what is left here assigns. */
  #declarations(n: TypeScript.VariableDeclarationList): Rope {
    const ts = this.#ts;
    if ((n.flags & ts.NodeFlags.BlockScoped) !== 0) return this.#e.copy(n, (c) => this.write(c));
    const sets = n.declarations.flatMap((d) =>
      d.initializer === undefined ? [] : [this.assign(d.name, this.write(d.initializer))],
    );
    return joinRopes(sets, ", ");
  }

  /** An assignment. */
  assign(target: Node, value: Rope): Rope {
    const ts = this.#ts;
    if (ts.isIdentifier(target)) return rope`${this.#e.text(target)} = ${value}`;
    if (ts.isArrayBindingPattern(target) || ts.isObjectBindingPattern(target))
      return rope`(${this.#e.copy(target, (c) => this.write(c))} = ${value})`;
    return rope`(${this.#pattern(target)} = ${value})`;
  }

  /** `a?.b(c)`: as it stands, for what comes after `?.` may not be computed. */
  #chain(n: Node): Rope {
    const ts = this.#ts;
    return this.#e.copy(n, (c) =>
      (c.flags & ts.NodeFlags.OptionalChain) !== 0 ? this.#chain(c) : this.write(c),
    );
  }

  #args(list: readonly TypeScript.Expression[]): Rope[] {
    return list.map((a) => this.write(a));
  }

  #typeOf(n: TypeScript.TypeOfExpression): Rope {
    const { expression: x } = n;
    const isGlobal = this.#ts.isIdentifier(x) && this.#e.scopes.lookUp(n, x.text) === null;
    return isGlobal ? this.#e.text(n) : this.#e.call("type", this.write(x));
  }

  #element(n: TypeScript.ElementAccessExpression): Rope {
    const ts = this.#ts;
    if (n.expression.kind === ts.SyntaxKind.SuperKeyword || ts.isStringLiteral(n.argumentExpression))
      return this.#e.copy(n, (c) => this.write(c));
    return this.#e.call("get", this.write(n.expression), this.write(n.argumentExpression));
  }

  /** The variables that an expression may assign, for constructs that may not be computed. */
  #variables(n: Node): readonly Rope[] {
    return this.#e.variables(n, n.getStart(), n.getEnd(), []);
  }

  #thunk(n: TypeScript.Expression): Rope {
    return rope`() => (${this.write(n)})`;
  }

  #conditional(n: TypeScript.ConditionalExpression): Rope {
    return this.#e.call(
      "when",
      this.#e.site(n.condition),
      this.write(n.condition),
      this.#thunk(n.whenTrue),
      this.#thunk(n.whenFalse),
      ...this.#variables(n),
    );
  }

  #operation(n: TypeScript.BinaryExpression): Rope {
    const { SyntaxKind: k } = this.#ts;
    const e = this.#e;
    const { kind } = n.operatorToken;
    if (kind >= k.FirstAssignment && kind <= k.LastAssignment) return this.#assignment(n);
    if (kind === k.AmpersandAmpersandToken || kind === k.BarBarToken)
      return e.call(
        kind === k.BarBarToken ? "or" : "and",
        e.site(n),
        this.write(n.left),
        this.#thunk(n.right),
        ...this.#variables(n),
      );
    if (kind === k.InstanceOfKeyword) return e.call("isInstance", this.write(n.left), this.write(n.right));
    if (kind === k.EqualsEqualsToken || kind === k.ExclamationEqualsToken) {
      const same = e.call("same", this.write(n.left), this.write(n.right), "(a, b) => a == b");
      return kind === k.EqualsEqualsToken ? same : e.call("not", same);
    }
    const name = this.#binary[kind] as string | undefined;
    if (name !== undefined) return e.call(name, this.write(n.left), this.write(n.right));
    if (kind === k.ExclamationEqualsEqualsToken)
      return e.call("not", e.call("eq", this.write(n.left), this.write(n.right)));
    return e.copy(n, (c) => this.write(c));
  }

  #member(n: Node): Member | null {
    const ts = this.#ts;
    if (ts.isParenthesizedExpression(n)) return this.#member(n.expression);
    const is = ts.isPropertyAccessExpression(n) || ts.isElementAccessExpression(n);
    return is && n.expression.kind !== ts.SyntaxKind.SuperKeyword ? n : null;
  }

  #key(n: Member): Rope {
    return this.#ts.isElementAccessExpression(n)
      ? this.write(n.argumentExpression)
      : JSON.stringify(n.name.text);
  }

  #assignment(n: TypeScript.BinaryExpression): Rope {
    const ts = this.#ts;
    const { SyntaxKind: k } = ts;
    const e = this.#e;
    const { kind } = n.operatorToken;
    const member = this.#member(n.left);
    const op = this.#compound[kind] as string | undefined;
    if (member === null) {
      if (kind === k.EqualsToken) return rope`${this.#pattern(n.left)} = ${this.write(n.right)}`;
      const left = e.text(n.left);
      if (op !== undefined) return rope`${left} = ${e.call(op, left, this.write(n.right))}`;
      return rope`${left} = ${this.#logical(n, left)}`;
    }
    if (ts.isPropertyAccessExpression(member) && ts.isPrivateIdentifier(member.name))
      return this.#field(n, member, op);
    if (kind === k.EqualsToken)
      return e.call("put", this.write(member.expression), this.#key(member), this.write(n.right));
    const value =
      op === undefined ? this.#logical(n, "$adjointV") : e.call(op, "$adjointV", this.write(n.right));
    return e.call("update", this.write(member.expression), this.#key(member), rope`($adjointV) => ${value}`);
  }

  /** `a ||= b`, `a &&= b`, `a ??= b`: the value. */
  #logical(n: TypeScript.BinaryExpression, left: Rope): Rope {
    const { SyntaxKind: k } = this.#ts;
    const { kind } = n.operatorToken;
    if (kind === k.QuestionQuestionEqualsToken) return rope`(${left} ?? ${this.write(n.right)})`;
    const name = kind === k.BarBarEqualsToken ? "or" : "and";
    return this.#e.call(name, this.#e.site(n), left, this.#thunk(n.right), ...this.#variables(n));
  }

  #field(
    n: TypeScript.BinaryExpression,
    member: TypeScript.PropertyAccessExpression,
    op: string | undefined,
  ): Rope {
    const e = this.#e;
    const object = this.write(member.expression);
    const name = member.name.text;
    const place = rope`${object}.${name}`;
    const right = this.write(n.right);
    const value =
      op !== undefined
        ? e.call(op, place, right)
        : n.operatorToken.kind === this.#ts.SyntaxKind.EqualsToken
          ? right
          : this.#logical(n, place);
    return e.call(
      "field",
      object,
      JSON.stringify(name),
      rope`() => ${place}`,
      rope`($adjointV) => { ${place} = $adjointV; }`,
      value,
    );
  }

  /** The target of an assignment: elements and properties inside patterns get setters. */
  #pattern(n: Node): Rope {
    const ts = this.#ts;
    const e = this.#e;
    const member = this.#member(n);
    if (member !== null) {
      if (ts.isPropertyAccessExpression(member) && ts.isPrivateIdentifier(member.name)) return e.text(n);
      return rope`${e.call("target", this.write(member.expression), this.#key(member))}.value`;
    }
    if (ts.isArrayLiteralExpression(n) || ts.isObjectLiteralExpression(n))
      return e.copy(n, (c) => this.#pattern(c));
    if (ts.isPropertyAssignment(n))
      return e.copy(n, (c) => (c === n.initializer ? this.#pattern(c) : this.write(c)));
    if (ts.isSpreadElement(n) || ts.isSpreadAssignment(n)) return rope`...${this.#pattern(n.expression)}`;
    if (ts.isBinaryExpression(n)) return rope`${this.#pattern(n.left)} = ${this.write(n.right)}`;
    return e.text(n);
  }

  #prefix(n: TypeScript.PrefixUnaryExpression): Rope {
    const { SyntaxKind: k } = this.#ts;
    const e = this.#e;
    if (n.operator === k.PlusPlusToken || n.operator === k.MinusMinusToken)
      return this.#stepped(n, n.operand, false);
    if (this.#ts.isNumericLiteral(n.operand)) return e.text(n);
    const names: Names = {
      [k.MinusToken]: "neg",
      [k.PlusToken]: "pos",
      [k.ExclamationToken]: "not",
      [k.TildeToken]: "bnot",
    };
    return e.call(names[n.operator], this.write(n.operand));
  }

  #postfix(n: TypeScript.PostfixUnaryExpression): Rope {
    const { parent } = n;
    const ts = this.#ts;
    const unread =
      ts.isExpressionStatement(parent) || (ts.isForStatement(parent) && parent.incrementor === n);
    return this.#stepped(n, n.operand, !unread);
  }

  /** `x++` and the like; `before`: the value is that before the step. */
  #stepped(
    n: TypeScript.PrefixUnaryExpression | TypeScript.PostfixUnaryExpression,
    x: Node,
    before: boolean,
  ): Rope {
    const e = this.#e;
    const up = n.operator === this.#ts.SyntaxKind.PlusPlusToken;
    const name = up ? "inc" : "dec";
    const member = this.#member(x);
    if (
      member === null ||
      (this.#ts.isPropertyAccessExpression(member) && this.#ts.isPrivateIdentifier(member.name))
    ) {
      const place = member === null ? e.text(x) : e.copy(member, (c) => this.write(c));
      const set = rope`${place} = ${e.call(name, place)}`;
      return before ? e.call("first", place, set) : rope`(${set})`;
    }
    const args = [this.write(member.expression), this.#key(member)];
    return before
      ? e.call("step", ...args, String(up))
      : e.call("update", ...args, rope`($adjointV) => ${e.call(name, "$adjointV")}`);
  }

  /** Whether a name is that of a function of this file, which needs no other call than its own. */
  #isFunctionHere(n: TypeScript.Identifier): boolean {
    if (n.text === "require" || n.text === "eval") return true;
    return this.#e.scopes.lookUp(n, n.text)?.kind === "function";
  }

  #call(n: TypeScript.CallExpression): Rope {
    const ts = this.#ts;
    const e = this.#e;
    const f = n.expression;
    const args = this.#args(n.arguments);
    const native = (callee: Rope): Rope => rope`${callee}(${joinRopes(args, ", ")})`;
    if (f.kind === ts.SyntaxKind.SuperKeyword) return rope`(${native("super")}, ${e.call("fresh", "this")})`;
    if (f.kind === ts.SyntaxKind.ImportKeyword) return native("import");
    if (ts.isIdentifier(f) && this.#isFunctionHere(f)) return native(e.text(f));
    const member = this.#member(f);
    if (member === null) {
      if (ts.isPropertyAccessExpression(f) || ts.isElementAccessExpression(f))
        return native(e.copy(f, (c) => this.write(c)));
      return e.call("call", e.site(n), this.write(f), ...args);
    }
    if (ts.isPropertyAccessExpression(member) && ts.isPrivateIdentifier(member.name))
      return native(e.copy(member, (c) => this.write(c)));
    return e.call("method", e.site(n), this.write(member.expression), this.#key(member), ...args);
  }
}

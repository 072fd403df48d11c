/**
 * @file Types as text, on one line, without docs and paths and independent of the order in which a compiler met them.
 *
 * Aliases are written out, except those in a given set. Interfaces and classes stand by name. The compiler's own printer copies
 * annotations as they are written, aliases and all; so signatures, objects, unions and conditional types are written here,
 * and the rest by the compiler.
 */
import ts from "typescript";
import { isHidden } from "./declarations.ts";

const { NoTruncation, AllowUniqueESSymbolType, InTypeAlias } = ts.TypeFormatFlags;
const flags: ts.TypeFormatFlags = NoTruncation | AllowUniqueESSymbolType | InTypeAlias;

const withoutPaths = (text: string): string =>
  text.replace(/(typeof )?import\("[^"]*"(?:, \{[^}]*\})?\)\.?/g, "$1").replace(/\s+/g, " ");

const has = (symbol: ts.Symbol, flag: ts.SymbolFlags): boolean => (symbol.flags & flag) !== 0;

export class TypeText {
  readonly #checker: ts.TypeChecker;
  readonly #named: ReadonlySet<ts.Symbol>;
  /** A place that sees the named aliases and no others. */
  readonly #scope: ts.Node | undefined;
  /** The named unions of many members, the longest first. */
  readonly #unions: readonly { readonly name: string; readonly types: readonly ts.Type[] }[];
  readonly #open: ts.Type[] = [];

  constructor(checker: ts.TypeChecker, named: ReadonlySet<ts.Symbol>, scope: ts.Node | undefined) {
    this.#checker = checker;
    this.#named = named;
    this.#scope = scope;
    this.#unions = [...named]
      .flatMap((alias) => {
        const type = checker.getDeclaredTypeOfSymbol(alias);
        const counts = type.isUnion() && type.types.length > 3 && type.aliasTypeArguments === undefined;
        return counts ? [{ name: alias.name, types: type.types }] : [];
      })
      .sort((a, b) => b.types.length - a.types.length || (a.name < b.name ? -1 : 1));
  }

  /** The type, or what its own alias stands for. */
  text(type: ts.Type, unfold = false): string {
    const { aliasSymbol, aliasTypeArguments = [] } = type;
    if (!unfold && aliasSymbol !== undefined && this.#named.has(aliasSymbol)) {
      return aliasSymbol.name + this.#list(aliasTypeArguments);
    }
    if (this.#open.includes(type)) return "…";
    this.#open.push(type);
    try {
      return this.#structure(type);
    } finally {
      this.#open.pop();
    }
  }

  #structure(type: ts.Type): string {
    if (type.isUnion()) return this.#union(type);
    if (type.isIntersection()) return type.types.map((t) => this.#operand(t)).join(" & ");
    if ((type.flags & ts.TypeFlags.Conditional) !== 0) return this.#conditional(type as ts.ConditionalType);
    if ((type.flags & ts.TypeFlags.Object) !== 0) return this.#object(type as ts.ObjectType);
    return this.#plain(type);
  }

  #plain(type: ts.Type): string {
    const text = this.#checker.typeToString(type, this.#scope, flags);
    return withoutPaths(text);
  }

  #list(types: readonly ts.Type[]): string {
    return types.length === 0 ? "" : `<${types.map((t) => this.text(t)).join(", ")}>`;
  }

  /** As an operand of a type operator. */
  #operand(type: ts.Type): string {
    const text = this.text(type);
    return /[|&?]|=>/.test(text) && !/^[\w.]*<.*>$|^\{.*\}$|^\[.*\]$/.test(text) ? `(${text})` : text;
  }

  /** Its members; where they make up a named union, that name. */
  #union(type: ts.UnionType): string {
    let rest = type.types;
    const texts: string[] = [];
    for (const { name, types } of this.#unions) {
      const isWhole = types.length === type.types.length && this.#open.length === 1;
      if (isWhole || !types.every((t) => rest.includes(t))) continue;
      texts.push(name);
      rest = rest.filter((t) => !types.includes(t));
    }
    texts.push(...rest.map((t) => this.#operand(t)));
    const both = texts.includes("true") && texts.includes("false");
    const merged = both ? ["boolean", ...texts.filter((t) => t !== "true" && t !== "false")] : texts;
    return merged.sort().join(" | ");
  }

  #conditional(type: ts.ConditionalType): string {
    const whole = this.#plain(type); // the branches are resolved by being printed
    const { checkType, extendsType, resolvedTrueType, resolvedFalseType } = type;
    if (resolvedTrueType === undefined || resolvedFalseType === undefined) return whole;
    const branches = `${this.text(resolvedTrueType)} : ${this.text(resolvedFalseType)}`;
    return `${this.#operand(checkType)} extends ${this.#operand(extendsType)} ? ${branches}`;
  }

  #object(type: ts.ObjectType): string {
    const symbol = type.getSymbol();
    if (this.#checker.isTupleType(type)) return this.#tuple(type as ts.TupleTypeReference);
    if (this.#checker.isArrayType(type)) {
      const [element] = this.#checker.getTypeArguments(type as ts.TypeReference);
      return `${symbol?.name === "ReadonlyArray" ? "readonly " : ""}${this.#operand(element)}[]`;
    }
    if ((type.objectFlags & ts.ObjectFlags.Mapped) !== 0) return this.#plain(type);
    if ((type.objectFlags & (ts.ObjectFlags.ClassOrInterface | ts.ObjectFlags.Reference)) !== 0) {
      return this.#reference(type, symbol!);
    }
    if (symbol !== undefined && has(symbol, ts.SymbolFlags.Class | ts.SymbolFlags.ValueModule)) {
      return `typeof ${symbol.name}`;
    }
    const signatures = this.signatures(type);
    const bare = signatures.length === 1 && type.getProperties().length === 0;
    return bare ? signatures[0] : this.members(type);
  }

  #reference(type: ts.Type, symbol: ts.Symbol): string {
    const { target } = type as ts.TypeReference;
    const count = (target as ts.GenericType | undefined)?.typeParameters?.length ?? 0;
    const args = count === 0 ? [] : this.#checker.getTypeArguments(type as ts.TypeReference);
    return symbol.name + this.#list(args.slice(0, count));
  }

  #tuple(type: ts.TupleTypeReference): string {
    const { elementFlags, labeledElementDeclarations, readonly } = type.target;
    const items = this.#checker.getTypeArguments(type).map((element, i) => {
      const label = labeledElementDeclarations?.[i]?.name.getText();
      const text = label === undefined ? this.#operand(element) : this.text(element);
      const flag = elementFlags[i];
      const optional = (flag & ts.ElementFlags.Optional) !== 0 ? "?" : "";
      const rest = (flag & ts.ElementFlags.Rest) !== 0 ? "[]" : "";
      const dots = (flag & ts.ElementFlags.Variable) !== 0 ? "..." : "";
      return label === undefined
        ? `${dots}${text}${rest}${optional}`
        : `${dots}${label}${optional}: ${text}${rest}`;
    });
    return `${readonly ? "readonly " : ""}[${items.join(", ")}]`;
  }

  signatures(type: ts.Type): string[] {
    return [
      ...this.#checker.getSignaturesOfType(type, ts.SignatureKind.Call).map((s) => this.#signature(s)),
      ...this.#checker
        .getSignaturesOfType(type, ts.SignatureKind.Construct)
        .map((s) => `new ${this.#signature(s)}`),
    ];
  }

  #signature(signature: ts.Signature): string {
    const generic = (signature.getTypeParameters() ?? []).map((p) => this.typeParameter(p));
    const parameters = signature.getParameters().map((p) => {
      const declaration = p.valueDeclaration;
      const isParameter = declaration !== undefined && ts.isParameter(declaration);
      const rest = isParameter && declaration.dotDotDotToken !== undefined ? "..." : "";
      const optional = isParameter && declaration.questionToken !== undefined ? "?" : "";
      const name = p.name.startsWith("__") ? "_" : p.name;
      return `${rest}${name}${optional}: ${this.text(this.#checker.getTypeOfSymbol(p))}`;
    });
    const predicate = this.#checker.getTypePredicateOfSignature(signature);
    const subject = predicate === undefined ? "" : `${predicate.parameterName ?? "this"} is `;
    const result = this.text(predicate?.type ?? signature.getReturnType());
    return `${generic.length === 0 ? "" : `<${generic.join(", ")}>`}(${parameters.join(", ")}) => ${subject}${result}`;
  }

  typeParameter(type: ts.TypeParameter): string {
    const declaration = type.symbol.declarations?.[0];
    const isConst =
      declaration !== undefined && (ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Const) !== 0;
    const [bound, standard] = [type.getConstraint(), type.getDefault()];
    return [
      `${isConst ? "const " : ""}${type.symbol.name}`,
      ...(bound === undefined ? [] : [` extends ${this.text(bound)}`]),
      ...(standard === undefined ? [] : [` = ${this.text(standard)}`]),
    ].join("");
  }

  /** The members of an object, a class or an interface, those that are inherited among them. */
  members(type: ts.Type): string {
    const properties = this.#checker
      .getPropertiesOfType(type)
      .filter((p) => !(p.declarations ?? []).some(isHidden) && !has(p, ts.SymbolFlags.Prototype))
      .map((p) => {
        const modifiers = p.declarations?.[0] && ts.getCombinedModifierFlags(p.declarations[0]);
        const readonly = ((modifiers ?? 0) & ts.ModifierFlags.Readonly) === 0 ? "" : "readonly ";
        const name = p.escapedName.toString().replace(/^__@(\w+)@\d+$/, "[$1]");
        const optional = has(p, ts.SymbolFlags.Optional) ? "?" : "";
        return `${readonly}${name}${optional}: ${this.text(this.#checker.getTypeOfSymbol(p))}`;
      })
      .sort();
    const indexed = this.#checker
      .getIndexInfosOfType(type)
      .map((info) => `[${this.text(info.keyType)}]: ${this.text(info.type)}`);
    return `{ ${[...this.signatures(type), ...indexed, ...properties].map((m) => `${m}; `).join("")}}`;
  }
}

/**
 * @file The public names of a build and their types as text: one line for each, sorted.
 *
 * Public aliases stand by name where they are used, and those that refer to themselves (which have lines of their own); all
 * others are written out.
 */
import ts from "typescript";
import { entryPoints, isType, isValue, programOf, publicNames, recursiveAliases } from "./declarations.ts";
import { TypeText } from "./type-text.ts";

/** The aliases that stand by name. */
function namedAliases(program: ts.Program, dist: string): Set<ts.Symbol> {
  const named = recursiveAliases(program, dist);
  for (const symbol of publicNames(program, dist).values()) {
    if ((symbol.flags & ts.SymbolFlags.TypeAlias) !== 0) named.add(symbol);
  }
  return named;
}

/** A program in which a further file sees the aliases that stand by name, and nothing else. */
function programWithScope(dist: string): { program: ts.Program; scope: ts.Node | undefined } {
  const files = entryPoints(dist).map((e) => e.file);
  const overlay = new Map<string, string>();
  const scopeFile = `${dist}/public-types-scope.ts`;
  let imports = "export {};\n";
  for (const alias of namedAliases(programOf(files), dist)) {
    const source = alias.declarations![0].getSourceFile();
    imports += `import type { ${alias.name} } from ${JSON.stringify(source.fileName)};\n`;
    if ((ts.getCombinedModifierFlags(alias.declarations![0]) & ts.ModifierFlags.Export) !== 0) continue;
    const text = overlay.get(source.fileName) ?? source.text;
    overlay.set(source.fileName, `${text}\nexport { ${alias.name} };`);
  }
  overlay.set(scopeFile, imports);
  const program = programOf([...files, scopeFile], overlay);
  return { program, scope: program.getSourceFile(scopeFile) };
}

/** The lines of a build's public names. */
export function printNames(dist: string): string[] {
  const { program, scope } = programWithScope(dist);
  const checker = program.getTypeChecker();
  const texts = new TypeText(checker, namedAliases(program, dist), scope);

  const valueText = (symbol: ts.Symbol): string => {
    const type = checker.getTypeOfSymbol(symbol);
    if ((symbol.flags & ts.SymbolFlags.Class) !== 0) return `class ${texts.members(type)}`;
    return (symbol.flags & ts.SymbolFlags.Function) !== 0
      ? `function ${texts.signatures(type).join(" and ")}`
      : `const ${texts.text(type)}`;
  };
  const typeText = (symbol: ts.Symbol): string => {
    const type = checker.getDeclaredTypeOfSymbol(symbol);
    const isAlias = (symbol.flags & ts.SymbolFlags.TypeAlias) !== 0;
    const parameters = isAlias ? type.aliasTypeArguments : (type as ts.InterfaceType).typeParameters;
    const generic = (parameters ?? []).map((p) => texts.typeParameter(p));
    const head = generic.length === 0 ? "" : `<${generic.join(", ")}> `;
    return `type ${head}${isAlias ? texts.text(type, true) : texts.members(type)}`;
  };

  const lines = [...publicNames(program, dist)].flatMap(([name, symbol]) => [
    ...(isValue(symbol) ? [`${name}: ${valueText(symbol)}`] : []),
    ...(isType(symbol) ? [`${name}: ${typeText(symbol)}`] : []),
  ]);
  const aliases = [...recursiveAliases(program, dist)].map(
    (alias) => `(recursive) ${alias.name}: ${typeText(alias)}`,
  );
  return [...new Set([...lines, ...aliases])].sort();
}

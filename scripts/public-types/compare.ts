/**
 * @file Whether two builds have the same public names, and types that can be assigned both ways.
 *
 * A module that imports both builds assigns each type of one to that of the other; the compiler's errors are the
 * differences. Generic types and signatures are compared with their type parameters held fixed. Classes with private
 * members would differ by identity, and aliases that refer to themselves or stand for a condition could not be related
 * inside others: in the old build these, the public classes and the types named by the caller are the new ones; what they say
 * is compared on its own, and an alias of the same name that says something else stays what it is. What assignability does not see (defaults, `readonly`, names of
 * parameters, parameters of methods) shows in the text of a type: where that differs, a note says so.
 */
import { resolve } from "node:path";
import ts from "typescript";
import {
  entryPoints,
  filesOf,
  isHidden,
  isType,
  isValue,
  programOf,
  publicNames,
  recursiveAliases,
  typeParametersOf,
} from "./declarations.ts";
import { printNames } from "./print.ts";

export interface Comparison {
  readonly names: number;
  /** Names whose types are assignable both ways, but written differently. */
  readonly notes: readonly string[];
  readonly differences: readonly string[];
}

/** A type in the words of the file that declares it. */
interface Phrase {
  readonly file: string;
  readonly parameters: readonly ts.TypeParameterDeclaration[];
  readonly text: string;
}

interface Question {
  readonly name: string;
  readonly old: Phrase;
  readonly new: Phrase;
}

/** Texts to put in place of others in a file, and to append to it. */
class Overlay {
  readonly #edits = new Map<ts.SourceFile, { start: number; end: number; text: string }[]>();
  readonly #ends = new Map<ts.SourceFile, string[]>();

  replace(node: ts.Node, text: string): void {
    const file = node.getSourceFile();
    const list = this.#edits.get(file) ?? [];
    this.#edits.set(file, list);
    list.push({ start: node.getStart(file), end: node.end, text });
  }

  append(file: ts.SourceFile, text: string): void {
    this.#ends.set(file, [...(this.#ends.get(file) ?? []), text]);
  }

  texts(): Map<string, string> {
    const files = new Set([...this.#edits.keys(), ...this.#ends.keys()]);
    return new Map([...files].map((file) => [file.fileName, this.#text(file)]));
  }

  #text(file: ts.SourceFile): string {
    let { text } = file;
    for (const { start, end, text: other } of (this.#edits.get(file) ?? []).sort(
      (a, b) => b.start - a.start,
    )) {
      text = text.slice(0, start) + other + text.slice(end);
    }
    return [text, ...(this.#ends.get(file) ?? [])].join("\n");
  }
}

/** What a declaration that was replaced by the new build's is called in the old one. */
const formerly = (name: string): string => `${name}__old`;

const isExported = (declaration: ts.Declaration): boolean =>
  (ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Export) !== 0;

/** The declarations at the top of a build's files that may have to be identified, by name. */
function identities(program: ts.Program, dist: string, wanted: ReadonlySet<ts.Symbol | string>) {
  const checker = program.getTypeChecker();
  const found = new Map<string, ts.Symbol>();
  const add = (node: ts.Node, counts: (symbol: ts.Symbol) => boolean): void => {
    const symbol = checker.getSymbolAtLocation(node);
    if (symbol === undefined || found.has(symbol.name)) return;
    if (wanted.has(symbol) || wanted.has(symbol.name) || counts(symbol)) found.set(symbol.name, symbol);
  };
  for (const file of filesOf(program, dist)) {
    for (const statement of file.statements) {
      if (ts.isClassDeclaration(statement)) {
        const isNominal = statement.members.some(isHidden);
        add(statement.name!, () => isNominal);
      } else if (ts.isTypeAliasDeclaration(statement)) {
        add(statement.name, () => ts.isConditionalTypeNode(statement.type));
      } else if (ts.isInterfaceDeclaration(statement)) {
        add(statement.name, () => false);
      } else if (ts.isVariableStatement(statement)) {
        for (const { name, type } of statement.declarationList.declarations) {
          add(name, () => type?.getText() === "unique symbol");
        }
      }
    }
  }
  return found;
}

/** Puts the new build's declarations in place of the old one's that stand for the same by their identity. */
function identify(
  overlay: Overlay,
  old: ReadonlyMap<string, ts.Symbol>,
  recent: ReadonlyMap<string, ts.Symbol>,
): Set<ts.Symbol> {
  const replaced = new Set<ts.Symbol>();
  for (const [name, symbol] of old) {
    const target = recent.get(name)?.declarations?.[0];
    if (target === undefined) continue;
    replaced.add(symbol);
    for (const declaration of symbol.declarations ?? []) {
      overlay.replace((declaration as ts.ClassDeclaration).name!, formerly(name));
      if (!ts.isClassDeclaration(declaration)) continue;
      for (const member of declaration.members) {
        if (isHidden(member)) overlay.replace(member, "");
      }
    }
    if (!isExported(target)) overlay.append(target.getSourceFile(), `export { ${name} };`);
    const file = symbol.declarations![0].getSourceFile();
    overlay.append(file, `import { ${name} } from ${JSON.stringify(target.getSourceFile().fileName)};`);
    if (isExported(symbol.declarations![0])) overlay.append(file, `export { ${name} };`);
  }
  return replaced;
}

const nameOf = (declaration: ts.Declaration): string => ts.getNameOfDeclaration(declaration)!.getText();

function phrase(
  declaration: ts.Declaration,
  text: string,
  parameters: readonly ts.TypeParameterDeclaration[] = [],
): Phrase {
  return { file: declaration.getSourceFile().fileName, parameters, text };
}

/** The members of a class, its static ones and its constructor's parameters, without its identity. */
function classPhrases(declaration: ts.Declaration, isReplaced: boolean): Phrase[] {
  const name = isReplaced ? formerly(nameOf(declaration)) : nameOf(declaration);
  const parameters = typeParametersOf(declaration);
  const instance = name + argumentsText(parameters);
  return [
    phrase(declaration, `{ [K in keyof ${instance}]: ${instance}[K] }`, parameters),
    phrase(declaration, `{ [K in Exclude<keyof typeof ${name}, "prototype">]: (typeof ${name})[K] }`),
    phrase(declaration, `ConstructorParameters<typeof ${name}>`),
  ];
}

function valuePhrases(symbol: ts.Symbol, overloads: boolean): Phrase[] {
  const declarations = (symbol.declarations ?? []).filter((d) => !ts.isInterfaceDeclaration(d));
  if (!overloads) return [phrase(declarations[0], `typeof ${nameOf(declarations[0])}`)];
  return declarations.filter(ts.isFunctionDeclaration).map((d) => {
    const parameters = d.parameters.map((p) => p.getText()).join(", ");
    return phrase(d, `(${parameters}) => ${d.type?.getText() ?? "any"}`, d.typeParameters);
  });
}

function typePhrase(symbol: ts.Symbol, isReplaced = false): Phrase {
  const declaration = symbol.declarations!.find((d) => !ts.isVariableDeclaration(d))!;
  const parameters = typeParametersOf(declaration);
  const name = isReplaced ? formerly(nameOf(declaration)) : nameOf(declaration);
  return phrase(declaration, name + argumentsText(parameters), parameters);
}

const argumentsText = (parameters: readonly ts.TypeParameterDeclaration[]): string =>
  parameters.length === 0 ? "" : `<${parameters.map((p) => p.name.text).join(", ")}>`;

const isClass = (symbol: ts.Symbol): boolean => (symbol.flags & ts.SymbolFlags.Class) !== 0;
const overloadsOf = (symbol: ts.Symbol): number =>
  (symbol.declarations ?? []).filter(ts.isFunctionDeclaration).length;

/** What is to be assignable both ways for a public name to be the same in both builds. */
function questionsOf(name: string, old: ts.Symbol, recent: ts.Symbol, replaced: boolean): Question[] {
  const pair = (a: readonly Phrase[], b: readonly Phrase[]): Question[] =>
    a.map((phrase, i) => ({ name, old: phrase, new: b[i] }));
  if (replaced && isClass(old) && isClass(recent)) {
    const declaration = (s: ts.Symbol): ts.Declaration => s.declarations!.find(ts.isClassDeclaration)!;
    return pair(classPhrases(declaration(old), true), classPhrases(declaration(recent), false));
  }
  const overloads = overloadsOf(old) > 0 && overloadsOf(old) === overloadsOf(recent);
  return [
    ...(isValue(old) ? pair(valuePhrases(old, overloads), valuePhrases(recent, overloads)) : []),
    ...(isType(old) ? pair([typePhrase(old, replaced)], [typePhrase(recent)]) : []),
  ];
}

/** The module that asks all questions, each on lines of its own; the aliases that it imports are appended to the builds. */
function interrogation(program: ts.Program, overlay: Overlay, questions: readonly Question[]): string[] {
  const define = (side: string, id: number, { file, parameters, text }: Phrase): string => {
    const source = program.getSourceFile(file)!;
    const bounds = parameters.map((p) => p.constraint?.getText() ?? "unknown");
    const defaults = parameters.map((p) => p.default?.getText() ?? "unknown");
    const generic = argumentsText(parameters);
    overlay.append(
      source,
      `export type ask_${id}${generic} = [${[text, ...bounds, ...defaults].join(", ")}];`,
    );
    bounds.forEach((bound, i) => {
      const earlier = argumentsText(parameters.slice(0, i));
      overlay.append(source, `export type ask_${id}_${i}${earlier} = ${bound};`);
    });
    const names = [`ask_${id}`, ...bounds.map((_, i) => `ask_${id}_${i}`)];
    const list = names.map((n) => `${n} as ${side}_${n}`).join(", ");
    return `import type { ${list} } from ${JSON.stringify(file)};`;
  };
  return questions.map((question, id) => {
    const { parameters } = question.new;
    const imports = `${define("old", id, question.old)} ${define("new", id, question.new)}`;
    const bounded = parameters.map(
      (p, i) => `${p.name.text} extends new_ask_${id}_${i}${argumentsText(parameters.slice(0, i))}`,
    );
    const generic = bounded.length === 0 ? "" : `<${bounded.join(", ")}>`;
    const args = argumentsText(parameters);
    const head = `export function ask_${id}${generic}(a: old_ask_${id}${args}, b: new_ask_${id}${args}): void {`;
    return `${imports} ${head}\na = b;\nb = a;\n}`;
  });
}

const linesOfQuestion = 4;

/** Errors that say that a build, or the question itself, is not understood. */
const unresolved = new Set([2304, 2305, 2307, 2314, 2503, 2552, 2694, 2724, 2749]);

/** The first error of each question that has one. */
function answers(program: ts.Program, file: string, questions: readonly Question[]): Map<number, string> {
  const source = program.getSourceFile(file)!;
  const found = new Map<number, string>();
  for (const { start, code, messageText } of program.getSemanticDiagnostics(source)) {
    const { line } = source.getLineAndCharacterOfPosition(start ?? 0);
    const id = Math.floor(line / linesOfQuestion);
    const part = line % linesOfQuestion;
    if (found.has(id) || (part === 0 && !unresolved.has(code))) continue; // bounds: compared on their own
    const verdict = ["is not understood", "new is not assignable to old", "old is not assignable to new"][
      part
    ];
    const message = ts.flattenDiagnosticMessageText(messageText, "\n").replace(/^/gm, "    ");
    found.set(id, `${questions[id].name}: ${verdict}\n${message}`);
  }
  return found;
}

/** Names of which one build says something that the other does not know. */
function unknownNames(program: ts.Program, dists: readonly string[]): string[] {
  return dists.flatMap((dist) =>
    filesOf(program, dist).flatMap((file) =>
      program
        .getSemanticDiagnostics(file)
        .filter((d) => unresolved.has(d.code))
        .map((d) => `${file.fileName}: ${ts.flattenDiagnosticMessageText(d.messageText, " ")}`),
    ),
  );
}

const kindOf = (symbol: ts.Symbol): string =>
  [...(isValue(symbol) ? ["a value"] : []), ...(isType(symbol) ? ["a type"] : [])].join(" and ");

/** Names that are in one build only, or that are another kind of thing. */
function missingNames(old: ReadonlyMap<string, ts.Symbol>, recent: ReadonlyMap<string, ts.Symbol>): string[] {
  const gone = [...old].flatMap(([name, symbol]) => {
    const now = recent.get(name);
    if (now === undefined) return [`${name}: is missing`];
    return kindOf(now) === kindOf(symbol) ? [] : [`${name}: was ${kindOf(symbol)}, is ${kindOf(now)}`];
  });
  return [...gone, ...[...recent.keys()].filter((name) => !old.has(name)).map((name) => `${name}: is new`)];
}

/** Lines of names whose text differs. */
function differentTexts(oldDist: string, newDist: string): string[] {
  const table = (dist: string): Map<string, string> =>
    new Map(printNames(dist).map((line) => [line.split(": ", 1)[0] + line.split(/: (\w+)/)[1], line]));
  const recent = table(newDist);
  return [...table(oldDist)].flatMap(([key, line]) => {
    const now = recent.get(key);
    return now === undefined || now === line || line.startsWith("(") ? [] : [`${line}\n   -> ${now}`];
  });
}

interface Builds {
  readonly program: ts.Program;
  readonly dists: readonly string[];
  readonly names: readonly ReadonlyMap<string, ts.Symbol>[];
  readonly same: readonly string[];
}

/**
 * The differences between types, if the old build's declarations of all names but `distinct` may be replaced by the new
 * build's; and which aliases may not, since they say something else.
 */
function differentTypes(
  builds: Builds,
  distinct: ReadonlySet<string>,
): [differences: string[], aliases: string[]] {
  const { program, dists, names, same } = builds;
  const [old, recent] = names;
  const overlay = new Overlay();
  const [oldSame, newSame] = dists.map((dist, i) => {
    const classes = [...names[i].values()].filter(isClass);
    return identities(program, dist, new Set([...classes, ...recursiveAliases(program, dist), ...same]));
  });
  for (const name of distinct) oldSame.delete(name);
  const replaced = identify(overlay, oldSame, newSame);
  const questions = [...old].flatMap(([name, symbol]) => {
    const now = recent.get(name);
    const comparable = now !== undefined && kindOf(now) === kindOf(symbol);
    return comparable ? questionsOf(name, symbol, now, replaced.has(symbol)) : [];
  });
  const isAlias = (s: ts.Symbol): boolean => (s.flags & ts.SymbolFlags.TypeAlias) !== 0;
  const premises = [...replaced]
    .filter((s) => isAlias(s) && !same.includes(s.name))
    .flatMap((alias) => questionsOf(alias.name, alias, newSame.get(alias.name)!, true));
  const file = `${dists[1]}/public-types-questions.ts`;
  const all = [...premises, ...questions];
  const text = interrogation(program, overlay, all).join("\n");
  const roots = [...program.getRootFileNames(), file];
  const found = [...answers(programOf(roots, overlay.texts().set(file, text)), file, all)];
  return [
    found.filter(([id]) => id >= premises.length).map(([, difference]) => difference),
    found.filter(([id]) => id < premises.length).map(([id]) => premises[id].name),
  ];
}

/** Compares two builds. `same`: types, by name, that count as one and the same. */
export function compareBuilds(oldDist: string, newDist: string, same: readonly string[]): Comparison {
  const dists = [resolve(oldDist), resolve(newDist)];
  const program = programOf(dists.flatMap((dist) => entryPoints(dist).map((e) => e.file)));
  const names = dists.map((dist) => publicNames(program, dist));
  const builds = { program, dists, names, same };
  const distinct = new Set<string>();
  let [differences, aliases] = differentTypes(builds, distinct);
  while (aliases.length > 0) {
    for (const alias of aliases) distinct.add(alias);
    [differences, aliases] = differentTypes(builds, distinct);
  }
  return {
    names: names[0].size,
    notes: differentTexts(oldDist, newDist),
    differences: [...missingNames(names[0], names[1]), ...unknownNames(program, dists), ...differences],
  };
}

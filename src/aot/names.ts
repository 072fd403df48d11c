/** @file Names in modules: those of parameters, of exports, and of what leads to a leaf. */
import { ArgumentError } from "../base/errors.ts";
import { show } from "../base/checks.ts";
import { isReserved } from "../base/words.ts";

export const isIdentifier = (text: string): boolean => /^[A-Za-z_$][\w$]*$/.test(text);

/** What the functions of a module use of the language: no parameter may hide it. */
const isUsed = (name: string): boolean => /^(?:Math|Error|\w*Array)$/.test(name);

/** The text between the brackets of a parameter list that begins at `from`, cut at its commas. */
function parameterTexts(text: string, from: number): string[] {
  const parts = [""];
  let depth = 0;
  for (const c of text.slice(from)) {
    if (c === ")" && depth === 0) return parts;
    if ("([{".includes(c)) depth++;
    if (")]}".includes(c)) depth--;
    if (c === "," && depth === 0) parts.push("");
    else parts[parts.length - 1] += c;
  }
  return [];
}

/** The names of a function's parameters as its text tells them; `x0`, `x1` … for those that it does not. */
export function parameterNames(f: (...args: never[]) => unknown, count: number): string[] {
  const text = Function.prototype.toString.call(f);
  const head = /^(?:async\s+)?(?:function\s*[\w$]*\s*|[\w$]+\s*)?\(/.exec(text);
  const single = /^([A-Za-z_$][\w$]*)\s*=>/.exec(text)?.[1];
  const texts = single !== undefined ? [single] : head === null ? [] : parameterTexts(text, head[0].length);
  const found = texts.map((part) => part.split("=")[0].trim());
  const used = new Set<string>();
  return Array.from({ length: count }, (_, i) => {
    const name = found.at(i) ?? "";
    // Names with a dollar sign are the module's own.
    const plain = /^[A-Za-z_]\w*$/.test(name) && !isReserved(name) && !isUsed(name) && !used.has(name);
    let chosen = plain ? name : `x${i}`;
    while (used.has(chosen)) chosen += "_";
    used.add(chosen);
    return chosen;
  });
}

/** Checks the name of an export. */
export function checkExportName(name: string, taken: readonly string[]): void {
  if (!isIdentifier(name))
    throw new ArgumentError(
      `exportModule: ${show(name)} cannot name an export; use letters, digits, _ and $, a digit not first.`,
    );
  if (taken.includes(name))
    throw new ArgumentError(
      `exportModule: the name ${name} is taken, a module with { load: "manual" } exports it itself; choose another one.`,
    );
}

/** A property in a type or an object literal. (`__proto__: x` would set the prototype.) */
export const keyText = (key: string): string =>
  key === "__proto__" ? `["__proto__"]` : isIdentifier(key) ? key : JSON.stringify(key);

/** A step to a property, for reading. */
export const stepText = (key: string): string => (isIdentifier(key) ? `.${key}` : `[${JSON.stringify(key)}]`);

/** The same for a value that may be null or missing. */
export const optionalStepText = (key: string): string =>
  isIdentifier(key) ? `?.${key}` : `?.[${JSON.stringify(key)}]`;

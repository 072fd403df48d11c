/**
 * @file A function of a module around its program: takes trees of plain data apart, checks and converts the leaves, calls the
 * program, and puts the result together. The same for every format; a `Host` says where the program's data are.
 */
import { type DType, isBool, isComplex, isInteger, isWide } from "../dtypes/dtype.ts";
import { halfFunctions, integerLimits, isHalf, scalarText, wrapText } from "../loops/ir/values.ts";
import { keyText, optionalStepText, stepText } from "./names.ts";
import type { PlainLeaf, PlainTree, Signature } from "./signature.ts";

/** How a format calls a program. */
export interface Host {
  /** Statements before all others. */
  readonly begin: readonly string[];
  /** Programs work on the caller's arrays; if not, on rooms of their own. */
  readonly direct: boolean;
  /** The typed array that a parameter or an output of the program lies in, if not in the caller's. */
  room(side: "param" | "out", place: number): string;
  /**
   * The statements that call the program, given the text of each parameter (numbers; arrays, if direct) and of each output.
   * @returns they, and the text of each number that it gives
   */
  call(params: readonly string[], outs: readonly string[]): { lines: readonly string[]; results: string[] };
}

/** A leaf's type, as messages and comments speak of it: `float32[2,3]`, `int32`. */
export const typeText = ({ passed: { aval } }: PlainLeaf): string =>
  aval.ndim === 0 ? aval.dtype : `${aval.dtype}[${aval.shape.join(",")}]`;

/** The name of the parameter for arrays that the caller provides; null if no result is an array. */
export function outName({ params, outputs }: Signature): string | null {
  if (outputs.every((leaf) => leaf.number)) return null;
  return params.includes("out") ? "out$" : "out";
}

/** The checked number as its dtype holds it. */
function numberText(x: string, dtype: DType, where: string): string {
  if (isBool(dtype)) return `$truth(${x}, ${where})`;
  const type = JSON.stringify(dtype);
  if (isInteger(dtype)) {
    const limits = integerLimits(dtype).map(scalarText).join(", ");
    return `${isWide(dtype) ? "$wide" : "$whole"}(${x}, ${limits}, ${where}, ${type})`;
  }
  return wrapText(`$number(${x}, ${where}, ${type})`, dtype);
}

function arrayText(x: string, leaf: PlainLeaf, where: string): string {
  const [own, other] = leaf.classes;
  const args = [x, own, leaf.length, where, JSON.stringify(typeText(leaf))];
  return `$array(${[...args, ...(leaf.classes.length > 1 ? [JSON.stringify(other)] : [])].join(", ")})`;
}

class Wrapper {
  readonly #signature: Signature;
  readonly #host: Host;
  readonly #lines: string[] = [];
  readonly #params: string[] = [];
  /** Names of arrays that are handed over as they are. */
  readonly #direct: string[] = [];

  constructor(signature: Signature, host: Host) {
    this.#signature = signature;
    this.#host = host;
  }

  #where(path: string): string {
    return JSON.stringify(`${this.#signature.name}: ${path}`);
  }

  /** Checks an argument and hands its leaves over. `path` is how it is read, `shown` how messages name it. */
  #take(tree: PlainTree, path: string, shown: string): void {
    switch (tree.kind) {
      case "leaf":
        this.#takeLeaf(tree.index, path, shown);
        return;
      case "null":
        this.#lines.push(`$null(${path}, ${this.#where(shown)});`);
        return;
      case "list":
        this.#lines.push(`$list(${path}, ${tree.items.length}, ${this.#where(shown)});`);
        tree.items.forEach((item, i) => this.#take(item, `${path}[${i}]`, `${shown}[${i}]`));
        return;
      case "record":
        for (const [key, value] of tree.entries)
          this.#take(value, path + optionalStepText(key), shown + stepText(key));
    }
  }

  #takeLeaf(index: number, path: string, shown: string): void {
    const leaf = this.#signature.inputs[index];
    const { places, aval, scalar } = leaf.passed;
    const where = this.#where(shown);
    const name = `i${index}$`;
    const { dtype } = aval;
    this.#lines.push(
      `const ${name} = ${leaf.number ? numberText(path, dtype, where) : arrayText(path, leaf, where)};`,
    );
    if (leaf.number) {
      this.#params[places[0]] = name;
      return;
    }
    if (scalar) {
      places.forEach((place, i) => (this.#params[place] = `${name}[${i}]`));
      return;
    }
    const converted = isBool(dtype) || isHalf(dtype) || isComplex(dtype);
    if (this.#host.direct && !converted) {
      this.#params[places[0]] = name;
      this.#direct.push(name);
      return;
    }
    const rooms = places.map((place) => this.#host.room("param", place));
    places.forEach((place, i) => (this.#params[place] = rooms[i]));
    if (isComplex(dtype)) this.#lines.push(`$split(${rooms.join(", ")}, ${name});`);
    else if (isBool(dtype)) this.#lines.push(`$truths(${rooms[0]}, ${name});`);
    else if (isHalf(dtype)) this.#lines.push(`$map(${rooms[0]}, ${name}, $.${halfFunctions[dtype].encode});`);
    else this.#lines.push(`${rooms[0]}.set(${name});`);
  }

  /** The arrays of the result: the caller's, or new ones. */
  #outArrays(tree: PlainTree, path: string, shown: string, given: string): void {
    switch (tree.kind) {
      case "leaf": {
        const leaf = this.#signature.outputs[tree.index];
        if (leaf.number) return;
        const fresh = `new ${leaf.classes[0]}(${leaf.length})`;
        const checked = arrayText(path, { ...leaf, classes: [leaf.classes[0]] }, this.#where(shown));
        this.#lines.push(`const o${tree.index}$ = ${given} == null ? ${fresh} : ${checked};`);
        return;
      }
      case "null":
        return;
      case "list":
        tree.items.forEach((item, i) => this.#outArrays(item, `${path}?.[${i}]`, `${shown}[${i}]`, given));
        return;
      case "record":
        for (const [key, value] of tree.entries)
          this.#outArrays(value, path + optionalStepText(key), shown + stepText(key), given);
    }
  }

  /** The result from its leaves. */
  #resultText(tree: PlainTree, leaves: readonly string[]): string {
    switch (tree.kind) {
      case "leaf":
        return leaves[tree.index];
      case "null":
        return "null";
      case "list":
        return `[${tree.items.map((item) => this.#resultText(item, leaves)).join(", ")}]`;
      case "record": {
        const entries = tree.entries.map(([k, v]) => `${keyText(k)}: ${this.#resultText(v, leaves)}`);
        return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
      }
    }
  }

  /** Which arrays the program writes to, and what is done with them afterwards. */
  #outputs(given: string | null): { outs: string[]; after: string[] } {
    const { outputs } = this.#signature;
    const outs: string[] = [];
    const after: string[] = [];
    const arrays = outputs.flatMap((leaf, i) => (leaf.number ? [] : [`o${i}$`]));
    const apart: string[] = [];
    outputs.forEach((leaf, i) => {
      const { passed } = leaf;
      const { places, aval } = passed;
      if (passed.scalar) return;
      const name = `o${i}$`;
      if (this.#host.direct && !isComplex(aval.dtype) && !isHalf(aval.dtype)) {
        if (this.#direct.length === 0) {
          outs[places[0]] = name;
          return;
        }
        outs[places[0]] = `w${i}$`;
        this.#lines.push(`let w${i}$ = ${name};`);
        apart.push(`w${i}$ = $apart(${name}, inputs$);`);
        after.push(`if (w${i}$ !== ${name}) ${name}.set(w${i}$);`);
        return;
      }
      const rooms = places.map((place) => this.#host.room("out", place));
      places.forEach((place, k) => (outs[place] = rooms[k]));
      if (isComplex(aval.dtype)) after.push(`$join(${name}, ${rooms.join(", ")});`);
      else if (isHalf(aval.dtype))
        after.push(`$map(${name}, ${rooms[0]}, $.${halfFunctions[aval.dtype].decode});`);
      else after.push(`${name}.set(${rooms[0]});`);
    });
    if (given !== null) {
      const checks = arrays.length > 1 ? [`$distinct([${arrays.join(", ")}], ${this.#where(given)});`] : [];
      // An array that is also an argument is written when the arguments have been read.
      if (apart.length > 0) checks.push(`const inputs$ = [${this.#direct.join(", ")}];`, ...apart);
      if (checks.length > 0) this.#lines.push(`if (${given} != null) {`, ...checks.map((c) => `  ${c}`), "}");
    }
    return { outs, after };
  }

  text(): string {
    const { params, args, result, outputs, embedded, program } = this.#signature;
    if (this.#host.direct)
      for (const { place } of embedded) this.#params[place] = this.#host.room("param", place);
    args.forEach((tree, i) => this.#take(tree, params[i], params[i]));
    const given = outName(this.#signature);
    if (given !== null) this.#outArrays(result, given, given, given);
    const { outs, after } = this.#outputs(given);
    const { lines, results } = this.#host.call(this.#params, outs);
    const leaves = outputs.map((leaf, i) => {
      const places = leaf.passed.places.map((place) => results[place - program.outs.length]);
      if (leaf.number) return places[0];
      if (leaf.passed.scalar) places.forEach((text, k) => after.push(`o${i}$[${k}] = ${text};`));
      return `o${i}$`;
    });
    const body = [
      ...this.#host.begin,
      ...this.#lines,
      ...lines,
      ...after,
      `return ${this.#resultText(result, leaves)};`,
    ];
    const names = given === null ? params : [...params, given];
    return [
      `function ${this.#signature.name}$(${names.join(", ")}) {`,
      ...body.map((line) => `  ${line}`),
      "}",
    ].join("\n");
  }
}

/** The text of a function `name$` that takes plain data. */
export const wrapperText = (signature: Signature, host: Host): string => new Wrapper(signature, host).text();

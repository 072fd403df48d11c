/** @file The declarations of a module: its functions' types, with shapes and dtypes in comments. */
import { isBool, isComplex, isWide } from "../dtypes/dtype.ts";
import { isReserved } from "../base/words.ts";
import { keyText } from "./names.ts";
import type { PlainLeaf, PlainTree, Signature } from "./signature.ts";
import { outName, typeText } from "./wrapper.ts";

type Use = "argument" | "result" | "out";

/** Classes that TypeScript's libraries of the last years know. */
const isKnown = (name: string): boolean => name !== "Float16Array";

function leafType(leaf: PlainLeaf, use: Use): string {
  const { dtype } = leaf.passed.aval;
  const note = `${typeText(leaf)}${isComplex(dtype) ? ", as pairs (re, im)" : ""}`;
  if (leaf.number) {
    if (use === "out") return "unknown";
    if (isWide(dtype)) return `bigint /* ${note} */`;
    return isBool(dtype) && use === "argument" ? `(number | boolean) /* ${note} */` : `number /* ${note} */`;
  }
  const classes = use === "argument" ? leaf.classes.filter(isKnown) : leaf.classes.slice(0, 1);
  const type = classes.length === 1 ? classes[0] : `(${classes.join(" | ")})`;
  return `${type} /* ${note} */`;
}

function treeType(tree: PlainTree, leaves: readonly PlainLeaf[], use: Use): string {
  const readonly = use === "result" ? "" : "readonly ";
  switch (tree.kind) {
    case "leaf":
      return leafType(leaves[tree.index], use);
    case "null":
      return use === "result" ? "null" : "null | undefined";
    case "list":
      return `${readonly}[${tree.items.map((item) => treeType(item, leaves, use)).join(", ")}]`;
    case "record": {
      const optional = (value: PlainTree): string =>
        value.kind === "null" && use !== "result"
          ? "?"
          : use === "out" && value.kind === "leaf" && leaves[value.index].number
            ? "?"
            : "";
      const entries = tree.entries.map(
        ([key, value]) => `${readonly}${keyText(key)}${optional(value)}: ${treeType(value, leaves, use)}`,
      );
      return entries.length === 0 ? "{}" : `{ ${entries.join("; ")} }`;
    }
  }
}

function docs(signature: Signature): string {
  const out = outName(signature);
  const { inputs, outputs } = signature;
  const all = [...inputs, ...outputs].map((leaf) => leaf.passed.aval.dtype);
  const notes = [
    ...(all.some((d) => d === "float16" || d === "bfloat16")
      ? ["float16 and bfloat16 arrays travel as float32 numbers, rounded on the way in."]
      : []),
    ...(all.some(isComplex)
      ? ["Complex arrays are pairs: the real part of each element, then its imaginary part."]
      : []),
    ...(out === null
      ? []
      : [`@param ${out} arrays to write the result to, shaped like it; without it they are made anew.`]),
    "@throws TypeError, RangeError for data of another kind or length",
  ];
  return ["/**", " * Arrays are flat and row-major.", ...notes.map((n) => ` * ${n}`), " */"].join("\n");
}

function declaration(signature: Signature): string {
  const { name, params, args, result, inputs, outputs } = signature;
  const own = params.map((p, i) => `${p}: ${treeType(args[i], inputs, "argument")}`);
  const out = outName(signature);
  const last = out === null ? [] : [`${out}?: ${treeType(result, outputs, "out")} | null`];
  const plain = !isReserved(name);
  const text = [
    docs(signature),
    `${plain ? "export " : ""}declare function ${plain ? name : `${name}$`}(`,
    ...[...own, ...last].map((line) => `  ${line},`),
    `): ${treeType(result, outputs, "result")};`,
  ];
  return [...text, ...(plain ? [] : [`export { ${name}$ as ${name} };`])].join("\n");
}

/** The declarations of these functions, and of what else the module exports. */
export const declarations = (signatures: readonly Signature[], head: string, others: string): string =>
  `${[head, ...signatures.map(declaration), others].filter((text) => text !== "").join("\n\n")}\n`;

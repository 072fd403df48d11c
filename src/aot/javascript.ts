/**
 * @file Modules of JavaScript: each program as `jit` runs it, its temporaries in one memory that all functions share, for they
 * run one at a time.
 */
import { type DType, arrayClassName, dtypeInfo } from "../dtypes/dtype.ts";
import { emitJs } from "../loops/emit/javascript/codegen.ts";
import { runtimeText } from "../loops/emit/javascript/runtime-text.ts";
import { hoistAllocations } from "../loops/passes/hoist.ts";
import { ConstantPool } from "./constants.ts";
import { helpersText } from "./helpers.ts";
import type { Signature } from "./signature.ts";
import { type Host, wrapperText } from "./wrapper.ts";

/** Where arrays begin: at multiples of a cache line. */
const align = 64;

/** The memory of one function: it begins at 0 in what all share. */
class Memory {
  bytes = 0;

  /** The text of an array of its own. */
  array(dtype: DType, size: number): string {
    const offset = this.bytes;
    this.bytes = Math.ceil((offset + size * dtypeInfo(dtype).bytes) / align) * align;
    return `new ${arrayClassName(dtype)}($memory, ${offset}, ${size})`;
  }
}

/** Texts without empty ones, a line between them. */
export const joined = (texts: readonly string[]): string =>
  `${texts.filter((text) => text !== "").join("\n\n")}\n`;

/** The `export` of all functions. */
export const exportsText = (signatures: readonly Signature[]): string =>
  `export { ${signatures.map(({ name }) => `${name}$ as ${name}`).join(", ")} };`;

function functionText(signature: Signature, memory: Memory, constants: ConstantPool): string {
  const { name, program, embedded } = signature;
  const rooms = new Map<string, string>();
  const declared: string[] = [];
  const host: Host = {
    direct: true,
    begin: [],
    room: (side, place) => {
      const constant = side === "param" ? embedded.find((e) => e.place === place) : undefined;
      if (constant !== undefined) return constants.name(constant.data);
      const key = `${name}$${side}${place}`;
      if (!rooms.has(key)) {
        const x = side === "param" ? program.params[place] : program.outs[place];
        if (x.kind === "buffer") declared.push(`const ${key} = ${memory.array(x.dtype, x.size)};`);
        rooms.set(key, key);
      }
      return key;
    },
    call: (params, outs) => {
      const call = `${name}$program(${[...params, ...outs].join(", ")})`;
      const { length } = program.results;
      const results = program.results.map((_, i) => (length === 1 ? "r$" : `r$[${i}]`));
      return { lines: [length === 0 ? `${call};` : `const r$ = ${call};`], results };
    },
  };
  const wrapper = wrapperText(signature, host);
  const body = emitJs({ ...program, body: hoistAllocations(program.body) }, false, (b) =>
    memory.array(b.dtype, b.size),
  );
  const inner = body.replace('"use strict";\n', "");
  return [...declared, `const ${name}$program = (() => {\n${inner}\n})();`, wrapper].join("\n");
}

/** The module of these functions. */
export function javascriptModule(signatures: readonly Signature[], head: string): string {
  const constants = new ConstantPool();
  let bytes = 0;
  const functions = signatures.map((signature) => {
    const memory = new Memory();
    const text = functionText(signature, memory, constants);
    bytes = Math.max(bytes, memory.bytes);
    return text;
  });
  const text = [constants.text, ...functions].join("\n");
  return joined([
    head,
    helpersText(text),
    runtimeText(text),
    bytes > 0 ? `const $memory = new ArrayBuffer(${bytes});` : "",
    constants.text,
    ...functions,
    exportsText(signatures),
  ]);
}

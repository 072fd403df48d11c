/** @file Operations while they are read. */
import type { Attribute, Attributes } from "./attributes.ts";
import type { Block, Value } from "./ir.ts";
import type { Reader } from "./reader.ts";
import type { Type } from "./types.ts";

/** What is known of an operation before its types. */
export interface Draft {
  readonly name: string;
  readonly at: number;
  readonly resultCount: number;
  readonly operands: Value[];
  readonly attributes: Map<string, Attribute>;
  readonly regions: Block[];
  readonly results: Type[];
}

/** @throws StablehloError unless operands have the types that the text says */
export function checkOperands(r: Reader, draft: Draft, types: readonly Type[], at: number): void {
  const { operands, name } = draft;
  if (operands.length !== types.length)
    throw r.error(`${name} has ${operands.length} operands, but ${types.length} types for them.`, at);
  operands.forEach(({ type }, i) => {
    if (type !== types[i] && type.text !== types[i].text)
      throw r.error(`operand ${i} of ${name} has type ${type.text}, not ${types[i].text}.`, at);
  });
}

/** The attributes of an operation that is made up. */
export const noAttributes: Attributes = new Map();

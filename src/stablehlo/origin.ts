/**
 * @file What a function of a module says of its origin: the primitive that it was written out from, with parameters. To XLA this is
 * nothing; whoever imports the module again has the primitive, with its derivatives, instead of what it is made of.
 */
import { keyText, paramsKey } from "../core/jaxpr/keys.ts";
import { type Params, type Primitive, primitives } from "../core/primitive.ts";

const primitiveKey = "adjoint.primitive";
const paramsName = "adjoint.params";

/** The attributes of a function that does what a primitive does; empty if its parameters are not plain data. */
export function originAttributes(primitive: Primitive, params: Params): string {
  let text: string;
  try {
    text = JSON.stringify(params);
    if (paramsKey(JSON.parse(text) as Params) !== paramsKey(params)) return "";
  } catch {
    return "";
  }
  return ` attributes {${primitiveKey} = ${JSON.stringify(primitive.name)}, ${paramsName} = ${JSON.stringify(text)}}`;
}

/** The primitive that a function says it is; null if it says nothing, or nothing that is known here. */
export function originOf(attributes: ReadonlyMap<string, unknown>): [Primitive, Params] | null {
  const [name, text] = [attributes.get(primitiveKey), attributes.get(paramsName)];
  const primitive = typeof name === "string" ? primitives.get(name) : undefined;
  if (primitive === undefined || typeof text !== "string") return null;
  try {
    const params: unknown = JSON.parse(text);
    if (typeof params !== "object" || params === null || Array.isArray(params)) return null;
    keyText(params);
    return [primitive, params as Params];
  } catch {
    return null;
  }
}

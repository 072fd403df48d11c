/** @file The expressions by which an operation may be written, best first; none may fit. */
import type { Primitive } from "../../core/primitive.ts";
import { type Written, call, functionAt } from "../expressions.ts";
import { camelCase } from "../names.ts";
import { elementwise } from "./elementwise.ts";
import { indexing } from "./indexing.ts";
import { products } from "./products.ts";
import { reductions } from "./reductions.ts";
import { random } from "./random.ts";
import type { Operation, Rule } from "./rule.ts";
import { shapes } from "./shapes.ts";

const tables: readonly Readonly<Record<string, Rule>>[] = [
  elementwise,
  shapes,
  reductions,
  products,
  indexing,
  random,
];

/** Where a function may be that has an operation's name. */
const places = ["np", "lax", "nn", "scipy.special", "lax.linalg"];

/** Functions with the operation's name, given its parameters in their order. */
function* byName(primitive: Primitive, { args, params }: Operation): Generator<Written> {
  const name = camelCase(primitive.name);
  const values = Object.values(params) as Written[];
  for (const place of places) {
    const path = `${place}.${name}`;
    if (functionAt(path) === undefined) continue;
    yield call(path, ...args, ...values);
    if (values.length > 0) yield call(path, ...args, params as { readonly [key: string]: Written });
  }
}

/** The expressions that may be an operation. */
export function* writingsOf(primitive: Primitive, operation: Operation): Generator<Written> {
  for (const table of tables)
    if (Object.hasOwn(table, primitive.name)) yield* table[primitive.name](operation);
  yield* byName(primitive, operation);
}

/** @file The table of operations: from the name of each to the call of `lax` that it means. */
import type { Handler, Handlers } from "./call.ts";
import { contractions } from "./contractions.ts";
import { composite, control } from "./control.ts";
import { customCall } from "./custom-calls.ts";
import { devices } from "./devices.ts";
import { chlo, chloBroadcasting, elementwise } from "./elementwise.ts";
import { indexing } from "./indexing.ts";
import { random } from "./random.ts";
import { reductions } from "./reductions.ts";
import { shapes } from "./shapes.ts";
import { sorting } from "./sorting.ts";

/** Operations that are called by a name. */
const byName: Handlers = {
  "stablehlo.composite": composite((name) => handlerOf(name)),
  "stablehlo.custom_call": customCall((name) => handlerOf(name)),
};

const tables: readonly Handlers[] = [
  byName,
  elementwise,
  shapes,
  indexing,
  reductions,
  sorting,
  random,
  contractions,
  control,
  devices,
  chlo,
  chloBroadcasting,
];

/** All tables in one, made when it is first asked. */
let table: ReadonlyMap<string, Handler> | null = null;

/** What an operation means, if it is known. */
export function handlerOf(name: string): Handler | undefined {
  table ??= new Map(tables.flatMap((t) => Object.entries(t)));
  return table.get(name);
}

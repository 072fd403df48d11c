/** @file The table of operations: from the name of each to the call of `lax` that it means. */
import type { Handler, Handlers } from "./call.ts";
import { contractions } from "./contractions.ts";
import { control } from "./control.ts";
import { customCall } from "./custom-calls.ts";
import { devices } from "./devices.ts";
import { chlo, chloBroadcasting, elementwise } from "./elementwise.ts";
import { indexing } from "./indexing.ts";
import { reductions } from "./reductions.ts";
import { shapes } from "./shapes.ts";
import { sorting } from "./sorting.ts";

const tables: readonly Handlers[] = [
  elementwise,
  shapes,
  indexing,
  reductions,
  sorting,
  contractions,
  control,
  devices,
  chlo,
  chloBroadcasting,
];

const call = customCall((name) => handlerOf(name));

/** What an operation means, if it is known. */
export function handlerOf(name: string): Handler | undefined {
  if (name === "stablehlo.custom_call") return call;
  return tables.find((table) => Object.hasOwn(table, name))?.[name];
}

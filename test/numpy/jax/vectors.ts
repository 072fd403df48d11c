/** @file What JAX gives for the calls of calls.json: table.json, as make-table.py writes it. */
import { readJson } from "../../util/files.ts";

export type Template =
  string | number | boolean | null | readonly Template[] | { readonly [key: string]: Template };

export interface Expected {
  readonly shape?: readonly number[];
  readonly data?: readonly unknown[];
  readonly list?: readonly Expected[];
  readonly plain?: unknown;
}

interface Row {
  readonly shapes: readonly (readonly (Expected | "!")[])[];
  readonly dtypes: readonly (string | readonly string[])[];
}

interface Table {
  readonly shapes: readonly (readonly number[])[];
  readonly kinds: readonly string[];
  readonly calls: Readonly<Record<string, Row>>;
}

export const { calls, others } = (await readJson("calls.json", import.meta.url)) as {
  calls: Readonly<Record<string, readonly Template[]>>;
  others: Readonly<Record<string, string>>;
};
export const table = (await readJson("table.json", import.meta.url)) as Table;

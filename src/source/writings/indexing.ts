/** @file How reading and writing at places that are data is written. */
import type { GatherParams } from "../../lax/indexing/gather.ts";
import type { ScatterParams } from "../../lax/indexing/scatter.ts";
import { type Written, call } from "../expressions.ts";
import { type Rule, rule } from "./rule.ts";

type Numbers = { readonly [key: string]: Written };

/** Lists of numbers that are empty by default. */
const withoutEmpty = (numbers: Numbers): Numbers =>
  Object.fromEntries(
    Object.entries(numbers).filter(
      ([key, v]) => !key.endsWith("BatchingDims") || (v as readonly unknown[]).length > 0,
    ),
  );

const gathered: Rule = rule<GatherParams>(({ args: [x, indices], params: p }) => {
  const options = {
    mode: p.mode === "fill" ? undefined : p.mode,
    fillValue: p.fillValue ?? undefined,
  };
  const numbers = p.dimensionNumbers as unknown as Numbers;
  return [withoutEmpty(numbers), numbers].flatMap((d) => [
    call("lax.gather", x, indices, d, p.sliceSizes, options),
    call("lax.gather", x, indices, d, p.sliceSizes, { ...options, mode: p.mode }),
  ]);
});

const scattered = (name: string): Rule =>
  rule<ScatterParams>(({ args: [x, indices, updates], params: p }) => {
    const numbers = p.dimensionNumbers as unknown as Numbers;
    const uniqueIndices = p.uniqueIndices ? true : undefined;
    return [withoutEmpty(numbers), numbers].flatMap((d) => [
      call(name, x, indices, updates, d, { mode: p.mode, uniqueIndices }),
    ]);
  });

/** By the names of operations. */
export const indexing: Readonly<Record<string, Rule>> = {
  gather: gathered,
  scatter: scattered("lax.scatter"),
  scatter_add: scattered("lax.scatterAdd"),
  scatter_mul: scattered("lax.scatterMul"),
  scatter_min: scattered("lax.scatterMin"),
  scatter_max: scattered("lax.scatterMax"),
  dynamic_slice: rule<{ sliceSizes: readonly number[] }>(({ args: [x, ...starts], params }) => [
    call("lax.dynamicSlice", x, starts, params.sliceSizes),
  ]),
  dynamic_update_slice: ({ args: [x, update, ...starts] }) => [
    call("lax.dynamicUpdateSlice", x, update, starts),
  ],
};

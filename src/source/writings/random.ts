/** @file How random numbers are written: functions of the words of keys. */
import type { DType } from "../../dtypes/dtype.ts";
import { call } from "../expressions.ts";
import { type Rule, rule } from "./rule.ts";

/** By the names of operations. */
export const random: Readonly<Record<string, Rule>> = {
  random_split: rule<{ shape: readonly number[] }>(({ args: [key], params: { shape } }) => [
    call("random.split", key, shape.length === 1 ? shape[0] : shape),
  ]),
  random_fold_in: ({ args: [key, data] }) => [call("random.foldIn", key, data)],
  random_bits: rule<{ bitWidth: number; shape: readonly number[] }>(({ args: [key], params: p }) => [
    call("random.bits", key, p.shape, `uint${p.bitWidth}`),
  ]),
  random_unit: rule<{ dtype: DType; shape: readonly number[] }>(({ args: [key], params: p }) => [
    call("random.uniform", key, p.shape, { dtype: p.dtype }),
    call("random.uniform", key, p.shape, p.dtype),
  ]),
};

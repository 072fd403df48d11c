/** @file Loops on concrete arrays run step by step and operation by operation: to find the one that made a NaN. */
import type { NDArray } from "../../core/array.ts";
import { nanStep } from "../../core/eval.ts";
import { jaxprAsFun } from "../../core/jaxpr/eval.ts";
import { dynamicIndexInDim } from "../../lax/indexing/dynamic.ts";
import { range } from "../../base/util.ts";
import { type ScanParams, type WhileParams, scanGroups, scanResults, whileGroups } from "./params.ts";

export function scanSteps(args: readonly NDArray[], p: ScanParams): void {
  const { consts, carry: init, xs } = scanGroups(p).split(args);
  const body = jaxprAsFun(p.jaxpr);
  let carry: readonly NDArray[] = init;
  for (const k of range(p.length)) {
    const at = p.reverse ? p.length - 1 - k : k;
    const step = xs.map((x) => dynamicIndexInDim(x, at, 0, false));
    carry = scanResults(p).split(nanStep("scan", at, () => body([...consts, ...carry, ...step]))).carry;
  }
}

export function whileSteps(args: readonly NDArray[], p: WhileParams): void {
  const { condConsts, bodyConsts, carry: init } = whileGroups(p).split(args);
  const [cond, body] = [jaxprAsFun(p.cond), jaxprAsFun(p.body)];
  let carry: readonly NDArray[] = init;
  const goes = (k: number): boolean =>
    nanStep("a while loop", k, () => cond([...condConsts, ...carry]))[0].item<boolean>();
  for (let k = 0; goes(k); k++) carry = nanStep("a while loop", k, () => body([...bodyConsts, ...carry]));
}

/**
 * @file The operations of the programs of exact.ts that have a body: loops, branches, lanes and functions, on carries that
 * are read, written in place and exchanged.
 */
import { checkpoint, jit, vmap } from "../../src/api/index.ts";
import type { NDArray } from "../../src/core/array.ts";
import * as lax from "../../src/control-flow/lax.ts";
import { type Operation, coerce, index, int, like, number, ranked } from "./coerce.ts";

type A = NDArray;

export const nested: Readonly<Record<string, Operation>> = {
  /** The carry is a value and a counter; xs are slices of the other value. */
  scan: (x, y, { k, run }) => {
    const length = k % 7;
    const xs = coerce(y, [length, 3], y.dtype);
    const step = ([c, i]: readonly [A, A], row: A): [[A, A], A] => {
      const out = run([row, i, c]);
      return [[like(out, c), lax.add(i, int(1))], lax.mul(number(row), number(row))];
    };
    return lax.scan(step, [x, int(k)] as const, xs, { reverse: k % 2 === 1 })[0][0];
  },
  stacked: (x, y, { k, run }) => {
    const step = (c: A, row: A): [A, A] => {
      const out = run([c, row]);
      return [like(out, c), out];
    };
    return lax.scan(step, coerce(x, [5], x.dtype), coerce(y, [k % 6, 2], y.dtype))[1];
  },
  fori: (x, y, { k, run }) =>
    lax.foriLoop(0, k % 6, (i, [c, d]: readonly [A, A]) => [like(run([i, d, c]), c), like(c, d)], [
      x,
      y,
    ] as const)[k % 2],
  whilst: (x, y, { k, run }) => {
    const steps = index(y, 6);
    const body = ([c, i]: readonly [A, A]): [A, A] => [like(run([i, c]), c), lax.add(i, int(1))];
    return lax.whileLoop(([, i]: readonly [A, A]) => lax.lt(i, lax.add(steps, int(k % 2))), body, [
      x,
      int(0),
    ] as const)[0];
  },
  /** Row after row of the carry is written, from what the carry is by then. */
  rows: (x, y, { k, run }) => {
    const a = ranked(x);
    const step = (i: A, c: A): A => {
      const before = lax.dynamicIndexInDim(c, lax.max(lax.sub(i, int(1)), int(0)), 0, false);
      const row = like(run([y, i, before]), before);
      return lax.dynamicUpdateIndexInDim(c, row, k % 3 === 0 ? lax.sub(int(a.shape[0] - 1), i) : i, 0);
    };
    return a.shape[0] === 0 ? a : lax.foriLoop(0, a.shape[0], step, a);
  },
  cond: (x, y, { k, run }) =>
    lax.cond(
      lax.gt(index(y, 5), int(k % 4)),
      (a: A) => like(run([a]), x),
      (a: A) => a,
      x,
    ),
  branches: (x, y, { run }) =>
    lax.switch_(index(y, 3), [(a: A) => a, (a: A) => like(run([a]), x), (a: A) => lax.fullLike(a, 1)], x),
  lanes: (x, y, { k, run }) => {
    const rows = coerce(x, [[1, 3, 5][k % 3], 4], x.dtype);
    return vmap((row: A) => run([y, row]))(rows);
  },
  inner: (x, y, { run }) => jit((a: A, b: A) => run([a, b]))(x, y),
  again: (x, y, { run }) => checkpoint((a: A, b: A) => run([a, b]))(x, y),
};

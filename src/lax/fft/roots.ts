/** @file Tables of roots of unity, made when a transform begins. */
import type { DType } from "../../dtypes/dtype.ts";
import { iadd, intConst, iscale } from "../../loops/ir/affine.ts";
import type { Block } from "../../loops/ir/build.ts";
import * as e from "../../loops/ir/expressions.ts";
import type { Buffer, Expr } from "../../loops/ir/ir.ts";

/** cos and sin of 2πk/n for k from 0 on. */
export interface Roots {
  readonly cos: Buffer;
  readonly sin: Buffer;
}

function allocRoots(b: Block, dtype: DType, length: number): Roots {
  return { cos: b.alloc(dtype, length, "cos"), sin: b.alloc(dtype, length, "sin") };
}

/** Every `step`-th root of order n, `length` of them in float64, each by itself. */
export function someRoots(b: Block, n: number, length: number, step: number): Roots {
  const out = allocRoots(b, "float64", length);
  b.for(0, length, (x, k) => {
    const angle = x.let(e.mul(e.cast(k, "float64"), (2 * Math.PI * step) / n), "angle");
    x.store(out.cos, k, e.cos(angle));
    x.store(out.sin, k, e.sin(angle));
  });
  return out;
}

/** All roots of order n, as products of two short tables. */
export function rootsOfUnity(b: Block, n: number, dtype: DType): Roots {
  const rows = Math.ceil(Math.sqrt(n));
  const fine = someRoots(b, n, rows, 1);
  const { cos, sin } = allocRoots(b, dtype, n);
  const line = (y: Block, start: Expr, length: number): void => {
    const angle = y.let(e.mul(e.cast(start, "float64"), (2 * Math.PI) / n), "angle");
    const [c, s] = [y.let(e.cos(angle), "c"), y.let(e.sin(angle), "s")];
    y.for(0, length, (z, k) => {
      const [fc, fs] = [z.let(e.load(fine.cos, k), "fc"), z.let(e.load(fine.sin, k), "fs")];
      z.store(cos, iadd(start, k), e.cast(e.sub(e.mul(c, fc), e.mul(s, fs)), dtype));
      z.store(sin, iadd(start, k), e.cast(e.add(e.mul(s, fc), e.mul(c, fs)), dtype));
    });
  };
  const full = Math.floor(n / rows);
  b.for(0, full, (y, j) => line(y, iscale(j, rows), rows));
  if (full * rows < n) line(b, intConst(full * rows), n - full * rows);
  return { cos, sin };
}

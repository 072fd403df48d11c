/** @file The QR factorisation of complex matrices by Householder reflectors. The method is that of ../qr.ts. */
import { shaped } from "../../../core/aval.ts";
import type { NoParams } from "../../../core/primitive.ts";
import { type Block, apply, load } from "../../../loops/ir/build.ts";
import { flatten, iadd } from "../../../loops/ir/affine.ts";
import type { Buffer, Expr } from "../../../loops/ir/ir.ts";
import type { Pull } from "../../../loops/pull.ts";
import { below } from "../householder.ts";
import { batchOf, mirrored } from "../matrix.ts";
import { placeOfLargest, swapEntries } from "../permute.ts";
import { reflectRows, reflector } from "./householder.ts";
import * as z from "./matrix.ts";
import { partsRoutine } from "./parts.ts";

/** Buffers that factorisations of m × n matrices need. */
interface Workspace {
  readonly a: z.ZMatrix;
  readonly taus: z.ZVector;
  readonly work: z.ZVector;
}

const workspace = (b: Block, m: number, n: number): Workspace => ({
  a: z.newZMatrix(b, m, n, "a"),
  taus: z.newZVector(b, Math.min(m, n), "taus"),
  work: z.newZVector(b, Math.max(m, n), "work"),
});

/** Brings the column with the largest remaining part to the front, and notes it. */
function pivotColumn(b: Block, { a, work }: Workspace, order: Buffer, k: Expr): void {
  const sums = work.re;
  b.for(k, a.cols, (x, j) => work.put(x, j, z.zero), "j");
  b.for(
    k,
    a.rows,
    (row, i) =>
      row.for(
        k,
        a.cols,
        (x, j) => {
          const t = z.named(x, a.at(i, j));
          sums.put(x, j, apply("add", sums.at(j), z.dotTerm(t, t).re));
        },
        "j",
      ),
    "i",
  );
  const from = placeOfLargest(b, sums, k, a.cols);
  b.if(apply("ne", from, k), (x) => {
    x.for(0, a.rows, (y, i) => {
      const kept = z.kept(y, a.at(i, k));
      a.put(y, i, k, a.at(i, from));
      a.put(y, i, from, kept);
    });
    swapEntries(x, order, k, from);
  });
}

/** Leaves R on and above the diagonal, and the reflectors below it. */
function factorise(b: Block, w: Workspace, order: Buffer | null): void {
  const { a, taus, work } = w;
  b.for(
    0,
    Math.min(a.rows, a.cols),
    (y, k) => {
      if (order !== null) pivotColumn(y, w, order, k);
      const tau = reflector(y, a.column(k), k, below(k, a.rows));
      taus.put(y, k, tau);
      const back = z.kept(y, z.conj(tau), "back");
      reflectRows(y, a, (i) => a.at(i, k), back, k, below(k, a.rows), [iadd(k, 1), a.cols], work);
    },
    "k",
  );
}

/** q ← H₀·H₁…·1, from the reflectors below the diagonal of `a`. The last comes first, so that q grows from its corner. */
function product(b: Block, q: z.ZMatrix, { a, taus, work }: Workspace, count: number): void {
  z.zfill(b, q, (i, j) => z.select(apply("eq", i, j), z.one, z.zero));
  b.for(
    0,
    count,
    (y, step) => {
      const k = mirrored(count, step);
      const tau = z.named(y, taus.at(k), "tau");
      reflectRows(y, q, (i) => a.at(i, k), tau, k, below(k, a.rows), [k, q.cols], work);
    },
    "step",
  );
}

export const geqrfPartsP = partsRoutine<NoParams>({
  name: "geqrf_parts",
  avals: ([re, im]) => {
    const [m, n] = re.shape.slice(-2);
    const taus = shaped([...batchOf(re.shape), Math.min(m, n)], re.dtype);
    return [re, im, taus, taus];
  },
  emit: (b, [re, im], outs, _params, avals) => {
    const { shape } = re.aval;
    const [m, n] = shape.slice(-2);
    const w = workspace(b, m, n);
    b.nest(batchOf(shape), (y, batch) => {
      z.zfill(y, w.a, (i, j) => z.zelement([re, im], [...batch, i, j]));
      factorise(y, w, null);
      z.zfill(y, z.zoutputMatrix([outs[0], outs[1]], shape, batch), (i, j) => w.a.at(i, j));
      const to = z.zoutputVector([outs[2], outs[3]], avals[2].shape, batch);
      y.for(0, Math.min(m, n), (t, k) => to.put(t, k, w.taus.at(k)));
    });
  },
});

export const householderProductPartsP = partsRoutine<NoParams>({
  name: "householder_product_parts",
  avals: ([re, im]) => [re, im],
  emit: (b, [re, im, tausRe, tausIm], outs) => {
    const { shape } = re.aval;
    const [m, n] = shape.slice(-2);
    const count = tausRe.aval.shape[tausRe.aval.ndim - 1];
    const w = workspace(b, m, n);
    const q = z.newZMatrix(b, m, n, "q");
    b.nest(batchOf(shape), (y, batch) => {
      z.zfill(y, w.a, (i, j) => z.zelement([re, im], [...batch, i, j]));
      y.for(0, count, (t, k) => w.taus.put(t, k, z.zelement([tausRe, tausIm], [...batch, k])));
      product(y, q, w, count);
      z.zfill(y, z.zoutputMatrix([outs[0], outs[1]], shape, batch), (i, j) => q.at(i, j));
    });
  },
});

type QrParams = { fullMatrices: boolean; pivoting: boolean };

function emitQr(
  b: Block,
  [re, im]: readonly Pull[],
  outs: readonly Buffer[],
  shapes: readonly number[][],
): void {
  const { shape } = re.aval;
  const [m, n] = shape.slice(-2);
  const [qShape, , rShape, , pShape] = shapes;
  const w = workspace(b, m, n);
  const q = z.newZMatrix(b, m, qShape[qShape.length - 1], "q");
  const order = outs.length > 4 ? b.alloc("int32", n, "columns") : null;
  b.nest(batchOf(shape), (y, batch) => {
    z.zfill(y, w.a, (i, j) => z.zelement([re, im], [...batch, i, j]));
    if (order !== null) y.for(0, n, (t, j) => t.store(order, j, j));
    factorise(y, w, order);
    product(y, q, w, Math.min(m, n));
    z.zfill(y, z.zoutputMatrix([outs[0], outs[1]], qShape, batch), (i, j) => q.at(i, j));
    z.zfill(y, z.zoutputMatrix([outs[2], outs[3]], rShape, batch), (i, j) =>
      z.select(apply("le", i, j), w.a.at(i, j), z.zero),
    );
    if (order !== null)
      y.for(0, n, (t, j) => t.store(outs[4], flatten([...batch, j], pShape), load(order, j)));
  });
}

export const qrPartsP = partsRoutine<QrParams>({
  name: "qr_parts",
  avals: ([x], { fullMatrices, pivoting }) => {
    const [m, n] = x.shape.slice(-2);
    const batch = batchOf(x.shape);
    const k = fullMatrices ? m : Math.min(m, n);
    const [q, r] = [shaped([...batch, m, k], x.dtype), shaped([...batch, k, n], x.dtype)];
    return [q, q, r, r, ...(pivoting ? [shaped([...batch, n], "int32")] : [])];
  },
  emit: (b, args, outs, _params, avals) =>
    emitQr(
      b,
      args,
      outs,
      avals.map((a) => [...a.shape]),
    ),
});

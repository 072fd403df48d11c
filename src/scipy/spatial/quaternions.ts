/**
 * @file Unit quaternions (x, y, z, w) along the last axis, as rotations: products, and conversions. Small angles go by
 * series, so that values and derivatives are right at no rotation at all.
 */
import { index } from "../../numpy/indexing/indexing.ts";
import type { NDArray } from "../../core/array.ts";
import * as np from "../../numpy/index.ts";

/** Component i of the last axis. */
export const part = (x: NDArray, i: number): NDArray => index(x, ["...", i]);
export const parts = (x: NDArray): NDArray[] =>
  Array.from({ length: x.shape[x.ndim - 1] }, (_, i) => part(x, i));
export const join = (components: readonly NDArray[]): NDArray =>
  np.stack(np.broadcastArrays(...components), { axis: -1 });
const column = (x: NDArray): NDArray => np.expandDims(x, -1);
const dot = (x: NDArray): NDArray => np.sum(np.square(x), { axis: -1 });

export const normalise = (q: NDArray): NDArray => q.div(column(np.sqrt(dot(q))));
export const conjugate = (q: NDArray): NDArray => q.mul(np.array([-1, -1, -1, 1]).astype(q.dtype));

/** First q, then p. */
export function multiply(p: NDArray, q: NDArray): NDArray {
  const [a, b, c, d] = parts(p);
  const [x, y, z, w] = parts(q);
  return join([
    d.mul(x).add(a.mul(w)).add(b.mul(z)).sub(c.mul(y)),
    d.mul(y).sub(a.mul(z)).add(b.mul(w)).add(c.mul(x)),
    d.mul(z).add(a.mul(y)).sub(b.mul(x)).add(c.mul(w)),
    d.mul(w).sub(a.mul(x)).sub(b.mul(y)).sub(c.mul(z)),
  ]);
}

export function toMatrix(q: NDArray): NDArray {
  const [x, y, z, w] = parts(q);
  const twice = (a: NDArray, b: NDArray, c: NDArray, d: NDArray, sign: 1 | -1): NDArray =>
    a.mul(b).add(c.mul(d).mul(sign)).mul(2);
  const [xx, yy, zz, ww] = [x, y, z, w].map((v) => np.square(v));
  const rows = [
    [xx.sub(yy).sub(zz).add(ww), twice(x, y, z, w, -1), twice(x, z, y, w, 1)],
    [twice(x, y, z, w, 1), yy.sub(xx).sub(zz).add(ww), twice(y, z, x, w, -1)],
    [twice(x, z, y, w, -1), twice(y, z, x, w, 1), zz.sub(xx).sub(yy).add(ww)],
  ];
  return np.stack(
    rows.map((row) => np.stack(row, { axis: -1 })),
    { axis: -2 },
  );
}

/** From the largest of the four squared components, which is divided by. */
export function fromMatrix(m: NDArray): NDArray {
  const at = (i: number, j: number): NDArray => index(m, ["...", i, j]);
  const trace = at(0, 0).add(at(1, 1)).add(at(2, 2));
  const around = (i: number): NDArray => {
    const [j, k] = [(i + 1) % 3, (i + 2) % 3];
    const out: NDArray[] = [];
    out[i] = at(i, i).mul(2).sub(trace).add(1);
    out[j] = at(j, i).add(at(i, j));
    out[k] = at(k, i).add(at(i, k));
    out[3] = at(k, j).sub(at(j, k));
    return join(out);
  };
  const last = join([at(2, 1).sub(at(1, 2)), at(0, 2).sub(at(2, 0)), at(1, 0).sub(at(0, 1)), trace.add(1)]);
  const choice = column(np.argmax(join([at(0, 0), at(1, 1), at(2, 2), trace]), { axis: -1 }));
  const pick = (i: number, a: NDArray, b: NDArray): NDArray => np.where(choice.equal(i), a, b);
  return normalise(pick(0, around(0), pick(1, around(1), pick(2, around(2), last))));
}

const small = 1e-6;

export function fromRotvec(v: NDArray): NDArray {
  const square = dot(v);
  const tiny = square.less(small);
  const angle = np.sqrt(np.where(tiny, 1, square));
  const series = square.mul(square.div(3840).sub(1 / 48)).add(0.5);
  const scale = np.where(tiny, series, np.sin(angle.div(2)).div(angle));
  const cosine = np.where(tiny, square.mul(square.div(384).sub(1 / 8)).add(1), np.cos(angle.div(2)));
  return join([...parts(v.mul(column(scale))), cosine]);
}

/** Of angles from 0 to π. */
export function toRotvec(q: NDArray): NDArray {
  const short = np.where(column(part(q, 3).less(0)), q.neg(), q);
  const v = index(short, ["...", [0, 3]]);
  const square = dot(v);
  const tiny = square.less(small);
  const sine = np.sqrt(np.where(tiny, 1, square));
  const scale = np.where(
    tiny,
    square.mul(square.mul(3 / 20).add(1 / 3)).add(2),
    np.arctan2(sine, part(short, 3)).mul(2).div(sine),
  );
  return v.mul(column(scale));
}

export const magnitude = (q: NDArray): NDArray =>
  np.arctan2(np.sqrt(dot(index(q, ["...", [0, 3]]))), np.abs(part(q, 3))).mul(2);

export function fromMrp(p: NDArray): NDArray {
  const s = dot(p);
  return join([...parts(p.mul(2)), s.neg().add(1)]).div(column(s.add(1)));
}

export function toMrp(q: NDArray): NDArray {
  const sign = np.where(part(q, 3).less(0), -1, 1).astype(q.dtype);
  return index(q, ["...", [0, 3]]).mul(column(sign.div(sign.mul(part(q, 3)).add(1))));
}

/** Of q and −q the one whose last component that is not 0 (of w, x, y, z: the first) is positive. */
export function canonical(q: NDArray): NDArray {
  const [x, y, z, w] = parts(q);
  let negative = z.less(0);
  for (const c of [y, x, w]) negative = np.logicalOr(c.less(0), np.logicalAnd(c.equal(0), negative));
  return np.where(column(negative), q.neg(), q);
}

/**
 * @file Positions on a line: as near as can be to where things would like to be, in their order and apart from each other.
 *
 * With the distances that neighbours need taken off, that is isotonic regression: least squares under x₀ ≤ x₁ ≤ …, by pooling
 * adjacent violators. A common bound is met by clipping: the best positions under it.
 */

/** Something on a line: it reaches from `x − left` to `x + right`. */
export interface Extent {
  readonly left: number;
  readonly right: number;
}

/** The distance between the positions of neighbours that are `gap` apart. */
const apart = (a: Extent, b: Extent, gap: number): number => a.right + gap + b.left;

/**
 * The positions of things, in order.
 * @param most the greatest position where the last may end, and @param least that where the first may begin.
 */
export function positions(
  things: readonly Extent[],
  wanted: readonly number[],
  gap: number,
  least: number,
  most: number,
): number[] {
  if (things.length === 0) return [];
  const offsets = [0];
  for (let i = 1; i < things.length; i++) offsets.push(offsets[i - 1] + apart(things[i - 1], things[i], gap));
  const pools: { sum: number; count: number }[] = [];
  wanted.forEach((w, i) => {
    pools.push({ sum: w - offsets[i], count: 1 });
    while (pools.length > 1) {
      const [a, b] = pools.slice(-2);
      if (a.sum / a.count <= b.sum / b.count) break;
      pools.splice(-2, 2, { sum: a.sum + b.sum, count: a.count + b.count });
    }
  });
  const n = things.length - 1;
  const [lo, hi] = [least + things[0].left, most - things[n].right - offsets[n]];
  const clip = (u: number): number =>
    lo > hi ? (Number.isFinite(least) ? lo : hi) : Math.min(hi, Math.max(lo, u));
  return pools
    .flatMap(({ sum, count }) => new Array<number>(count).fill(clip(sum / count)))
    .map((u, i) => u + offsets[i]);
}

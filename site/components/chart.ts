/** @file Scales and ticks of charts: round numbers, at distances of 1, 2 or 5 times a power of ten. */

export interface Axis {
  readonly lo: number;
  readonly hi: number;
  readonly ticks: readonly { readonly at: number; readonly text: string }[];
}

const format = (value: number, step: number): string => {
  if (value === 0) return "0";
  const size = Math.max(Math.abs(value), step);
  if (size >= 1e5 || size < 1e-3) return value.toExponential(1).replace(".0e", "e").replace("e+", "e");
  return String(Number(value.toFixed(Math.max(0, Math.ceil(-Math.log10(step))))));
};

/** An axis with about `count` ticks that holds the values. */
export function axis(values: readonly number[], count: number): Axis {
  const finite = values.filter(Number.isFinite);
  let lo = finite.reduce((a, b) => Math.min(a, b), Infinity);
  let hi = finite.reduce((a, b) => Math.max(a, b), -Infinity);
  if (finite.length === 0) [lo, hi] = [0, 1];
  if (lo === hi) {
    const room = lo === 0 ? 1 : Math.abs(lo) / 2;
    [lo, hi] = [lo - room, hi + room];
  }
  const raw = (hi - lo) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * ([1, 2, 5, 10].find((m) => m * power >= raw * 0.999) ?? 10);
  const first = Math.ceil(lo / step - 1e-9);
  const last = Math.floor(hi / step + 1e-9);
  const ticks = Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => {
    const at = (first + i) * step;
    return { at, text: format(at, step) };
  });
  return { lo, hi, ticks };
}

/** The colours of lines and bars, in both modes: see style.css. */
export const colour = (k: number): string => `var(--chart-${(k % 6) + 1})`;

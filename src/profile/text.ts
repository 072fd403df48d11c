/** @file Numbers as people read them: times, bytes, shares, operations. */

const digits = (x: number): string => (x >= 100 ? String(Math.round(x)) : String(Number(x.toPrecision(3))));

function scaled(x: number, base: number, units: readonly string[]): string {
  let [value, k] = [x, 0];
  while (Number(digits(value)) >= base && k < units.length - 1) [value, k] = [value / base, k + 1];
  return `${digits(value)}${units[k]}`;
}

/** `1.5 ms`. */
export function timeText(milliseconds: number): string {
  return milliseconds >= 1000
    ? `${digits(milliseconds / 1000)} s`
    : scaled(milliseconds * 1e6, 1000, [" ns", " µs", " ms"]);
}

/** `1.5 MiB`. */
export const bytesText = (n: number): string => scaled(n, 1024, [" B", " KiB", " MiB", " GiB"]);

/** `1.5 M`. */
export const countText = (n: number): string => scaled(n, 1000, ["", " k", " M", " G", " T"]);

/** `45 %`. */
export const shareText = (x: number): string =>
  `${x >= 0.0995 || x === 0 ? Math.round(100 * x) : (100 * x).toFixed(1)} %`;

/** A plural, where it is one. */
export const plural = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;

/** The end of a path with its line: `model.ts:12:9`. */
export const shortSite = (site: string): string => site.replace(/^.*[\\/]/, "");

/** At most so many characters. */
export const cut = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most - 1)}…`;

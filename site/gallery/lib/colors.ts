/** @file The colours of gallery.css, as the page shows them now. */

const names = ["paper", "ink", "muted", "faint", "accent", "warm", "good", "violet"] as const;
export type ColorName = (typeof names)[number];
export type Colors = Readonly<Record<ColorName, string>>;

export function readColors(element: HTMLElement): Colors {
  const style = getComputedStyle(element);
  const entries = names.map((name) => [name, style.getPropertyValue(`--g-${name}`)] as const);
  return Object.fromEntries(entries) as Colors;
}

export type Rgb = readonly [red: number, green: number, blue: number];

/** The parts, 0 … 255, of a colour as computed styles write it: `rgb(1, 2, 3)`. */
export function rgb(color: string): Rgb {
  const [r = 0, g = 0, b = 0] = (color.match(/[\d.]+/g) ?? []).map(Number);
  return [r, g, b];
}

/** A table of `size` colours that runs evenly through `stops`; three bytes each. */
export function ramp(stops: readonly Rgb[], size = 256): Uint8Array {
  const table = new Uint8Array(size * 3);
  for (let i = 0; i < size; i++) {
    const at = (i / (size - 1)) * (stops.length - 1);
    const k = Math.min(Math.floor(at), stops.length - 2);
    for (let c = 0; c < 3; c++) table[3 * i + c] = stops[k][c] + (at - k) * (stops[k + 1][c] - stops[k][c]);
  }
  return table;
}

/** Calls `changed` whenever the page turns light or dark; returns what ends that. */
export function onColorsChange(changed: () => void): () => void {
  const media = matchMedia("(prefers-color-scheme: dark)");
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributes: true });
  media.addEventListener("change", changed);
  return () => {
    observer.disconnect();
    media.removeEventListener("change", changed);
  };
}

/** @file A curve and its tangent: the derivative follows the pointer. */
import { type Array, grad, numpy as np, vmap } from "adjoint";

export const title = "A tangent";
export const summary = "Move over the curve: grad gives its slope there.";

const curve = (x: Array) => np.sin(x).mul(np.exp(np.square(x).mul(-0.1)));
const slope = grad(curve);

const [width, height, range] = [640, 360, 5];
const toX = (x: number) => ((x + range) / (2 * range)) * width;
const toY = (y: number) => height / 2 - y * 150;

export function start(host: HTMLElement) {
  host.innerHTML = `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="a curve and its tangent"
    style="width:100%;display:block;touch-action:none;fill:none;stroke-width:2.5">
    <path style="stroke:var(--chart-1)"/><line style="stroke:var(--chart-2)"/>
    <text x="16" y="30" style="fill:var(--vp-c-text-1);stroke:none;font-size:18px"></text></svg>`;
  const svg = host.querySelector("svg")!;
  const xs = np.linspace(-range, range, 200);
  const [px, py] = [xs.dataSync(), vmap(curve)(xs).dataSync()];
  const points = [...px].map((x, i) => `${toX(x)} ${toY(py[i])}`);
  svg.querySelector("path")!.setAttribute("d", `M${points.join("L")}`);

  let [at, k] = [0, 0];
  const draw = (x: number): void => {
    [at, k] = [x, slope(x).item()];
    const y = curve(np.array(x)).item();
    const ends = { x1: toX(x - 2), y1: toY(y - 2 * k), x2: toX(x + 2), y2: toY(y + 2 * k) };
    for (const [name, value] of Object.entries(ends))
      svg.querySelector("line")!.setAttribute(name, String(value));
    svg.querySelector("text")!.textContent = `slope ${k.toFixed(3)} at ${x.toFixed(2)}`;
  };
  const move = (event: PointerEvent): void => {
    const box = svg.getBoundingClientRect();
    draw(((event.clientX - box.left) / box.width) * 2 * range - range);
  };
  svg.addEventListener("pointermove", move);
  draw(0);
  return { stop: () => svg.removeEventListener("pointermove", move), result: () => ({ at, slope: k }) };
}

export function check(result: unknown): void {
  const { at, slope: k } = result as { at: number; slope: number };
  const expected = Math.exp(-0.1 * at * at) * (Math.cos(at) - 0.2 * at * Math.sin(at));
  if (!(Math.abs(k - expected) < 1e-12)) throw new Error(`the slope at ${at} is ${k}, expected ${expected}`);
}

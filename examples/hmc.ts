/**
 * @file Hamiltonian Monte Carlo on a banana: a normal x, and a y scattered around a parabola of x. All its moments are
 * known, and the draws are compared with them.
 */
import { type Array, init, numpy as np, random } from "../src/index.ts";
import { effectiveSize, splitRhat } from "./lib/diagnostics.ts";
import { hmc } from "./lib/hmc.ts";
import { table } from "./lib/table.ts";

const bend = 0.5;

/** x and y − bend·(x² − 1) are normal and independent. */
function logDensity(at: Array): Array {
  const [x, y] = at;
  const off = y.sub(np.square(x).sub(1).mul(bend));
  return np.square(x).add(np.square(off)).div(-2);
}

/** Functions of (x, y) with their expectations. */
const moments: readonly (readonly [name: string, f: (x: Array, y: Array) => Array, exact: number])[] = [
  ["E x", (x) => x, 0],
  ["E y", (_, y) => y, 0],
  ["E x²", (x) => np.square(x), 1],
  ["E y²", (_, y) => np.square(y), 1 + 2 * bend ** 2],
  ["E x²y", (x, y) => np.square(x).mul(y), 2 * bend],
];

export interface MomentRow {
  readonly name: string;
  readonly exact: number;
  readonly estimate: number;
  /** The standard error that the effective sample size tells. */
  readonly error: number;
  readonly size: number;
  readonly rhat: number;
}

export async function run(draws = 5000): Promise<MomentRow[]> {
  await init();
  const [chains, leapfrogs] = [4, 12];
  const sample = hmc(logDensity, { chains, warmUp: 500, draws, leapfrogs });
  const [forStarts, forChains] = random.split(random.key(0));
  const starts = random.normal(forStarts, [chains, 2]);
  sample(forChains, starts); // compiles
  const before = performance.now();
  const { xs, accepted, size } = sample(forChains, starts);
  const seconds = (performance.now() - before) / 1000;

  const values = np.stack(
    moments.map(([, f]) => f(xs.slice("...", 0), xs.slice("...", 1))),
    -1,
  );
  const sizes = effectiveSize(values);
  const [means, errors] = [values.mean([0, 1]), values.std([0, 1]).div(np.sqrt(sizes))];
  const rhats = splitRhat(values);
  const rows = moments.map(([name, , exact], i) => {
    const [estimate, error, size, rhat] = [means, errors, sizes, rhats].map((a) => a.slice(i).item());
    return { name, exact, estimate, error, size, rhat };
  });
  const steps = chains * (500 + draws) * leapfrogs;
  console.log(
    `${chains} chains of ${draws} draws, ${leapfrogs} leapfrogs each: ${((1e6 * seconds) / steps).toFixed(2)} µs a leapfrog`,
  );
  console.log(`step sizes ${String(size)}, accepted ${String(accepted)}\n`);
  console.log(
    table(
      ["moment", "exact", "estimate", "standard error", "effective draws", "split R̂"],
      rows.map((r) => [
        r.name,
        r.exact,
        r.estimate.toFixed(3),
        r.error.toFixed(3),
        r.size.toFixed(0),
        r.rhat.toFixed(4),
      ]),
    ),
  );
  return rows;
}

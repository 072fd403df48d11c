/**
 * @file Draws from small posteriors by NUTS, float64, beside BlackJAX on XLA: the time of an effective draw, warm-up included.
 *
 * Both draw from the same densities with Stan's warm-up; a call is a whole run of four chains. What a draw is worth is judged
 * by one function for both, the bulk effective sample size of the parameter for which it is smallest. Means must agree.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Array } from "../../src/index.ts";
import type * as Infer from "../../src/infer/index.ts";
import { adjoint, jit } from "../lib/library.ts";
import { type Settings, summary } from "../lib/measure.ts";
import type { Result, Task } from "../lib/task.ts";

const { numpy: np, random } = adjoint;
const built = new URL("../../dist/infer/index.js", import.meta.url).href;
const infer = (await import(built)) as typeof Infer;

const [chains, warmUp, draws] = [4, 1000, 1000];

interface Posterior {
  readonly name: string;
  readonly text: string;
  readonly size: number;
  readonly data: readonly Array[];
  readonly logDensity: (u: Array) => Array;
}

const effects = np.array([28, 8, -3, 7, -1, 1, 18, 12]);
const errors = np.array([15, 10, 16, 11, 9, 11, 10, 18]);

function eightSchools(u: Array): Array {
  const [theta, mu, logTau] = [u.slice([0, 8]), u.slice(8), u.slice(9)];
  const tau = np.exp(logTau);
  const fit = np
    .square(effects.sub(mu).sub(tau.mul(theta)).div(errors))
    .sum()
    .mul(-0.5);
  const prior = np
    .square(theta)
    .sum()
    .add(np.square(mu.div(5)))
    .mul(-0.5);
  return fit
    .add(prior)
    .sub(np.log1p(np.square(tau.div(5))))
    .add(logTau);
}

const features = random.normal(random.key(1), [200, 5]);
const labels = random.bernoulli(random.key(2), features.sum(1).mul(0.7)).astype("float64");

function logistic(u: Array): Array {
  const logits = features.matmul(u);
  return labels.mul(logits).sub(np.logaddexp(0, logits)).sum().sub(np.square(u).sum().mul(0.5));
}

const dimension = 20;
/** The precision of an autoregression: neighbours are correlated by 0.9. */
const precision = np.linalg.inv(
  np.power(0.9, np.abs(np.subtract.outer(np.arange(dimension), np.arange(dimension)))),
);

const posteriors: readonly Posterior[] = [
  {
    name: "eight schools",
    text: "eight schools, 10 parameters, non-centred",
    size: 10,
    data: [],
    logDensity: eightSchools,
  },
  {
    name: "logistic regression",
    text: "a logistic regression of 200 points on 5 features",
    size: 5,
    data: [features, labels],
    logDensity: logistic,
  },
  {
    name: "correlated normal",
    text: "a normal of 20 dimensions, neighbours correlated by 0.9",
    size: dimension,
    data: [precision],
    logDensity: (u) => np.dot(u, precision.matmul(u)).mul(-0.5),
  },
];

/** A run: its time, and its draws [chains, draws, size]. */
interface Run {
  readonly ns: number;
  readonly draws: Array;
}

function ownRuns({ size, logDensity }: Posterior): (seed: number) => Run {
  const sample = jit((key: ReturnType<typeof random.key>) =>
    infer.nuts(key, logDensity, np.zeros([size]), { chains, warmUp, draws }),
  );
  sample(random.key(0)).draws.dataSync();
  return (seed) => {
    const key = random.key(seed);
    const start = performance.now();
    const { draws: found } = sample(key);
    found.dataSync();
    return { ns: (performance.now() - start) * 1e6, draws: found };
  };
}

/** The process of Python with BlackJAX. */
class BlackJax {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  private constructor(child: ChildProcess, lines: AsyncIterator<string>) {
    this.#child = child;
    this.#lines = lines;
  }

  /** @returns why there is none, if there is none */
  static async start(): Promise<BlackJax | string> {
    const script = fileURLToPath(new URL("../children/blackjax_posteriors.py", import.meta.url));
    const child = spawn(process.env.ADJOINT_PYTHON ?? "python3", ["-u", script], {
      stdio: ["pipe", "pipe", "ignore"],
      env: { ...process.env, OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1" },
    });
    child.on("error", () => undefined);
    child.stdin?.on("error", () => undefined);
    if (child.stdout === null) return "no Python";
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const first = await lines.next();
    if (first.done === true) return "no Python";
    const { missing } = JSON.parse(first.value) as { missing?: string };
    return missing === undefined ? new BlackJax(child, lines) : "no Python with BlackJAX";
  }

  async run({ name, size, data }: Posterior, seed: number): Promise<Run> {
    const arrays = data.map((x) => [x.shape, Buffer.from(x.dataSync("float64").buffer).toString("base64")]);
    const request = { name, seed, size, chains, warmUp, draws, data: arrays };
    this.#child.stdin?.write(`${JSON.stringify(request)}\n`);
    const line = await this.#lines.next();
    if (line.done === true) throw new Error("the process of BlackJAX has ended");
    const answer = JSON.parse(line.value) as { ns: number; draws: string };
    const bytes = Uint8Array.from(Buffer.from(answer.draws, "base64"));
    const found = np.array(new Float64Array(bytes.buffer)).reshape([chains, draws, size]);
    return { ns: answer.ns, draws: found };
  }

  close(): void {
    this.#child.stdin?.end();
  }
}

/** Nanoseconds of an effective draw, of the number of which there are fewest. */
const worth = ({ ns, draws: found }: Run): number => ns / infer.ess(found).min().item();

/** @throws Error where two samplers' means are further apart than their errors allow. */
function checkAgreement(name: string, a: Run, b: Run): void {
  const apart = np.abs(a.draws.mean([0, 1]).sub(b.draws.mean([0, 1])));
  const error = np.hypot(infer.mcse(a.draws), infer.mcse(b.draws));
  if (apart.div(error).max().item() < 6) return;
  throw new Error(`${name}: the means of the two samplers differ`);
}

async function measure(
  posterior: Posterior,
  settings: Settings,
): Promise<Pick<Result, "measured" | "absent">> {
  const own = ownRuns(posterior);
  const peer = await BlackJax.start();
  const rounds = settings.fewest === 1 ? 2 : 15;
  const values: number[][] = typeof peer === "string" ? [[]] : [[], []];
  try {
    if (typeof peer !== "string") {
      checkAgreement(posterior.name, own(1), await peer.run(posterior, 1));
    }
    for (let round = 0; round < rounds; round++) {
      values[0].push(worth(own(10 + round)));
      if (typeof peer !== "string") values[1].push(worth(await peer.run(posterior, 10 + round)));
    }
  } finally {
    if (typeof peer !== "string") peer.close();
  }
  const names = ["adjoint", "BlackJAX"].slice(0, values.length);
  return {
    measured: summary(
      names,
      values,
      values.map((v) => v.length),
    ),
    absent: {
      "@jax-js/jax": "has no samplers",
      tfjs: "has no samplers",
      ...(typeof peer === "string" ? { BlackJAX: peer } : {}),
    },
  };
}

export const posteriorTasks: Task[] = posteriors.map((posterior) => ({
  name: `nuts ${posterior.name}`,
  group: "inference",
  run: async (settings) => ({
    name: `nuts ${posterior.name}`,
    text: `An effective draw of ${posterior.text}: four chains of ${warmUp} steps of warm-up and ${draws} draws; float64.`,
    unit: "ns",
    ...(await measure(posterior, settings)),
  }),
}));

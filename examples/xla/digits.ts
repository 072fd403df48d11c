/**
 * @file The digits' network trained on four devices at once: `npm run examples xla`. Needs Python with JAX.
 *
 * Each device has a quarter of the images and the whole network; XLA adds the gradients up among them. The same steps on one
 * device give the same network, to rounding.
 */
import {
  type Array,
  lax,
  numpy as np,
  optim,
  random,
  sharding,
  tree,
  valueAndGrad,
} from "../../src/index.ts";
import { type Xla, connect } from "../../src/xla/index.ts";
import { type Examples, loadDigits } from "../digits/data.ts";
import { type Params, accuracy, batchLoss, initParams } from "../digits/model.ts";

const { P, makeMesh } = sharding;

const tx = optim.adam(0.01);
type State = ReturnType<typeof tx.init<Params>>;

/** Ten steps of Adam on all images, as one program. */
function train(params: Params, state: State, batch: Examples): { params: Params; state: State; loss: Array } {
  const step = ([p, s]: readonly [Params, State]): readonly [readonly [Params, State], Array] => {
    const [loss, gradient] = valueAndGrad(batchLoss)(p, batch);
    const [updates, next] = tx.update(gradient, s, p);
    return [[optim.applyUpdates(p, updates), next], loss];
  };
  const [[end, next], losses] = lax.scan(step, [params, state] as const, null, { length: 10 });
  return { params: end, state: next, loss: losses.slice(-1) };
}

interface Trained {
  readonly params: Params;
  readonly losses: readonly number[];
}

/** Trains on a mesh of so many devices. */
async function trainOn(xla: Xla, devices: number, data: Examples): Promise<Trained> {
  const start = initParams([64, 32, 10], random.key(0));
  const mesh = makeMesh([devices], ["data"]);
  const step = await xla.compile(train, [start, tx.init(start), data], {
    mesh,
    inShardings: [P(), P(), P("data")],
    outShardings: P(),
    donateArgnums: [0, 1],
  });
  const images = await xla.put(data, new sharding.NamedSharding(mesh, P("data")));
  let now = await step(start, tx.init(start), images);
  const losses: number[] = [];
  for (let i = 0; ; i++) {
    losses.push((await now.loss.data()).item());
    if (i === 9) break;
    // Network and images stay where they are: only the loss comes back.
    now = await step(now.params, now.state, images);
  }
  return { params: await xla.get(now.params), losses };
}

/** The network's loss after each ten steps, how much of what was held back it reads right, and how far the two differ. */
export async function run(
  python?: string,
): Promise<{ losses: readonly number[]; right: number; difference: number }> {
  const digits = loadDigits(361, 0);
  await using xla = await connect({ python, platform: "cpu", devices: 4 });
  const four = await trainOn(xla, 4, digits.train);
  const one = await trainOn(xla, 1, digits.train);
  const [a, b] = [four, one].map(({ params }) => tree.leaves(params));
  const difference = Math.max(...a.map((x, i) => np.max(np.abs(x.sub(b[i]))).item()));
  const right = accuracy(four.params, digits.test).item();
  console.log(`losses on four devices: ${four.losses.map((x) => x.toFixed(4)).join(" ")}`);
  console.log(`held-back images read right: ${(100 * right).toFixed(1)} %`);
  console.log(`greatest difference from one device in any weight: ${difference.toExponential(1)}`);
  return { losses: four.losses, right, difference };
}

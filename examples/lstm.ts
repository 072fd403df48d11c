/**
 * @file A recurrent network with long short-term memory (Hochreiter and Schmidhuber 1997) learns a poem letter by letter,
 * and recites. It is written for one letter of one sequence: `scan` makes it a function of a sequence, `vmap` of many.
 */
import { readFileSync } from "node:fs";
import {
  type Array as NDArray,
  init,
  jit,
  lax,
  nn,
  numpy as np,
  optim,
  random,
  valueAndGrad,
  vmap,
} from "../src/index.ts";

interface Params {
  readonly input: NDArray; // [letters, 4·units]: what each letter adds to the gates
  readonly recurrent: NDArray; // [units, 4·units]
  readonly bias: NDArray; // [4·units]
  readonly output: NDArray; // [units, letters]
}

/** What the network remembers. */
interface Memory {
  readonly cell: NDArray; // [units]
  readonly out: NDArray; // [units]
}

function initParams(key: random.Key, letters: number, units: number): Params {
  const [k1, k2, k3] = random.split(key, 3);
  const normal = (k: random.Key, shape: [number, number], scale: number): NDArray =>
    random.normal(k, shape, "float32").mul(scale);
  return {
    input: normal(k1, [letters, 4 * units], 0.5),
    recurrent: normal(k2, [units, 4 * units], units ** -0.5),
    bias: np.zeros([4 * units], "float32"),
    output: normal(k3, [units, letters], units ** -0.5),
  };
}

function blank({ recurrent }: Params): Memory {
  const zeros = np.zeros([recurrent.shape[0]], "float32");
  return { cell: zeros, out: zeros };
}

/** Reads one letter: the memory afterwards, and the scores of what may come next. */
function read(
  { input, recurrent, bias, output }: Params,
  memory: Memory,
  letter: NDArray,
): [Memory, NDArray] {
  const gates = input.slice(letter).add(np.matmul(memory.out, recurrent)).add(bias);
  const [keep, write, value, show] = np.split(gates, 4);
  const kept = nn.sigmoid(keep.add(1)).mul(memory.cell); // by default it remembers
  const cell = kept.add(nn.sigmoid(write).mul(np.tanh(value)));
  const out = nn.sigmoid(show).mul(np.tanh(cell));
  return [{ cell, out }, np.matmul(out, output)];
}

/** Mean cross entropy, in nats per letter, of a sequence's letters given those before them. */
function sequenceLoss(params: Params, sequence: NDArray): NDArray {
  const step = (memory: Memory, letter: NDArray): [Memory, NDArray] => read(params, memory, letter);
  const [, scores] = lax.scan(step, blank(params), sequence.slice([0, -1]));
  return optim.softmaxCrossEntropyWithIntegerLabels(scores, sequence.slice([1])).mean();
}

const batchLoss = (params: Params, sequences: NDArray): NDArray =>
  vmap(sequenceLoss, [null, 0])(params, sequences).mean();

/** `count` letters drawn one after another, each from the distribution that those before it leave. */
function recite(params: Params, key: random.Key, first: NDArray, count: number): NDArray {
  const step = ([memory, letter]: readonly [Memory, NDArray], k: random.Key) => {
    const [next, scores] = read(params, memory, letter);
    const drawn = random.categorical(k, scores);
    return [[next, drawn], drawn] as const;
  };
  return lax.scan(step, [blank(params), first] as const, random.split(key, count))[1];
}

export interface LstmOptions {
  readonly units?: number;
  /** Rounds of 50 steps. */
  readonly rounds?: number;
  /** Sequences in each step, and their length. */
  readonly batch?: number;
  readonly length?: number;
}

export interface LstmResult {
  /** Cross entropy in nats per letter, the mean over each round; of guesses without knowledge it would be `blind`. */
  readonly losses: readonly number[];
  readonly blind: number;
  readonly sample: string;
}

export async function run(options: LstmOptions = {}): Promise<LstmResult> {
  const { units = 64, rounds = 8, batch = 8, length = 48 } = options;
  await init();
  const text = readFileSync(new URL("data/jabberwocky.txt", import.meta.url), "utf8");
  const alphabet = [...new Set(text)].sort();
  const letters = np.array(
    Array.from(text, (c) => alphabet.indexOf(c)),
    "int32",
  );
  const [forParams, forTraining, forSample] = random.split(random.key(0), 3);

  const tx = optim.adam(0.01);
  let params = initParams(forParams, alphabet.length, units);
  let state = tx.init(params);
  const step = ([p, s]: readonly [Params, typeof state], key: random.Key) => {
    const starts = random.randint(key, [batch, 1], 0, text.length - length);
    const sequences = letters.slice(starts.add(np.arange(length + 1)));
    const [loss, gradient] = valueAndGrad(batchLoss)(p, sequences);
    const [updates, next] = tx.update(gradient, s, p);
    return [[optim.applyUpdates(p, updates), next], loss] as const;
  };
  const round = jit((p: Params, s: typeof state, keys: random.Key) => lax.scan(step, [p, s] as const, keys));

  const losses: number[] = [];
  for (const key of random.split(forTraining, rounds)) {
    const [[p, s], errors] = round(params, state, random.split(key, 50));
    [params, state] = [p, s];
    losses.push(errors.mean().item());
    console.log(
      `step ${String(50 * losses.length).padStart(4)}  ${losses.at(-1)!.toFixed(3)} nats per letter`,
    );
  }
  const drawn = jit(recite, { staticArgnums: 3 })(params, forSample, letters.slice(0), 300);
  const sample = text[0] + [...drawn.dataSync()].map((i) => alphabet[i]).join("");
  console.log(`\n${sample}`);
  return { losses, blind: Math.log(alphabet.length), sample };
}

/**
 * @file A process that loads one library and makes a training step with it: how long that takes until the first result.
 * Prints milliseconds: loading, the first call (trace, compile, run), the first call of a second program, a later call.
 */
import { jaxJs } from "../lib/jax-js.ts";
import { tfJs } from "../lib/tfjs.ts";
import {
  type MlpData,
  type Step,
  adjointStep,
  jaxStep,
  mlpData,
  stepByHand,
  tfStep,
} from "../workloads/mlp.ts";

type Make = (data: MlpData) => readonly [step: () => number, values: Step];

/** Loads a library; what it gives makes a new program. */
async function load(name: string): Promise<Make> {
  if (name === "adjoint") {
    const library = await import("../lib/library.ts");
    return (data) => adjointStep({ ...library.adjoint, jit: library.jit }, data);
  }
  if (name === "@jax-js/jax") {
    const jax = await jaxJs();
    return (data) => jaxStep(jax, data);
  }
  if (name === "tfjs") {
    const tf = await tfJs();
    return (data) => tfStep(tf, data);
  }
  return stepByHand;
}

const data = mlpData();
const otherData = mlpData([784, 240, 120, 10]);
const start = performance.now();
const make = await load(process.argv[2]);
const loaded = performance.now();
const [step] = make(data);
const loss = step();
const first = performance.now();
make(otherData)[0]();
const second = performance.now();
step();
const later = performance.now();
console.log(
  JSON.stringify({
    load: loaded - start,
    first: first - loaded,
    second: second - first,
    later: later - second,
    loss,
  }),
);

/**
 * @file Runs the examples (`npm run examples`), or those that are named (`npm run examples survey helmholtz`).
 */
import * as aot from "./aot/main.ts";
import * as bayesLogistic from "./bayes-logistic.ts";
import * as eightSchools from "./eight-schools.ts";
import * as fifthOrder from "./fifth-order.ts";
import * as fixedPoint from "./fixed-point.ts";
import * as helmholtz from "./helmholtz.ts";
import * as hmc from "./hmc.ts";
import * as hyperGradient from "./hyper-gradient.ts";
import * as kepler from "./kepler.ts";
import * as logisticMap from "./logistic-map.ts";
import * as lstm from "./lstm.ts";
import * as neuralOde from "./neural-ode.ts";
import * as perturbationConfusion from "./perturbation-confusion.ts";
import * as rnnMemory from "./rnn-memory.ts";
import * as rosenbrock from "./rosenbrock.ts";
import * as survey from "./survey.ts";
import * as tangentProp from "./tangent-prop.ts";
import * as workers from "./workers/main.ts";
import * as xla from "./xla/digits.ts";

const examples: Readonly<Record<string, { readonly run: () => unknown }>> = {
  survey,
  "logistic-map": logisticMap,
  rosenbrock,
  "perturbation-confusion": perturbationConfusion,
  helmholtz,
  "fifth-order": fifthOrder,
  "fixed-point": fixedPoint,
  kepler,
  "neural-ode": neuralOde,
  "tangent-prop": tangentProp,
  "hyper-gradient": hyperGradient,
  lstm,
  hmc,
  "bayes-logistic": bayesLogistic,
  "eight-schools": eightSchools,
  "rnn-memory": rnnMemory,
  aot,
  workers,
};

/** What needs more than Node runs when it is named. */
const named: typeof examples = { xla };

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in examples || name in named));
if (unknown.length > 0) {
  console.error(
    `no example ${unknown.join(", ")}; there are ${Object.keys({ ...examples, ...named }).join(", ")}`,
  );
  process.exitCode = 1;
} else {
  for (const name of wanted.length > 0 ? wanted : Object.keys(examples)) {
    console.log(`\n━━ ${name} ${"━".repeat(Math.max(0, 70 - name.length))}\n`);
    await (examples[name] ?? named[name]).run();
  }
}

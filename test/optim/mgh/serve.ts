/**
 * @file Evaluates the problems for another program, make-scipy.py: each line of input names a problem, what is asked of it and
 * a point; a line with the answer follows. So SciPy sees the very functions that the tests minimise.
 */
import { createInterface } from "node:readline";
import "../../../src/index.ts";
import { array } from "../../util/make-arrays.ts";
import { grad, hessian, jacfwd, jit } from "../../../src/api/index.ts";
import { problems } from "./problems.ts";
import { sumOfSquares } from "./functions.ts";

const functions = problems.map((p) => {
  const f = sumOfSquares(p);
  return {
    residuals: jit(p.residuals),
    jacobian: jit(jacfwd(p.residuals)),
    value: jit(f),
    gradient: jit(grad(f)),
    hessian: jit(hessian(f)),
  };
});

console.log(JSON.stringify(problems.map(({ number, start, minima }) => ({ number, start, minima }))));
createInterface({ input: process.stdin }).on("line", (line) => {
  const { number, what, x } = JSON.parse(line) as {
    number: number;
    what: keyof (typeof functions)[number];
    x: string[];
  };
  const out = functions[number - 1][what](array([x.length], x.map(Number)));
  // JSON has no NaN and no infinity.
  console.log(
    JSON.stringify(out.js(), (_, v: unknown) =>
      typeof v === "number" && !Number.isFinite(v) ? String(v) : v,
    ),
  );
});

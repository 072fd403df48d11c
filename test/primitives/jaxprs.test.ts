/** @file The program of every case under every transformation passes the checker, and its text reads back. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkpoint, grad, jvp, linearize, makeJaxpr, vjp, vmap } from "../../src/api/index.ts";
import { config } from "../../src/base/config.ts";
import type { NDArray } from "../../src/core/array.ts";
import { checkClosedJaxpr } from "../../src/core/jaxpr/check.ts";
import { jaxprAsFun } from "../../src/core/jaxpr/eval.ts";
import { type ClosedJaxpr, type Jaxpr, Literal, subJaxprs } from "../../src/core/jaxpr/ir.ts";
import { clearEagerCache } from "../../src/jit/eager.ts";
import { jaxprParts, parseJaxpr as readJaxpr } from "../../src/jaxpr/index.ts";
import * as lax from "../../src/lax/index.ts";
import { array, expectSame, flat } from "../util/arrays.ts";
import { type ParsedJaxpr, parseJaxpr, printParsed, withoutLayout } from "../util/parse-jaxpr.ts";
import { Random } from "../util/random.ts";
import { expectSameProgram } from "../util/same-program.ts";
import { type OpCase, type OpRow, caseName, drawAll, isFloatName, outputs } from "./row.ts";
import { opRows } from "./table.ts";

// Jaxprs and loop programs are checked as they are made.
beforeAll(() => {
  clearEagerCache();
  config.update({ enableChecks: true });
});
afterAll(() => config.update({ enableChecks: false }));

type Fn = (...xs: NDArray[]) => NDArray | readonly NDArray[];

/** The sum of all elements of the floating-point outputs. */
function total(f: Fn): (...xs: NDArray[]) => NDArray {
  return (...xs) =>
    outputs(f(...xs))
      .filter((o) => isFloatName(o.dtype))
      .map((o) =>
        lax.reduceSum(
          o,
          o.shape.map((_, i) => i),
        ),
      )
      .reduce((a, b) => lax.add(a, b));
}

interface Variant {
  readonly name: string;
  readonly f: Fn;
  readonly args: readonly NDArray[];
}

const ones = (xs: readonly NDArray[]): NDArray[] => xs.map((x) => array(x.shape, flat(x).fill(1), x.dtype));

/** The case and its transforms, as functions of the differentiable operands. */
function variants(c: OpCase, args: readonly NDArray[]): Variant[] {
  const all: Variant = { name: "itself", f: (...xs) => c.call(...xs), args };
  const lanes = args.map((x) => array([2, ...x.shape], [...flat(x), ...flat(x)], x.dtype));
  const batched: Variant = {
    name: "vmap",
    f: vmap((...xs: NDArray[]) => outputs(c.call(...xs))),
    args: lanes,
  };
  if (c.diff.length === 0 || c.order === 0) return args.length === 0 ? [all] : [all, batched];
  const f: Fn = (...diff) =>
    outputs(c.call(...args.map((x, i) => (c.diff.includes(i) ? diff[c.diff.indexOf(i)] : x))));
  const primals = c.diff.map((i) => args[i]);
  const outs = outputs(f(...primals)).filter((o) => isFloatName(o.dtype));
  const floats: Fn = (...xs) => outputs(f(...xs)).filter((o) => isFloatName(o.dtype));
  const pull: Fn = (...cts) => vjp(floats, [...primals])[1](cts);
  const argnums = primals.map((_, i) => i);
  const first: Variant[] = [
    all,
    batched,
    { name: "jvp", f: (...xs) => jvp(floats, xs, ones(primals))[1], args: primals },
    { name: "pullback", f: pull, args: ones(outs) },
    {
      name: "push",
      f: (...ts) => linearize(floats, [...primals])[1](...ts),
      args: ones(primals),
    },
    { name: "grad", f: grad(total(f), argnums), args: primals },
    {
      name: "vmap of grad",
      f: vmap(grad(total(f), argnums)),
      args: primals.map((x) => array([2, ...x.shape], [...flat(x), ...flat(x)], x.dtype)),
    },
    { name: "checkpoint", f: grad(checkpoint(total(f)), argnums), args: primals },
  ];
  if (c.order < 2) return first;
  return [
    ...first,
    {
      name: "grad of grad",
      f: grad((...xs: NDArray[]) => total(grad(total(f), argnums))(...xs), argnums),
      args: primals,
    },
  ];
}

const count = (j: Jaxpr | ParsedJaxpr): number => j.eqns.length;

/** Names, types and operands of the text are those of the program. */
function expectReads(jaxpr: Jaxpr, parsed: ParsedJaxpr): void {
  expect(parsed.consts.map((b) => b.aval)).toEqual(jaxpr.constvars.map((v) => v.aval.short()));
  expect(parsed.ins.map((b) => b.aval)).toEqual(jaxpr.invars.map((v) => v.aval.short()));
  expect(count(parsed)).toBe(count(jaxpr));
  const names = new Map<unknown, string>();
  [...jaxpr.constvars, ...jaxpr.invars].forEach((v, i) =>
    names.set(v, [...parsed.consts, ...parsed.ins][i].name),
  );
  jaxpr.eqns.forEach((eqn, k) => {
    const got = parsed.eqns[k];
    expect(got.primitive).toBe(eqn.primitive.name);
    expect(got.outs.map((b) => b.aval)).toEqual(eqn.outputs.map((v) => v.aval.short()));
    eqn.outputs.forEach((v, i) => names.set(v, got.outs[i].name));
    eqn.inputs.forEach((a, i) => {
      if (a instanceof Literal)
        expect(got.inputs[i]).toMatch(new RegExp(`:${a.aval.short().replace("[]", "\\[\\]")}$`));
      else expect(got.inputs[i]).toBe(names.get(a));
    });
    expect(got.inputs).toHaveLength(eqn.inputs.length);
    subJaxprs(eqn.params).forEach((body, i) => expectReads(body.jaxpr, got.bodies[i]));
  });
  expect(parsed.outs.map((o) => o.includes(":"))).toEqual(jaxpr.outs.map((a) => a instanceof Literal));
}

function check(v: Variant): ClosedJaxpr {
  const closed = makeJaxpr(v.f)(...v.args);
  checkClosedJaxpr(closed);
  const text = String(closed);
  const parsed = parseJaxpr(text);
  expect(printParsed(parsed)).toBe(withoutLayout(text));
  expectReads(closed.jaxpr, parsed);
  const parts = jaxprParts(closed);
  expectSameProgram(readJaxpr(text, parts), closed, false);
  expectSameProgram(readJaxpr(closed.toString({ weakTypes: true }), parts), closed, true);
  return closed;
}

const runs = (r: OpRow, c: OpCase): NDArray[] => drawAll(c, new Random(caseName(r, c)));

describe("programs are well-formed, read back, and compute what the function computes", () => {
  for (const r of opRows) {
    for (const c of r.cases) {
      it(caseName(r, c), () => {
        for (const v of variants(c, runs(r, c))) {
          const closed = check(v);
          const want = outputs(v.f(...v.args));
          const got = jaxprAsFun(closed)(v.args);

          want.forEach((x, i) => expectSame(got[i], x, v.name));
        }
      });
    }
  }
});

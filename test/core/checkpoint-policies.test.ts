/**
 * @file What `checkpoint` keeps under each policy, that the rest is computed again, compiled too, and that neither values
 * nor derivatives change.
 */
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  checkpoint,
  checkpointName,
  checkpointPolicies,
  grad,
  hessian,
  jit,
  jvp,
  printSavedResiduals,
  savedResiduals,
  valueAndGrad,
  vmap,
} from "../../src/api/index.ts";
import { config } from "../../src/base/config.ts";
import * as lax from "../../src/control-flow/lax.ts";
import type { CheckpointPolicy } from "../../src/interpreters/remat.ts";
import type { NDArray } from "../../src/core/array.ts";
import { checkGrads } from "../../src/testing.ts";
import { array, expectArraysClose, value } from "../util/arrays.ts";

type A = NDArray;
const { exp, sin, mul, cos } = lax;
const p = checkpointPolicies;
const matmul = (a: A, b: A): A =>
  lax.dotGeneral(a, b, [
    [[1], [0]],
    [[], []],
  ]);
const sum = (x: A): A => lax.reduceSum(x, [0, 1]);
const w = array([2, 2], [0.1, 0.5, -0.3, 0.2]);
const x = array([2, 2], [0.4, 0.1, 0.7, -0.2]);

/** Two layers; a name for the first product. */
const net = (a: A, b: A): A => {
  const first = checkpointName(matmul(a, sin(b)), "first");
  const second = checkpointName(matmul(a, exp(first)), "second");
  return sum(cos(second));
};

/** Names of what is kept besides the arguments. */
const kept = (policy: CheckpointPolicy | null, f: typeof net = net): string[] =>
  savedResiduals(checkpoint(f, { policy }), w, x)
    .map((r) => r.where)
    .filter((s) => !s.startsWith("argument"))
    .sort();

describe("policies", () => {
  it("keep what they say", () => {
    expect(kept(null)).toEqual([]);
    expect(kept(p.nothingSaveable)).toEqual([]);
    expect(kept(p.dotsSaveable)).toEqual(["output of dot_general", "output of dot_general"]);
    expect(kept(p.saveOnlyTheseNames("first"))).toEqual(['named "first"']);
    expect(kept(p.saveOnlyTheseNames("first", "second"))).toEqual(['named "first"', 'named "second"']);
    expect(kept(p.saveAnyNamesButThese("first"))).toEqual(['named "second"']);
    const both = p.saveFromBothPolicies(p.saveOnlyTheseNames("first"), p.saveOnlyTheseNames("second"));
    expect(kept(both)).toEqual(['named "first"', 'named "second"']);
    expect(kept(p.everythingSaveable).length).toBe(
      savedResiduals(net, w, x).filter((r) => !r.where.startsWith("argument")).length,
    );
    expect(kept(p.saveAnythingExceptTheseNames("second")).some((s) => s === 'named "second"')).toBe(false);
  });
  it("tell products with batch axes from those without", () => {
    const batched = (a: A, b: A): A => {
      const stack = (y: A): A => lax.reshape(y, [1, 2, 2]);
      const product = lax.dotGeneral(stack(a), stack(sin(b)), [
        [[2], [1]],
        [[0], [0]],
      ]);
      return sum(cos(matmul(a, lax.reshape(sin(product), [2, 2]))));
    };
    expect(kept(p.dotsSaveable, batched)).toHaveLength(2);
    expect(kept(p.dotsWithNoBatchDimsSaveable, batched)).toHaveLength(1);
    expect(p.checkpointDots).toBe(p.dotsSaveable);
    expect(p.checkpointDotsWithNoBatchDims).toBe(p.dotsWithNoBatchDimsSaveable);
  });
  it("look into jitted functions", () => {
    const inner = jit(net);
    expect(kept(p.dotsSaveable, (a, b) => inner(a, b))).toHaveLength(2);
  });
  const policies: Record<string, CheckpointPolicy | null> = {
    none: null,
    everything: p.everythingSaveable,
    dots: p.dotsSaveable,
    name: p.saveOnlyTheseNames("second"),
  };
  it.each(Object.keys(policies))("change no value and no derivative: %s", (key) => {
    const f = checkpoint(net, { policy: policies[key] });
    checkGrads(f, [w, x], { order: 3 });
    for (const g of [f, jit(f), checkpoint(f), checkpoint(jit(f), { policy: p.dotsSaveable })]) {
      expectArraysClose(g(w, x), net(w, x), 1e-15);
      expectArraysClose(grad(g, 1)(w, x), grad(net, 1)(w, x), 1e-14);
      expectArraysClose(jit(grad(g, 1))(w, x), grad(net, 1)(w, x), 1e-14);
      expectArraysClose(jvp(g, [w, x], [x, w])[1], jvp(net, [w, x], [x, w])[1], 1e-14);
      expectArraysClose(hessian((b: A) => g(w, b))(x), hessian((b: A) => net(w, b))(x), 1e-13);
      const xs = lax.reshape(lax.concatenate([x, w], 0), [2, 2, 2]);
      expectArraysClose(vmap(grad(g), [null, 0])(w, xs), vmap(grad(net), [null, 0])(w, xs), 1e-14);
    }
  });
});

describe("recomputation under jit", () => {
  const deep = (a: A): A => exp(sin(exp(sin(exp(a)))));
  const exps = (f: (a: A) => A): number => {
    const { simplified } = jit(valueAndGrad(f)).lower(0.1).compile();
    return simplified.split("= exp").length - 1;
  };
  it("is there in the simplified program, and only without preventCse is it merged away", () => {
    expect(exps(deep)).toBe(3);
    expect(exps(checkpoint(deep))).toBe(6);
    expect(exps(checkpoint(deep, { preventCse: false }))).toBe(3);
    expect(exps(checkpoint(deep, { policy: p.everythingSaveable }))).toBe(3);
  });
  it("happens when the program runs: the backward loop comes after the sum that it needs", () => {
    const xs = lax.full([10], 0.1);
    // In JavaScript, where calls can be counted; the loops are the same for all backends.
    const compiled = (f: (a: A) => A) =>
      jit(
        grad((a: A) => lax.log(lax.reduceSum(f(a), [0]))),
        { backend: "js" },
      );
    const bytes = (f: (a: A) => A): number => compiled(f).lower(xs).compile().stats.bytes;
    const calls = (f: (a: A) => A): number => {
      const g = compiled(f);
      g(xs);
      const spy = vi.spyOn(Math, "exp");
      g(xs);
      const n = spy.mock.calls.length;
      spy.mockRestore();
      return n;
    };
    config.with({ jitless: false }, () => {
      expect([calls(deep), bytes(deep)]).toEqual([30, 3 * 80]);
      expect([calls(checkpoint(deep)), bytes(checkpoint(deep))]).toEqual([60, 0]);
    });
  });
  it("takes less memory: the temporaries of a deep network", () => {
    const layer = (a: A): A => sin(matmul(w256, exp(cos(a))));
    const w256 = lax.full([32, 32], 0.01);
    const net20 =
      (f: (a: A) => A) =>
      (a: A): A => {
        let y = a;
        for (let k = 0; k < 20; k++) y = f(y);
        return sum(y);
      };
    const bytes = (f: (a: A) => A): number =>
      jit(grad(net20(f)))
        .lower(lax.full([32, 32], 0.1))
        .compile().stats.bytes;
    const wide = (a: A): A => layer(layer(layer(layer(a))));
    const plain =
      (f: (a: A) => A) =>
      (a: A): A => {
        let y = a;
        for (let k = 0; k < 5; k++) y = f(y);
        return sum(y);
      };
    const kept = bytes(layer);
    const again = jit(grad(plain(checkpoint(wide))))
      .lower(lax.full([32, 32], 0.1))
      .compile().stats.bytes;
    expect(again).toBeLessThan(0.6 * kept);
  });
});

describe("staticArgnums", () => {
  it("are passed as they are", () => {
    const f = checkpoint((a: A, mode: string, k: number) => (mode === "sin" ? sin(mul(a, k)) : a), {
      staticArgnums: [1, 2],
    });
    expect(value(f(array([], [2]), "id", 3))).toBe(2);
    expect(value(grad((a: A) => f(a, "sin", 3))(0))).toBe(3);
    expect(() => checkpoint(sin, { staticArgnums: 4 })(1)).toThrow("staticArgnums names argument 4");
  });
});

describe("savedResiduals", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });
  it("tells types, bytes and origins", () => {
    const c = lax.full([3], 2);
    const f = (q: { a: A }): A => mul(mul(q.a, q.a), c);
    expect(savedResiduals(f, { a: array([3], [1, 2, 3]) }).map((r) => r.where)).toEqual([
      "argument 0.a",
      "a constant",
    ]);
    const g = (a: A): A => mul(exp(a), a);
    const list = savedResiduals(g, array([3], [1, 2, 3]));
    expect(list.map((r) => [r.aval.short(), r.bytes, r.where])).toEqual(
      expect.arrayContaining([
        ["f64[3]", 24, "output of exp"],
        ["f64[3]", 24, "argument 0"],
      ]),
    );
  });
  it("prints them with the bytes of all", () => {
    const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
    printSavedResiduals(checkpoint(sin), array([3], [1, 2, 3]));
    expect(log.mock.calls).toEqual([["f64[3] argument 0\n1 arrays, 24 bytes"]]);
  });
  it("shows what checkpoints of loops save", () => {
    const bytes = (c: lax.Checkpointing): number =>
      savedResiduals(
        (a: A) => lax.scan((y: A) => [sin(y), null], a, null, { length: 10_000, checkpoint: c })[0],
        array([], [1]),
      ).reduce((n, r) => n + r.bytes, 0);
    expect([bytes("all"), bytes("sqrt"), bytes(5)]).toEqual([80_000, 800, 8]);
  });
  it("constants of a loop are kept once, and its xs are not copied", () => {
    const f = (m: A, xs: A): A => sum(lax.scan((y: A, z: A) => [sin(matmul(m, mul(y, z))), null], x, xs)[0]);
    const where = savedResiduals(f, w, lax.full([5, 2, 2], 0.5)).map((r) => `${r.aval.short()} ${r.where}`);
    expect(where).toContain("f64[2,2] argument 0");
    expect(where).toContain("f64[5,2,2] argument 1");
    expect(where.filter((s) => s.startsWith("f64[5,2,2] output"))).toHaveLength(3);
  });
});

/** @file `leakChecking` finds values that outlive their transformation, and only those. */
import { describe, expect, it } from "vitest";
import {
  type Array,
  checkpoint,
  customJvp,
  errors,
  grad,
  hessian,
  jit,
  lax,
  leakChecking,
  newRef,
  numpy as np,
  vmap,
} from "../../src/index.ts";

const f = (x: Array): Array => np.sin(x).mul(x).sum();
const scanned = (x: Array): Array => lax.scan((c: Array, y: Array) => [c.mul(y), c], x.sum(), x)[0];
const rule = customJvp((x: Array) => np.exp(x));
rule.defJvp(([x]: [Array], [t]: [Array]) => [np.exp(x), np.exp(x).mul(t)]);

describe("leakChecking", () => {
  const x = np.array([0.1, 0.2]);
  const clean: readonly (readonly [string, () => unknown])[] = [
    ["jit", () => jit(f)(x)],
    ["grad", () => grad(f)(x)],
    ["jit of grad", () => jit(grad(f))(x)],
    ["vmap", () => vmap((y: Array) => y.mul(2))(x)],
    ["hessian", () => hessian(f)(x)],
    ["loops", () => jit(grad(scanned))(x)],
    ["branches", () => jit(grad((y: Array) => lax.cond(y.sum().greater(0), f, scanned, y)))(x)],
    ["checkpoint", () => jit(grad(checkpoint(f)))(x)],
    ["customJvp", () => jit(grad((y: Array) => rule(y).sum()))(x)],
    [
      "references",
      () =>
        jit((y: Array) => {
          const r = newRef(y);
          r.addUpdate(1);
          return r.get();
        })(x),
    ],
  ];

  it.each(clean)("finds nothing in %s", async (_, run) => {
    await expect(leakChecking(run)).resolves.toBeDefined();
  });

  it("returns what the function returned", async () => {
    expect((await leakChecking(() => jit(f)(x))).item()).toBeCloseTo(f(x).item(), 15);
    expect(await leakChecking(() => 3)).toBe(3);
  });

  it.each([
    ["jit", (keep: (y: Array) => void) => jit((y: Array) => (keep(y.mul(2)), y))(x)],
    ["grad", (keep: (y: Array) => void) => grad((y: Array) => (keep(y), f(y)))(x)],
    ["vmap", (keep: (y: Array) => void) => vmap((y: Array) => (keep(y), y))(x)],
  ] as const)("finds what leaves %s", async (what, run) => {
    const kept: Array[] = [];
    const checked = leakChecking(() => run((y) => void kept.push(y)));
    await expect(checked).rejects.toThrow(errors.UnexpectedTracerError);
    await expect(checked).rejects.toThrow(new RegExp(`outlived ${what}.*leaks\\.test\\.ts`));
    expect(kept.length).toBe(1);
  });
});

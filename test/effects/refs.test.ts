/** @file References: the results, and the refusals, of JAX 0.10.2 for the same functions, but where a comment says otherwise. */
import { describe, expect, it } from "vitest";
import type { Ref } from "../../src/index.ts";
import {
  type Array,
  type ConfigValues,
  checkpoint,
  config,
  customVjp,
  debug,
  errors,
  freeze,
  grad,
  jit,
  jvp,
  lax,
  makeJaxpr,
  newRef,
  numpy as np,
  vmap,
} from "../../src/index.ts";
import { checkGrads } from "../../src/testing.ts";

const modes: Readonly<Record<string, Partial<ConfigValues>>> = {
  compiled: {},
  WebAssembly: { backend: "wasm" },
  "not compiled": { disableJit: true },
};

/** sin(x₀)·x, three times, in a reference of its own. */
const inside = (x: Array): Array => {
  const ref = newRef(x);
  lax.foriLoop(
    0,
    3,
    (_: Array, c: null) => {
      ref.set(np.sin(ref.get()).mul(x));
      return c;
    },
    null,
  );
  return freeze(ref);
};

describe.each(Object.entries(modes))("references, %s,", (_, mode) => {
  const within = (name: string, run: () => void): void => {
    it(name, () => {
      config.with(mode, run);
    });
  };

  within("made inside have derivatives", () => {
    // JAX: 0.67843044, 1.9026695 in float32.
    const want = Math.sin(Math.sin(Math.sin(1)));
    expect(jit(inside)(1).item()).toBeCloseTo(want, 15);
    expect(grad(inside)(1).item()).toBeCloseTo(1.9026695, 6);
    expect(jit(grad(inside))(1).item()).toBeCloseTo(1.9026695, 6);
    checkGrads(inside, [np.array(0.7)], { order: 2, modes: ["fwd", "rev"] });
    expect(jit(vmap(inside))(np.array([1, 1])).js()).toEqual([jit(inside)(1).item(), jit(inside)(1).item()]);
  });

  within("made outside are read and changed by every call", () => {
    const total = newRef(0);
    const f = jit((x: Array) => {
      total.addUpdate(x);
      return total.get().mul(2);
    });
    expect([f(1).item(), f(2).item(), total.get().item()]).toEqual([2, 6, 3]);
    total.set(10);
    expect(f(1).item()).toBe(22);
  });

  within("are arguments", () => {
    const ref = newRef(np.zeros([3]));
    const f = jit((r: Ref, x: Array) => {
      r.set(x, [1]);
      return r.get().sum();
    });
    expect([f(ref, 5).item(), ref.get().js()]).toEqual([5, [0, 5, 0]]);
    expect(f(newRef(np.ones([3])), 5).item()).toBe(7);
  });

  within("go through loops and branches", () => {
    const ref = newRef(0);
    const sum = jit((xs: Array) =>
      lax.scan(
        (c: null, x: Array) => {
          ref.addUpdate(x);
          return [c, ref.get()];
        },
        null,
        xs,
      ),
    );
    const [, ys] = sum(np.array([0, 1, 2]));
    expect([ref.get().item(), ys.js()]).toEqual([3, [0, 1, 3]]);
    ref.set(0);
    jit(() =>
      lax.whileLoop(
        (c: Array) => c.less(3),
        (c: Array) => {
          ref.addUpdate(c);
          return c.add(1);
        },
        0,
      ),
    )();
    expect(ref.get().item()).toBe(3);
    // JAX has no loop whose condition reads a reference.
    const until = jit(() =>
      lax.whileLoop(
        (_: Array) => ref.get().less(6),
        (c: Array) => {
          ref.addUpdate(1);
          return c.add(1);
        },
        0,
      ),
    );
    expect([until().item(), ref.get().item()]).toEqual([3, 6]);
    const choose = jit((x: Array) =>
      lax.cond(
        x.greater(0),
        () => {
          ref.set(x.mul(2));
          return ref.get();
        },
        () => np.array(0),
      ),
    );
    expect([choose(4).item(), ref.get().item(), choose(-1).item(), ref.get().item()]).toEqual([8, 8, 0, 8]);
  });

  within("are changed in nested loops, calls and branches", () => {
    const count = newRef(np.array([0, 0], { dtype: "int32" }));
    const tick = jit((k: Array) => {
      count.addUpdate(1, [k]);
      return k;
    });
    const f = jit((n: Array) =>
      lax.foriLoop(
        0,
        n,
        (i: Array, c: Array) =>
          lax.foriLoop(
            0,
            2,
            (_: Array, d: Array) =>
              lax.cond(
                i.mod(2).equal(0),
                () => tick(np.array(0, { dtype: "int32" })).add(d),
                () => tick(np.array(1, { dtype: "int32" })).add(d),
              ),
            c,
          ),
        np.array(0, { dtype: "int32" }),
      ),
    );
    expect(f(5).item()).toBe(4);
    expect(count.get().js()).toEqual([6, 4]);
  });

  within("of each lane are arguments that are mapped", () => {
    const ref = newRef(np.zeros([3, 2]));
    vmap((r: Ref, x: Array) => {
      r.set(np.stack([x, x.mul(2)]));
      return x;
    })(ref, np.array([0, 1, 2]));
    expect(ref.get().js()).toEqual([
      [0, 0],
      [1, 2],
      [2, 4],
    ]);
    const across = newRef(np.zeros([2, 3]));
    jit((x: Array) => {
      vmap(
        (r: Ref, y: Array) => {
          r.addUpdate(y, [0]);
          return y;
        },
        [1, 0],
      )(across, x);
      return x;
    })(np.array([1, 2, 3]));
    expect(across.get().js()).toEqual([
      [1, 2, 3],
      [0, 0, 0],
    ]);
    // JAX: NotImplementedError, state in a vmap of cond.
    const own = (x: Array): Array => {
      const r = newRef(0);
      lax.cond(
        x.greater(0),
        () => {
          r.set(x.mul(2));
          return 0;
        },
        () => 0,
      );
      return r.get();
    };
    expect(jit(vmap(own))(np.array([1, -1])).js()).toEqual([2, 0]);
  });

  within("take values without a derivative out of what is differentiated", () => {
    const ref = newRef(0);
    const f = (x: Array): Array => {
      ref.set(lax.stopGradient(x.mul(2)));
      return x.mul(x);
    };
    expect([grad(f)(3).item(), ref.get().item()]).toEqual([6, 6]);
    expect([jit(grad(f))(4).item(), ref.get().item()]).toEqual([8, 8]);
    expect(grad((x: Array) => x.mul(ref.get()))(3).item()).toBe(8);
    const lost = (x: Array): Array => {
      ref.set(x.mul(2));
      return x;
    };
    expect(() => grad(lost)(3)).toThrow(errors.StateError);
    expect(() => jit(grad(lost))(3)).toThrow(/derivative would be lost/);
    expect(ref.get().item()).toBe(8);
  });

  within("take cotangents out of backward rules", () => {
    const seen = newRef(0);
    const f = customVjp((x: Array) => x);
    f.defVjp(
      (x: Array) => [x, null],
      (_: null, ct: Array) => {
        seen.set(ct);
        return [ct];
      },
    );
    expect([grad((x: Array) => f(x).mul(3))(2).item(), seen.get().item()]).toEqual([3, 3]);
    expect([jit(grad((x: Array) => f(x).mul(5)))(2).item(), seen.get().item()]).toEqual([5, 5]);
  });
});

describe("references", () => {
  it("have parts", () => {
    const ref = newRef(np.arange(4).astype("float64"));
    const part = ref.get([[1, 3]]);
    const old = ref.swap(9, [0]);
    ref.addUpdate(5, [1]);
    expect([part.js(), old.item(), ref.get().js()]).toEqual([[1, 2], 0, [9, 6, 2, 3]]);
    expect([ref.shape, ref.dtype, ref.ndim, ref.size, String(newRef(1))]).toEqual([
      [4],
      "float64",
      1,
      4,
      "Ref(Array(1.))",
    ]);
  });

  it("keep shape and dtype", () => {
    expect(() => newRef(0).set(np.ones([3]))).toThrow(errors.ShapeError);
    expect(() => newRef(np.array(0, { dtype: "float32" })).set(np.array(3, { dtype: "int32" }))).toThrow(
      errors.DTypeError,
    );
    expect(() => newRef(np.array(0, { dtype: "int32" })).set(2.5)).toThrow(errors.DTypeError);
    const ints = newRef(np.zeros([2], { dtype: "int32" }));
    ints.set(7);
    expect([ints.get().js(), ints.dtype]).toEqual([[7, 7], "int32"]);
  });

  it("are refused where they would be lost or seen twice", () => {
    const ref = newRef(0);
    expect(() => vmap((x: Array) => (ref.set(x), x))(np.array([1, 2]))).toThrow(/all lanes share/);
    expect(() => vmap((x: Array) => (ref.addUpdate(x), x))(np.array([1, 2]))).toThrow(errors.StateError);
    expect(() => jit((a: Ref, b: Ref) => (a.set(1), b.get()))(ref, ref)).toThrow(/given twice/);
    expect(() => jit((a: Ref) => (a.set(1), ref.get()))(ref)).toThrow(/its argument, too/);
    expect(() => jit(() => newRef(0) as unknown as Array)()).toThrow(errors.OutputError);
    let leaked: Ref | null = null;
    jit((x: Array) => {
      leaked = newRef(x);
      return x;
    })(1);
    expect(() => leaked!.get()).toThrow(/outlived/);
    expect(() => np.sin(ref as unknown as Array)).toThrow(errors.ArgumentError);
    expect(() => newRef(ref as unknown as Array)).toThrow(/its value/);
    expect(() => freeze(1 as unknown as Ref)).toThrow(errors.ArgumentError);
    expect(() =>
      lax.whileLoop(
        (c: Array) => (ref.set(1), c.less(1)),
        (c: Array) => c,
        3,
      ),
    ).toThrow(/only the body/);
    expect(ref.get().item()).toBe(0);
  });

  it("change nothing in a program that makes them inside", () => {
    const plain = (x: Array): Array => x.mul(x).add(1);
    const state = (x: Array): Array => {
      const r = newRef(x);
      r.set(r.get().mul(x));
      r.addUpdate(1);
      return r.get();
    };
    expect(String(makeJaxpr(state)(np.ones([3])))).toBe(String(makeJaxpr(plain)(np.ones([3]))));
  });

  it("work beside effects", () => {
    const lines: string[] = [];
    debug.setPrinter((l) => void lines.push(l));
    const n = newRef(np.array(0, { dtype: "int32" }));
    const f = jit((x: Array) => {
      n.addUpdate(1);
      debug.print("call {}", n.get());
      return x;
    });
    f(1);
    f(2);
    debug.setPrinter(null);
    expect(lines).toEqual(["call 1", "call 2"]);
  });

  it("are changed once by checkpoints, whatever these compute again", () => {
    const sum = newRef(np.array(0));
    const f = (x: Array): Array => {
      const y = np.sin(np.sin(x)).mul(sum.get().add(1));
      sum.addUpdate(lax.stopGradient(x));
      return y;
    };
    const slope = (x: number): number => Math.cos(Math.sin(x)) * Math.cos(x);
    const checked = checkpoint(f);
    checked(1);
    expect(sum.get().item()).toBe(1);
    // JAX adds 2 twice here, when it computes the function again.
    expect(grad(checked)(2).item()).toBeCloseTo(2 * slope(2), 12);
    expect(sum.get().item()).toBe(3);
    expect(jit(grad(checked))(3).item()).toBeCloseTo(4 * slope(3), 12);
    expect(sum.get().item()).toBe(6);
    const [carry] = lax.scan((c: Array, x: Array) => [c.add(checked(x)), x], np.array(0), np.array([1, 2]));
    expect(sum.get().item()).toBe(9);
    const value = (x: number): number => Math.sin(Math.sin(x));
    expect(carry.item()).toBeCloseTo(7 * value(1) + 8 * value(2), 12);
  });

  it("carry derivatives through checkpoints, as through the function itself", () => {
    const run = (wrap: (f: (x: Array) => Array) => (x: Array) => Array) => (x: Array) => {
      const r = newRef(x.mul(x));
      const step = wrap((y) => {
        r.set(np.sin(r.get()).mul(y));
        return r.get().add(y);
      });
      return step(x)
        .mul(step(np.cos(x)))
        .add(r.get());
    };
    const [plain, again] = [run((f) => f), run((f) => checkpoint(f))];
    for (const d of [
      grad,
      (f: (x: Array) => Array) => grad(grad(f)),
      (f: (x: Array) => Array) => jit(grad(f)),
    ])
      expect(d(again)(0.7).item()).toBeCloseTo(d(plain)(0.7).item(), 12);
  });

  it("in forward mode and checkpoints are read", () => {
    const scale = newRef(3);
    const f = (x: Array): Array => np.sin(x).mul(scale.get());
    expect(jvp(f, [0], [1])[1].item()).toBe(3);
    expect(grad(checkpoint(f))(0).item()).toBe(3);
  });
});

/**
 * @file Names that complete JAX's: settings and scopes, typed errors, `ds`, the passes of reverse mode, bytes, products, Schur
 * forms. Values are those of JAX 0.10.2 and SciPy unless a comment says otherwise.
 */
import { describe, expect, it } from "vitest";
import {
  type Array as A,
  customDerivatives,
  customVjp,
  debugNans,
  disableJit,
  ds,
  dtypes,
  enableX64,
  errors,
  experimental,
  fwdAndBwd,
  grad,
  jit,
  lax,
  namedCall,
  namedScope,
  numpy as np,
  random,
  scipy,
  typeof_,
  vmap,
} from "../src/index.ts";
import { checkGrads } from "../src/testing.ts";
import { flat } from "./util/arrays.ts";

function expectClose(got: A, want: A | number | readonly number[], tolerance: number): void {
  const expected = typeof want === "number" ? [want] : "dtype" in want ? flat(want) : want;
  const found = flat(got);
  expect(found.length).toBe(expected.length);
  found.forEach((x, i) => expect(Math.abs(x - expected[i])).toBeLessThanOrEqual(tolerance));
}

const numbers = (x: A): number[] => flat(x);
const parts = (z: A): number[][] => [flat(np.real(z)), flat(np.imag(z))];

describe("settings for the time of a function", () => {
  it("disableJit runs functions, loops and branches on values", () => {
    const seen: number[] = [];
    const f = jit((x: A) => {
      seen.push(x.item());
      const doubled = lax.whileLoop(
        (c: A) => c.less(10),
        (c: A) => {
          seen.push(c.item());
          return c.mul(2);
        },
        x,
      );
      const [sum, ys] = lax.scan((c: A, y: A) => [c.add(y.item()), c], doubled, np.array([1, 2]));
      const last = lax.cond(
        sum.greater(0),
        (y: A) => np.array(y.item() + 1),
        (y: A) => y,
        sum,
      );
      return np.concatenate([ys, np.stack([last])]);
    });
    expect(numbers(disableJit(() => f(3)))).toEqual([12, 13, 16]);
    expect(seen).toEqual([3, 3, 6]);
    expect(() => f(3)).toThrow(errors.TracerConversionError);
    expect(() => disableJit(() => disableJit(() => f(3), false))).toThrow(errors.TracerConversionError);
  });
  it("loops without known conditions are traced, and have derivatives", () => {
    const f = (x: A): A =>
      lax.whileLoop(
        (c: A) => c.less(10),
        (c: A) => c.mul(2),
        x,
      );
    expect(disableJit(() => grad(f)(1).item())).toBe(16);
    const g = (x: A): A =>
      lax.scan((c: A, y: A) => [c.mul(y), c], x, np.array([2, 3, 4]), { reverse: true })[1].sum();
    expect(disableJit(() => grad(g)(1).item())).toBe(1 + 4 + 12);
    expect(grad(g)(1).item()).toBe(17);
  });
  it("enableX64 and debugNans hold for the function alone", () => {
    expect(enableX64(false, () => np.ones([1]).dtype)).toBe("float32");
    expect(np.ones([1]).dtype).toBe("float64");
    expect(() => debugNans(true, () => np.log(np.array(-1)))).toThrow(errors.NanError);
    expect(() => enableX64(1 as never, () => 0)).toThrow(errors.ArgumentError);
  });
  it("scopes name what went wrong where, and end with their functions", () => {
    const layer = namedCall((x: A) => np.add(x, np.ones([3])), { name: "layer" });
    const scopeOf = (f: () => unknown): string | null => {
      try {
        f();
      } catch (error) {
        return (error as errors.AdjointError).scope;
      }
      return "no error";
    };
    expect(scopeOf(() => namedScope("net", () => jit((x: A) => layer(x))(np.ones([2]))))).toBe("net/layer");
    expect(scopeOf(() => np.add(np.ones([2]), np.ones([3])))).toBeNull();
    expect(() => namedScope(1 as never, () => 0)).toThrow(/name/);
    expect(numbers(layer(np.ones([3])))).toEqual([2, 2, 2]);
  });
});

describe("errors", () => {
  const cases: readonly [string, () => unknown, string][] = [
    ["a boolean", () => jit((x: A) => x.greater(0).item())(1), "TracerBoolConversionError"],
    ["an integer", () => jit((x: A) => x.item())(np.array(1, "int32")), "TracerIntegerConversionError"],
    ["a float", () => jit((x: A) => x.item())(1), "TracerConversionError"],
    ["an array", () => jit((x: A) => np.array(x.js<number[]>()))(np.ones([2])), "TracerArrayConversionError"],
    ["a mask", () => jit((x: A) => x.slice(x.greater(1)))(np.ones([2])), "NonConcreteBooleanIndexError"],
  ];
  it.each(cases)("the number of %s", (_, f, name) => {
    let thrown: unknown;
    try {
      f();
    } catch (error) {
      thrown = error;
    }
    expect((thrown as Error).name).toBe(name);
  });
  it("are one family each", () => {
    const { prototype } = errors.TracerBoolConversionError;
    expect(prototype).toBeInstanceOf(errors.ConcretizationTypeError);
    expect(prototype).toBeInstanceOf(errors.JAXTypeError);
    expect(errors.UnexpectedTracerError.prototype).toBeInstanceOf(errors.JAXTypeError);
    expect(errors.NonConcreteBooleanIndexError.prototype).toBeInstanceOf(errors.JAXIndexError);
    expect(errors.OutOfMemoryError.prototype).toBeInstanceOf(errors.JaxRuntimeError);
    expect(errors.DisposedError.prototype).toBeInstanceOf(errors.JaxRuntimeError);
    expect(dtypes.TypePromotionError.prototype).toBeInstanceOf(errors.DTypeError);
  });
});

describe("ds", () => {
  const x = np.arange(10);
  it.each([
    [ds(null), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
    [ds(3), [0, 1, 2]],
    [ds(2, 4), [2, 3, 4, 5]],
    [ds(2, 6, 2), [2, 4, 6, 8, 9, 9]],
    [ds(8, 5), [5, 6, 7, 8, 9]],
    [ds(-3, 2), [7, 8]],
    [ds(np.array(1, "int32"), 4, 2), [1, 3, 5, 7]],
  ])("reads what JAX reads", (entry, want) => {
    expect(numbers(x.slice(entry))).toEqual(want);
  });
  it("takes traced starts, stands beside other entries, and has derivatives", () => {
    expect(numbers(jit((y: A, i: A) => y.slice(ds(i, 3)))(x, 4))).toEqual([4, 5, 6]);
    expect(vmap((i: A) => x.slice(ds(i, 2)))(np.array([0, 3], "int32")).js()).toEqual([
      [0, 1],
      [3, 4],
    ]);
    const m = x.reshape([2, 5]);
    expect(m.slice(ds(1, 1), np.array([0, 1], "int32")).js()).toEqual([[5, 6]]);
    expect(m.slice("...", ds(1, 2)).js()).toEqual([
      [1, 2],
      [6, 7],
    ]);
    checkGrads((y: A) => y.slice(ds(1, 2)).pow(2), [np.array([1, 2, 3, 4])]);
    checkGrads((y: A) => y.at(ds(1, 2)).mul(y.slice(ds(2))), [np.array([1, 2, 3, 4])]);
  });
  it("writes", () => {
    expect(numbers(x.at(ds(8, 2)).set(0))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 0, 0]);
    expect(numbers(x.at(ds(2, 3, 2)).set(-1))).toEqual([0, 1, -1, 3, -1, 5, -1, 7, 8, 9]);
    expect(
      x
        .reshape([2, 5])
        .at(ds(1, 1), ds(1, 2, 2))
        .add(100)
        .js(),
    ).toEqual([
      [0, 1, 2, 3, 4],
      [5, 106, 7, 108, 9],
    ]);
  });
  it("rejects sizes and starts that are none", () => {
    for (const bad of [
      () => ds(0, 1.5),
      () => ds(0, -1),
      () => ds(0, NaN),
      () => ds(0.5, 1),
      () => ds(0, 2, 0),
    ])
      expect(bad).toThrow(errors.ArgumentError);
    expect(() => x.slice(ds(0, 11))).toThrow(errors.IndexError);
  });
});

describe("fwdAndBwd", () => {
  it("compiles both passes once", () => {
    let traces = 0;
    const f = (x: A, w: A): A => {
      traces++;
      return np.sin(x).mul(w).sum();
    };
    const [fwd, bwd] = fwdAndBwd(f, [0, 1]);
    for (const k of [1, 2, 3]) {
      const [x, w] = [np.array([k, 2]), np.array([3, 4])];
      const [y, residuals] = fwd(x, w);
      expect((y as A).item()).toBe(f(x, w).item());
      const [dx, dw] = bwd(residuals, 2) as [A, A];
      expectClose(dx, np.cos(x).mul(w).mul(2), 1e-15);
      expectClose(dw, np.sin(x).mul(2), 1e-15);
    }
    expect(traces).toBe(1 + 3);
  });
  it("has one result for one argument, auxiliary data, lanes, and no compilation if asked", () => {
    const [fwd, bwd] = fwdAndBwd((x: A, w: A) => [x.mul(w).sum(), x], 0, { hasAux: true, jitted: false });
    const [y, residuals, aux] = fwd(np.array([1, 2]), np.array([3, 4]));
    expect([(y as A).item(), numbers(aux as A)]).toEqual([11, [1, 2]]);
    expect(numbers(bwd(residuals, 1) as A)).toEqual([3, 4]);
    expect(vmap((ct: A) => bwd(residuals, ct) as A)(np.array([1, 2])).js()).toEqual([
      [3, 4],
      [6, 8],
    ]);
    expect(() => bwd(1 as never, 1)).toThrow(errors.ArgumentError);
  });
});

describe("symbolic zeros", () => {
  type Primal = customDerivatives.CustomVJPPrimal;

  it("come as cotangents, and may be returned", () => {
    const seen: unknown[] = [];
    const f = customVjp((a: A, b: A) => [a, b]);
    f.defVjp(
      (a: Primal, b: Primal) => [[a.value, b.value], null],
      (_: null, [ca, cb]: unknown[]) => {
        seen.push(cb);
        return [ca, cb];
      },
      { symbolicZeros: true },
    );
    const [da, db] = grad((a: A, b: A) => f(a, b)[0].mul(2), [0, 1])(1, 2);
    expect([da.item(), db.item()]).toEqual([2, 0]);
    expect(seen[0]).toBeInstanceOf(customDerivatives.SymbolicZero);
    expect(customDerivatives.SymbolicZero.fromPrimalValue(np.ones([2])).shape).toEqual([2]);
  });
});

describe("dtypes and types", () => {
  it("names", () => {
    expect(dtypes.canonicalizeDtype("float")).toBe("float64");
    expect(enableX64(false, () => dtypes.canonicalizeDtype("complex"))).toBe("complex64");
    expect(() => dtypes.canonicalizeDtype("constructor" as never)).toThrow(errors.DTypeError);
    expect(np.issubdtype(random.keyDtype(), dtypes.prngKey)).toBe(true);
    expect(np.issubdtype("float32", dtypes.prngKey)).toBe(false);
    expect([typeof_(np.ones([2], "int8")), typeof_(1)].map(String)).toEqual(["i8[2]", "~f64[]"]);
    const [, [c1, c2]] = experimental.jet.jet2((x: A) => np.exp(x), [0], [[1, 0]]);
    expect([c1.item(), c2.item()]).toEqual([1, 0.5]);
  });
});

describe("bytes", () => {
  it("of elements, in either order", () => {
    expect([...np.array([1, 2], "float32").tobytes()]).toEqual([0, 0, 128, 63, 0, 0, 0, 64]);
    expect([
      ...np
        .array(
          [
            [1, 2],
            [3, 4],
          ],
          "uint8",
        )
        .tobytes("F"),
    ]).toEqual([1, 3, 2, 4]);
    expect([...np.array(1.5, "float16").tobytes()]).toEqual([0, 62]);
    expect(np.zeros([0]).tobytes().length).toBe(0);
    expect(np.array([1], "complex128").tobytes().length).toBe(16);
    expect(() => jit((x: A) => x.add(x.tobytes().length))(np.ones([2]))).toThrow(
      errors.TracerArrayConversionError,
    );
  });
  it.each([
    "int16",
    "uint32",
    "float16",
    "bfloat16",
    "float32",
    "float64",
    "complex64",
    "complex128",
    "bool",
    "int8",
  ] as const)("in reverse: %s", (dtype) => {
    const x = np.array([1, 0, 3], dtype);
    const swapped = x.byteswap();
    const size = x.itemsize / (dtype.startsWith("complex") ? 2 : 1);
    const bytes = x.tobytes();
    const want = [...bytes].map((_, i) => bytes[i - (i % size) + size - 1 - (i % size)]);
    expect([...swapped.tobytes()]).toEqual(want);
    expect([...swapped.byteswap().tobytes()]).toEqual([...bytes]);
    expect(jit((y: A) => y.byteswap())(x).js()).toEqual(swapped.js());
  });
});

describe("products", () => {
  const dims = (
    contracting: [number[], number[]],
    batch: [number[], number[]],
    ragged: number,
    group: number[],
  ): lax.RaggedDotDimensionNumbers => ({
    dotDimensionNumbers: [contracting, batch],
    lhsRaggedDimensions: [ragged],
    rhsGroupDimensions: group,
  });
  const range = (...shape: number[]): A =>
    np
      .arange(shape.reduce((n, d) => n * d, 1))
      .astype("float64")
      .reshape(shape);
  const ints = (x: number[] | number[][]): A => np.array(x, "int32");
  const free = dims([[2], [2]], [[0], [1]], 1, [0]);
  const inner = dims([[2], [1]], [[0], [0]], 2, []);

  it("with groups of rows, of contracted elements, of lanes", () => {
    const [l, r] = [range(2, 3, 2), range(2, 2, 2, 2)];
    expect(
      lax
        .raggedDotGeneral(
          l,
          r,
          ints([
            [1, 2],
            [1, 1],
          ]),
          free,
        )
        .js(),
    ).toEqual([
      [
        [2, 3],
        [46, 51],
        [82, 91],
      ],
      [
        [66, 79],
        [222, 239],
        [0, 0],
      ],
    ]);
    expect(lax.raggedDotGeneral(l, r, ints([1, 1]), free).js()).toEqual([
      [
        [2, 3],
        [46, 51],
        [0, 0],
      ],
      [
        [66, 79],
        [222, 239],
        [0, 0],
      ],
    ]);
    const [k, q] = [range(2, 2, 3), range(2, 3, 2)];
    expect(
      lax
        .raggedDotGeneral(
          k,
          q,
          ints([
            [1, 2],
            [2, 0],
          ]),
          inner,
        )
        .js(),
    ).toEqual([
      [
        [
          [0, 0],
          [0, 3],
        ],
        [
          [92, 105],
          [134, 153],
        ],
      ],
      [
        [
          [10, 13],
          [28, 37],
        ],
        [
          [0, 0],
          [0, 0],
        ],
      ],
    ]);
    expect(lax.raggedDotGeneral(k, q, ints([1, 0]), dims([[2], [1]], [[0], [0]], 0, [])).js()).toEqual([
      [
        [10, 13],
        [28, 40],
      ],
      [
        [172, 193],
        [244, 274],
      ],
    ]);
    checkGrads((x: A, y: A) => lax.raggedDotGeneral(x, y, ints([1, 2]), free), [l, r]);
    expect(() => lax.raggedDotGeneral(l, r, ints([1, 1]), { ...free, rhsGroupDimensions: [] })).toThrow(
      errors.ArgumentError,
    );
  });
  it("with scales for blocks", () => {
    const [x, y] = [range(2, 4), range(4, 3)];
    const [lhsScale, rhsScale] = [
      np.array([
        [1, 2],
        [3, 4],
      ]),
      np.array([
        [1, 2, 3],
        [4, 5, 6],
      ]),
    ];
    // (x · repeat(scale, 2)) · (y · repeat(scale, 2)), exactly.
    expect(lax.scaledDot(x, y, { lhsScale, rhsScale }).js()).toEqual([
      [315, 448, 603],
      [1629, 2384, 3297],
    ]);
    checkGrads((s: A) => lax.scaledDot(x, y, { lhsScale: s }), [lhsScale]);
    expect(() => lax.scaledDot(x, y, { lhsScale: np.ones([2, 3]) })).toThrow(errors.ShapeError);
  });
  it("by the reflectors of a factorisation", () => {
    const a = np.array([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    const [h, taus] = np.linalg.qr(a, "raw");
    const [q] = np.linalg.qr(a, "complete");
    const c = np.array([
      [1, 2, 3],
      [0, 1, 2],
      [5, 3, 1],
    ]);
    const product = (left: boolean, transpose: boolean): A =>
      lax.linalg.ormqr(h.T, taus, c, { left, transpose });
    expectClose(product(true, false), np.matmul(q, c), 1e-13);
    expectClose(product(true, true), np.matmul(q.T, c), 1e-13);
    expectClose(product(false, false), np.matmul(c, q), 1e-13);
    expectClose(product(false, true), np.matmul(c, q.T), 1e-13);
    checkGrads((x: A) => lax.linalg.ormqr(h.T, taus, x), [c]);
    expect(() => lax.linalg.ormqr(h.T, taus, np.ones([2, 2]))).toThrow(errors.ShapeError);
  });
  it("shapes of transposed convolutions", () => {
    const layout = ["NHWC", "HWOI", "NHWC"] as const;
    expect(lax.convTransposeShapeTuple([1, 4, 4, 3], [3, 3, 8, 3], [2, 2], "SAME", layout)).toEqual([
      1, 8, 8, 8,
    ]);
    expect(lax.convTransposeShapeTuple([1, 4, 4, 3], [3, 3, 8, 3], [2, 2], "VALID", layout)).toEqual([
      1, 9, 9, 8,
    ]);
  });
});

describe("Schur forms", () => {
  const a = np.array([
    [0, 3, 3, 1],
    [0, 1, 2, -2],
    [2, 0, 1, 4],
    [1, 5, -3, 0.5],
  ]);
  it("real, as LAPACK has it", () => {
    const [t, z] = scipy.linalg.schur(a);
    // scipy.linalg.schur
    expectClose(
      np.diagonal(t),
      [4.1101873751811056, -1.436738940581293, -0.08672421729991042, -0.08672421729991042],
      1e-13,
    );
    expectClose(t.slice(2, 3), -5.643434348925591, 1e-13);
    expectClose(t.slice(3, 2), 4.139580469391711, 1e-13);
    expectClose(z.matmul(t).matmul(z.T), a, 1e-13);
    expect(numbers(np.tril(t, -2))).toEqual(new Array(16).fill(0));
  });
  it("complex, from either", () => {
    const [t, z] = scipy.linalg.rsf2csf(...scipy.linalg.schur(a));
    // jax.scipy.linalg.rsf2csf
    expectClose(np.imag(np.diagonal(t)), [0, 0, 4.833368453894933, -4.833368453894932], 1e-13);
    expectClose(np.real(t.slice(1, 3)), 1.318849713445105, 1e-13);
    expectClose(np.imag(z.slice(0, 2)), 0.18627402355217743, 1e-13);
    const [tc, zc] = scipy.linalg.schur(a, "complex");
    for (const [t2, z2] of [
      [t, z],
      [tc, zc],
    ]) {
      expectClose(np.abs(np.matmul(np.matmul(z2, t2), np.conj(z2.T)).sub(a)).max(), 0, 1e-13);
      expect(flat(np.abs(np.tril(t2, -1))).every((x) => x === 0)).toBe(true);
    }
    const stack = scipy.linalg.rsf2csf(...scipy.linalg.schur(np.stack([a, a.T])));
    expectClose(np.abs(stack[0].slice(0).sub(t)).max(), 0, 1e-12);
  });
  it("gives NaN for what is not finite, and small sizes", () => {
    expect(flat(scipy.linalg.schur(a.at(0, 0).set(NaN))[0]).every((x) => Number.isNaN(x))).toBe(true);
    expect(scipy.linalg.schur(np.zeros([0, 0]))[0].shape).toEqual([0, 0]);
    expect(scipy.linalg.schur(np.array([[3]])).map((x) => x.js())).toEqual([[[3]], [[1]]]);
    expect(() => scipy.linalg.schur(a, "other" as never)).toThrow(errors.ArgumentError);
  });
  it("makes functions of matrices", () => {
    const close = (f: A, want: A): void => {
      expectClose(np.real(f), want, 1e-12);
      expectClose(np.abs(np.imag(f)).max(), 0, 1e-11);
    };
    close(scipy.linalg.funm(a, np.exp) as A, scipy.linalg.expm(a));
    close(scipy.linalg.funm(np.eye(3), np.exp) as A, np.eye(3).mul(Math.E));
    // The derivative of exp above the diagonal of a Jordan block.
    close(
      scipy.linalg.funm(
        np.array([
          [1, 1],
          [0, 1],
        ]),
        np.exp,
      ) as A,
      np
        .array([
          [1, 1],
          [0, 1],
        ])
        .mul(Math.E),
    );
    const triple = scipy.linalg.funm(
      np.array([
        [1, 1, 0],
        [0, 1, 1],
        [0, 0, 1],
      ]),
      np.exp,
    ) as A;
    expect(flat(np.isnan(triple)).some(Boolean)).toBe(true);
    const [, error] = scipy.linalg.funm(
      np.array([
        [1, 2],
        [3, 4],
      ]),
      np.exp,
      { disp: false },
    ) as [A, A];
    expect(error.item()).toBeLessThan(1e-14);
  });
  it("tridiagonal forms are LAPACK's", () => {
    const [packed, d, e, taus] = lax.linalg.tridiagonal(a);
    expectClose(d, [0, -1.5, -2.5555555555555554, 6.555555555555555], 1e-14);
    expectClose(e, [-2.23606797749979, -3, -0.4969039949999516], 1e-14);
    expectClose(taus, [1, 1.3685242696666948, 0], 1e-14);
    expectClose(packed.slice(2, 0), 0.8944271909999159, 1e-14);
    expect(packed.slice(0, 3).item()).toBe(1);
    const c = lax.complex(a, a.T.mul(0.3));
    const upper = lax.linalg.tridiagonal(c, { lower: false });
    expectClose(upper[1], [-2.822890489197916, 4.770716576154437, 0.05217391304347796, 0.5], 1e-14);
    expectClose(upper[2], [-1.2122027525326466, 2.5544039903961484, -4.914264950122246], 1e-14);
    expectClose(np.imag(upper[3]), [0.976506985212253, 0.05401407329557777, -0.1831403087002079], 1e-14);
  });
});

describe("small corrections", () => {
  it("complex normal numbers are JAX's", () => {
    const found = parts(random.normal(random.key(0), [2], "complex128"));
    [
      [1.329381886098021, -0.34027037111235725],
      [-0.9905746487658766, 1.0126794395709957],
    ].forEach((want, k) => want.forEach((x, i) => expect(found[k][i]).toBeCloseTo(x, 13)));
    const q = random.orthogonal(random.key(0), 2, [], "complex64");
    expect(np.real(q).slice(0, 0).item()).toBeCloseTo(0.3647792339324951, 6);
    expect(() => random.uniform(random.key(0), [2], "complex64")).toThrow(errors.DTypeError);
  });
  it("means over lanes of integers are floats", () => {
    const mean = vmap((x: A) => lax.pmean(x, "i"), 0, { axisName: "i" })(np.array([1, 2], "int32"));
    expect([mean.dtype, numbers(mean)]).toEqual(["float64", [1.5, 1.5]]);
  });
  it("associative scans of booleans, and of zeros with signs", () => {
    const xor = (x: A, y: A): A => np.logicalXor(x, y);
    expect(lax.associativeScan(xor, np.array([true, false, true, true])).js()).toEqual([
      true,
      true,
      false,
      true,
    ]);
    const last = lax.associativeScan((_: A, y: A) => y, np.array([-0, -0, -0]));
    expect(numbers(last).every((x) => Object.is(x, -0))).toBe(true);
  });
  it("approxMinK orders integers of every kind", () => {
    expect(lax.approxMinK(np.array([3, 0, 200], "uint8"), 2).map(numbers)).toEqual([
      [0, 3],
      [1, 0],
    ]);
    expect(lax.approxMinK(np.array([3, -(2 ** 31), 2], "int32"), 2).map(numbers)).toEqual([
      [-(2 ** 31), 2],
      [1, 2],
    ]);
  });
  it("words of lax", () => {
    expect(lax.round(np.array([0.5]), lax.RoundingMethod.TO_NEAREST_EVEN).js()).toEqual([0]);
    expect(lax.fft(np.array([1, 1], "complex128"), lax.FftType.FFT, [2]).shape).toEqual([2]);
    expect([lax.GatherScatterMode.CLIP, lax.Precision.HIGHEST]).toEqual(["clip", "highest"]);
  });
});

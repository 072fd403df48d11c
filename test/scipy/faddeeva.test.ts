/** @file The Faddeeva function against values of mpmath (50 digits), and where numbers are not finite. */
import { beforeAll, describe, expect, it } from "vitest";
import {
  type Array as NDArray,
  grad,
  init,
  jit,
  jvp,
  lax,
  numpy as np,
  scipy,
  vmap,
} from "../../src/index.ts";

const { wofz } = scipy.special;

/** x, y, w(x + iy) and w′(x + iy), the latter two by their parts: exp(−z²)·erfc(−iz) and −2zw + 2i/√π of mpmath. */
const values = [
  [0.5, 0, 0.7788007830714049, 0.47892517290104347, -0.7788007830714049, 0.6494539941944691],
  [1, 2, 0.2184926152748907, 0.09299780939260187, -0.06499399297937393, 0.06841308721074606],
  [-3, 0.25, 0.019392215490127193, -0.19889807902157816, 0.016904253429974085, -0.07470541477901993],
  [5.5, 0.001, 1.966263304119659e-5, 0.10436743265973158, -7.554098133699299e-6, -0.019662631486801016],
  [7.5, 0.05, 0.0005154854007058923, 0.07590908983733122, -0.0001413720268552614, -0.010308729004526344],
  [9, 0, 6.639677199580735e-36, 0.06308209005925829, -1.1951418959245322e-34, -0.007098453971136581],
  [9, 1e-12, 7.098453971136581e-15, 0.06308209005925829, -1.6079913619418814e-15, -0.007098453971136581],
  [12, -1e-12, -3.959521872939645e-15, 0.04718077870701884, 6.669675365137971e-16, -0.003959521872939645],
  [2, -1.5, 0.18328971531931704, 0.07326087679608079, -0.9529414916655106, 1.3852048058691404],
  [-4, -7.5, -5.757158657440862e17, 1.8425232984472954e17, -7.369511873623633e18, -7.161719347403457e18],
  [30, 40, 0.009027826365823543, 0.006768162575404747, -0.0002165759170327835, 6.330330534440304e-5],
  [6000, -1, -1.5671933093992296e-8, 9.403159595196488e-5, 5.223977770552674e-12, -1.5671932223329284e-8],
  [1e-5, 0.001, 0.9988726199813768, 1.1263814217803249e-5, -1.995492477119193e-5, 1.1263814216302734],
  [0, 1, 0.427583576155807, 0, 0, 0.27321201478389856],
  [0, -3, 16205.988853999586, 0, 0, 97237.06150316462],
  [3, 6.5, 0.07133651579942472, 0.03230396530243649, -0.008067545864873977, 0.007180669888372178],
] as const;

const close = (got: number, want: number, tol: number, what: string): void =>
  expect(Math.abs(got - want) / (Math.abs(want) || 1), what).toBeLessThan(tol);

describe("wofz", () => {
  beforeAll(() => init());
  const x = np.array(values.map((v) => v[0]));
  const y = np.array(values.map((v) => v[1]));

  it("has each part to 13 digits, and its derivative to 12", () => {
    for (const backend of ["js", "wasm"] as const) {
      const f = jit((u: NDArray) => wofz(lax.complex(u, y)), { backend });
      const [w, slope] = jvp(f, [x], [np.onesLike(x)]);
      for (const [k, z] of [w, slope].entries()) {
        const [re, im] = [np.real(z), np.imag(z)].map((part) => part.dataSync());
        for (const [i, v] of values.entries()) {
          close(re[i], v[2 + 2 * k], k === 0 ? 1e-13 : 1e-12, `order ${k}, re at ${v[0]}, ${v[1]}`);
          close(im[i], v[3 + 2 * k], k === 0 ? 1e-13 : 1e-12, `order ${k}, im at ${v[0]}, ${v[1]}`);
        }
      }
    }
  });

  it("satisfies w″ = −2w − 2zw′, under grad of grad and vmap", () => {
    const real = (u: NDArray, v: NDArray): NDArray => np.real(wofz(lax.complex(u, v)));
    const alongX = vmap(grad(grad(real)))(x, y).dataSync();
    const alongY = vmap(grad(grad(real, { argnums: 1 }), { argnums: 1 }))(x, y).dataSync();
    for (const [i, [a, b, u, v, p, q]] of values.entries()) {
      const size = 2 * Math.hypot(u, v) + 2 * Math.hypot(a, b) * Math.hypot(p, q);
      const want = -2 * u - 2 * (a * p - b * q);
      expect(Math.abs(alongX[i] - want) / size).toBeLessThan(1e-13);
      expect(alongY[i]).toBe(-alongX[i]);
    }
  });

  it("has a holomorphic derivative", () => {
    const slope = grad((z: NDArray) => wofz(z), { holomorphic: true })(lax.complex(0.7, 0.3));
    close(np.real(slope).item(), -0.5016560647910931, 1e-13, "re");
    close(np.imag(slope).item(), 0.2875010382457382, 1e-13, "im");
  });

  it("is erfcx on the imaginary axis, and on the real one Dawson's integral", () => {
    const t = np.array([-3, -0.5, 0, 0.2, 2, 9, 40]);
    const up = np.real(wofz(lax.complex(0, t))).dataSync();
    const along = np.imag(wofz(t)).dataSync();
    const [scaled, dawson] = [scipy.special.erfcx(t), scipy.special.dawsn(t)].map((v) => v.dataSync());
    for (const [i, v] of up.entries()) {
      close(v, scaled[i], 1e-13, "erfcx");
      close(along[i], (2 / Math.sqrt(Math.PI)) * dawson[i], 1e-13, "dawsn");
    }
  });

  it("takes integers and narrow floats, and gives complex numbers", () => {
    expect(wofz(np.array([1], "int32")).dtype).toBe("complex128");
    expect(wofz(np.array([1], "float32")).dtype).toBe("complex64");
    expect(wofz(np.array([1], "bfloat16")).dtype).toBe("complex64");
    expect(wofz(np.zeros([0, 2])).shape).toEqual([0, 2]);
  });

  it("at infinities, zeros and NaN is what SciPy gives", () => {
    const at = (re: number, im: number): readonly number[] => {
      const w = wofz(lax.complex(re, im)).item<{ re: number; im: number }>();
      return [w.re, w.im];
    };
    expect(at(-0, 0)).toEqual([1, -0]);
    expect(at(Infinity, 0)).toEqual([0, 0]);
    expect(at(-Infinity, 1)).toEqual([0, -0]);
    expect(at(0, Infinity)).toEqual([0, 0]);
    expect(at(0, -Infinity)).toEqual([Infinity, 0]);
    expect(at(Infinity, -Infinity)).toEqual([NaN, NaN]);
    expect(at(NaN, Infinity)).toEqual([NaN, NaN]);
    expect(at(3, -27)).toEqual([Infinity, -Infinity]);
    expect(at(1e300, 1e300)).toEqual([
      expect.closeTo(2.8209479177387815e-301, 310),
      expect.closeTo(2.8209479177387815e-301, 310),
    ]);
  });
});

/** @file The text of traced values: the type, and what each transformation knows of the value. */
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { TracerConversionError } from "../../src/base/errors.ts";
import {
  experimental,
  grad,
  hessian,
  jit,
  jvp,
  lax,
  makeJaxpr,
  numpy as np,
  vjp,
  vmap,
  type Array,
} from "../../src/index.ts";

/** What `String` gives of a value that `run` hands to the function. */
function textIn(run: (look: (x: Array) => Array) => unknown): string {
  const seen: string[] = [];
  run((x) => {
    seen.push(String(x));
    expect(`: ${x as unknown as string}`).toBe(`: ${seen[0]}`);
    expect(inspect(x)).toBe(seen[0]);
    expect(inspect({ x })).toContain(seen[0].split("\n")[0]);
    return x;
  });
  return seen[0];
}

const square =
  (look: (x: Array) => Array) =>
  (x: Array): Array =>
    look(x.mul(x)).sum();

describe("derivatives know the value", () => {
  it("under grad, jvp, vjp and Taylor mode", () => {
    expect(textIn((look) => grad(square(look))(3))).toBe("Tracer<~f64[]> 9");
    expect(textIn((look) => jvp(square(look), [3], [1]))).toBe("Tracer<~f64[]> 9");
    expect(textIn((look) => vjp(square(look), [3]))).toBe("Tracer<~f64[]> 9");
    expect(textIn((look) => experimental.jet.jet(square(look), [3], [[1]]))).toBe("Tracer<~f64[]> 9");
  });

  it("as arrays print it, without what the type tells", () => {
    const text = (x: Array): string => textIn((look) => grad((y: Array) => look(y).sum())(x));
    expect(text(np.array([1, 2.5, -3]))).toBe("Tracer<f64[3]> [ 1., 2.5, -3.]");
    expect(text(np.array([1e-7, Infinity, NaN], "float32"))).toMatch(
      /^Tracer<f32\[3\]> \[[\d.]+e-7, +inf, +nan\]$/,
    );
    expect(
      text(
        np.array([
          [1, 2],
          [3, 4],
        ]),
      ),
    ).toBe("Tracer<f64[2,2]>\n[[1, 2],\n [3, 4]]");
    expect(text(np.zeros([0, 3]))).toBe("Tracer<f64[0,3]> []");
    expect(text(np.arange(5000).astype("float64"))).toBe(
      "Tracer<f64[5000]> [   0,    1,    2, ..., 4997, 4998, 4999]",
    );
    expect(
      textIn((look) =>
        jvp((z: Array) => look(z), [np.array({ re: 1, im: -2 })], [np.array({ re: 0, im: 1 })]),
      ),
    ).toBe("Tracer<~c128[]> 1-2j");
  });

  it("computes what was put off, and changes no derivative", () => {
    const x = np.linspace(0, 1, 200_000);
    const plain = grad((y: Array) => np.sum(np.sin(y.mul(2))))(x);
    const printed = grad((y: Array) => {
      const z = y.mul(2);
      expect(String(z)).toMatch(/^Tracer<f64\[200000\]> \[ *0\., /);
      return np.sum(np.sin(z));
    })(x);
    expect(printed.dataSync()).toEqual(plain.dataSync());
  });
});

describe("batches and programs", () => {
  it("vmap knows all lanes, and where they lie", () => {
    const f = (look: (x: Array) => Array) => (x: Array) => look(x.mul(2));
    expect(textIn((look) => vmap(f(look))(np.array([1, 2, 3])))).toBe(
      "Tracer<f64[]> with batch [3] of [2, 4, 6]",
    );
    expect(textIn((look) => vmap(f(look), 1)(np.array([[1, 2, 3]])))).toBe(
      "Tracer<f64[1]> with batch [3] at axis 1 of [[2, 4, 6]]",
    );
  });

  it("jit, makeJaxpr and bodies of loops know the type", () => {
    const x = np.array([1, 2]);
    expect(textIn((look) => jit(square(look))(x))).toBe("Tracer<f64[2]>");
    expect(textIn((look) => makeJaxpr(square(look))(x))).toBe("Tracer<f64[2]>");
    expect(
      textIn((look) => lax.scan((c: Array, y: Array): [Array, Array] => [look(c.add(y)), y], np.array(0), x)),
    ).toBe("Tracer<f64[]>");
  });
});

describe("nested transformations", () => {
  it("tell what each level knows", () => {
    expect(textIn((look) => grad(grad(square(look)))(3))).toBe("Tracer<~f64[]> of Tracer<~f64[]> 9");
    expect(textIn((look) => vmap(grad(square(look)))(np.array([1, 2])))).toBe(
      "Tracer<f64[]> of Tracer<f64[]> with batch [2] of [1, 4]",
    );
    expect(textIn((look) => grad((x: Array) => vmap(square(look))(x).sum())(np.array([1, 2])))).toBe(
      "Tracer<f64[]> with batch [2] of Tracer<f64[2]> [1, 4]",
    );
    expect(textIn((look) => jit(grad(square(look)))(3))).toBe("Tracer<~f64[]> of Tracer<~f64[]>");
    expect(textIn((look) => hessian(square(look))(np.array([1, 2])))).toContain(" of Tracer<f64[2]>");
  });
});

it("operators still throw", () => {
  for (const misuse of [
    (x: Array) => (x as unknown as number) * 2,
    (x: Array) => (x as unknown as number) > 2,
    (x: Array) => Number(x),
    (x: Array) => Math.sin(x as unknown as number),
    (x: Array) => "a" + (x as unknown as string),
  ])
    expect(() =>
      grad((x: Array) => {
        misuse(x);
        return x;
      })(3),
    ).toThrow(TracerConversionError);
});

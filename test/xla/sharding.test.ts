/** @file Meshes, partition specs and constraints: what they refuse, how transformations treat them, and how they are written. */
import { describe, expect, it } from "vitest";
import {
  type Array as NDArray,
  errors,
  grad,
  jit,
  jvp,
  lax,
  makeJaxpr,
  numpy as np,
  sharding,
  vmap,
} from "../../src/index.ts";
import { ExportError, toStablehlo } from "../../src/stablehlo/index.ts";

const { Mesh, NamedSharding, P, PartitionSpec, UNCONSTRAINED, makeMesh } = sharding;
const mesh = makeMesh([2, 4], ["data", "model"]);
const x = np.ones([8, 12]);
const constrain =
  (spec: InstanceType<typeof PartitionSpec>) =>
  (y: NDArray): NDArray =>
    lax.withShardingConstraint<NDArray>(y, new NamedSharding(mesh, spec));
/** The constraints in a text, each as its list of axes. */
const constraints = (text: string): string[] =>
  [...text.matchAll(/sharding_constraint.*#sdy\.sharding<(@\w+, \[.*?\])>/g)].map((m) => m[1]);

describe("meshes and specs", () => {
  it("know their sizes", () => {
    expect([mesh.size, mesh.shape, mesh.axisNames]).toEqual([8, { data: 2, model: 4 }, ["data", "model"]]);
    expect(String(mesh)).toBe('Mesh("data": 2, "model": 4)');
    expect(mesh.equals(new Mesh([2, 4], ["data", "model"]))).toBe(true);
    expect(mesh.equals(makeMesh([4, 2], ["data", "model"]))).toBe(false);
    expect(makeMesh([], []).size).toBe(1);
    expect(String(new PartitionSpec("data", null, ["a", "b"], UNCONSTRAINED))).toBe(
      'P("data", null, ["a","b"], UNCONSTRAINED)',
    );
  });

  it("are refused if they are none", () => {
    const wrong = <T>(value: unknown): T => value as T;
    for (const [sizes, names] of [
      [[2], []],
      [[0], ["a"]],
      [[1.5], ["a"]],
      [
        [2, 2],
        ["a", "a"],
      ],
      [[2], ['"']],
      [4, "data"],
      [
        [2 ** 20, 2 ** 20],
        ["a", "b"],
      ],
    ])
      expect(() => makeMesh(wrong(sizes), wrong(names)), String(names)).toThrow(errors.ArgumentError);
    expect(() => P(wrong(3))).toThrow("an entry is");
    expect(() => new NamedSharding(mesh, P("batch"))).toThrow('no axis "batch"');
    expect(() => new NamedSharding(mesh, P("data", "data"))).toThrow("used twice");
    expect(() => new NamedSharding(mesh, P(["data", "model"], "data"))).toThrow("used twice");
    expect(() => new NamedSharding(wrong([2]), P())).toThrow("expected a mesh");
  });
});

describe("withShardingConstraint", () => {
  it("is the identity on one device, for trees and prefixes of shardings", () => {
    const tree = { a: x, b: [np.arange(8), 2] as const };
    const one = new NamedSharding(mesh, P());
    const out = lax.withShardingConstraint(tree, { a: new NamedSharding(mesh, P("data")), b: one });
    expect(out.a.js()).toEqual(x.js());
    expect(out.b[1].item()).toBe(2);
    expect(jit(constrain(P("data")))(x).js()).toEqual(x.js());
    expect(() => lax.withShardingConstraint(tree, [one])).toThrow(errors.TreeError);
  });

  it("refuses what does not fit", () => {
    expect(() => constrain(P(null, null, "data"))(x)).toThrow(errors.ShapeError);
    expect(() => constrain(P("data"))(np.ones([3]))).toThrow("size 3, which 2 devices");
    expect(() => constrain(P(["data", "model"]))(np.ones([12]))).toThrow("size 12, which 8 devices");
    expect(() => lax.withShardingConstraint<NDArray>(x, "data" as never)).toThrow("NamedSharding");
    expect(() => lax.withShardingConstraint<NDArray>(x, P(null, null, null))).toThrow(errors.ShapeError);
  });

  it("constrains tangents and cotangents alike, and leaves lanes to the compiler", () => {
    const f = (y: NDArray): NDArray => np.sum(np.sin(constrain(P("data", "model"))(y)));
    const both = '@mesh, [{"data"}, {"model"}]';
    expect(constraints(toStablehlo(grad(f), [x]))).toEqual([both, both]);
    expect(constraints(toStablehlo((y: NDArray) => jvp(f, [y], [y]), [x]))).toEqual([both, both]);
    const lanes = (axis: number): string[] =>
      constraints(toStablehlo(vmap(constrain(P("data")), axis, { outAxes: axis }), [np.ones([8, 8, 8])]));
    expect(lanes(0)).toEqual(['@mesh, [{?}, {"data"}, {}]']);
    expect(lanes(1)).toEqual(['@mesh, [{"data"}, {?}, {}]']);
    expect(lanes(2)).toEqual(['@mesh, [{"data"}, {}, {?}]']);
    const twice = vmap(vmap(constrain(P("data"))));
    expect(constraints(toStablehlo(twice, [np.ones([2, 3, 8])]))).toEqual(['@mesh, [{?}, {?}, {"data"}]']);
    const h = grad((y: NDArray) => np.sum(grad(f)(y)));
    expect(h(x).js()).toEqual(np.sin(x).neg().js());
  });

  it("holds complex numbers, integers and scalars, in loops and branches", () => {
    const scalar = constrain(P());
    expect(scalar(np.array(3, "int8")).item()).toBe(3);
    const z = lax.complex(np.ones([4]), np.zeros([4]));
    expect(constraints(toStablehlo(constrain(P("data")), [z]))).toEqual(['@mesh, [{"data"}]']);
    const looped = (y: NDArray): NDArray =>
      lax.foriLoop(0, 3, (_, c: NDArray) => constrain(P("data"))(c.mul(2)), y);
    expect(constraints(toStablehlo(looped, [np.ones([4])]))).toEqual(['@mesh, [{"data"}]']);
    expect(looped(np.ones([2])).js()).toEqual([8, 8]);
  });

  it("is part of the program: equal ones are one, others are others", () => {
    const f = (y: NDArray): NDArray => constrain(P("data"))(y).add(constrain(P(null, "model"))(y));
    expect(String(makeJaxpr(f)(x)).match(/sharding_constraint/g)).toHaveLength(2);
  });
});

describe("toStablehlo with a mesh", () => {
  const f = (p: { w: NDArray; b: NDArray }, y: NDArray) => ({
    out: np.dot(y, p.w).add(p.b),
    norm: np.sum(y),
  });
  const args = [{ w: np.ones([12, 4]), b: np.ones([4]) }, x] as const;

  it("writes the shardings of arguments and results, by trees and prefixes", () => {
    const text = toStablehlo(f, [...args], {
      mesh,
      inShardings: [{ w: P(null, "model"), b: P("model") }, P("data")],
      outShardings: { out: P("data", "model"), norm: null },
    });
    expect(text).toContain('sdy.mesh @mesh = <["data"=2, "model"=4]>');
    expect(text).toContain("mhlo.num_partitions = 8 : i32");
    expect(text).toContain('%arg0_b: tensor<4xf64> {sdy.sharding = #sdy.sharding<@mesh, [{"model"}]>}');
    expect(text).toContain(
      '%arg0_w: tensor<12x4xf64> {sdy.sharding = #sdy.sharding<@mesh, [{}, {"model"}]>}',
    );
    expect(text).toContain('%arg1: tensor<8x12xf64> {sdy.sharding = #sdy.sharding<@mesh, [{"data"}, {}]>}');
    expect(text).toMatch(/result\.out", sdy\.sharding = #sdy\.sharding<@mesh, \[\{"data"\}, \{"model"\}\]>/);
    expect(text).toMatch(/-> \(tensor<f64> \{jax\.result_info = "result\.norm"\}/);
    const whole = toStablehlo(f, [...args], { mesh, inShardings: P() });
    expect(whole.match(/%arg\w+: tensor<\w+> \{sdy/g)).toHaveLength(3);
    expect(toStablehlo(f, [...args])).not.toContain("sdy");
  });

  it("takes the mesh from a sharding, and gives it to specs that have none", () => {
    const text = toStablehlo((y: NDArray) => lax.withShardingConstraint<NDArray>(y, P("model")), [x], {
      inShardings: [new NamedSharding(mesh, P("data"))],
    });
    expect(constraints(text)).toEqual(['@mesh, [{"model"}, {}]']);
    const other = makeMesh([8], ["all"]);
    const two = toStablehlo(constrain(P("data")), [x], { mesh: other, inShardings: P("all") });
    expect(two).toContain('sdy.mesh @mesh = <["all"=8]>');
    expect(two).toContain('sdy.mesh @mesh_1 = <["data"=2, "model"=4]>');
  });

  it("refuses what does not fit", () => {
    const g = (y: NDArray): NDArray => y;
    const cases: [() => unknown, string | typeof errors.ShapeError][] = [
      [() => toStablehlo(g, [x], { mesh, inShardings: P("batch") }), 'no axis "batch"'],
      [() => toStablehlo(g, [x], { mesh, inShardings: P("data", "data") }), "used twice"],
      [() => toStablehlo(g, [np.ones([3])], { mesh, inShardings: P("data") }), "inShardings[0]: axis 0"],
      [() => toStablehlo(g, [x], { mesh, outShardings: P(null, null, "data") }), errors.ShapeError],
      [() => toStablehlo(g, [x], { mesh, inShardings: [P(), P()] }), "inShardings"],
      [() => toStablehlo(g, [x], { inShardings: P("data") }), "without a mesh"],
      [
        () => toStablehlo((y: NDArray) => lax.withShardingConstraint<NDArray>(y, P("data")), [x]),
        "without a mesh",
      ],
      [() => toStablehlo(g, [x], { mesh: [2] as never }), "mesh must be a Mesh"],
      [() => toStablehlo(g, [x], { mesh, inShardings: "data" as never }), "expected a PartitionSpec"],
    ];
    for (const [call, text] of cases) expect(call).toThrow(text);
    expect(() => toStablehlo(constrain(P("data")), [x], { mesh: makeMesh([2], ["data"]) })).toThrow(
      ExportError,
    );
  });
});

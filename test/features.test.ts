/**
 * @file FEATURES.md must say what the package exports now, and its generator must not overstate it.
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readApi, readTypes, renderFeatures } from "../scripts/features.ts";
import * as adjoint from "../src/index.ts";
import { root } from "./util/source-graph.ts";

describe("FEATURES.md", () => {
  it("is up to date (otherwise: npm run features)", () => {
    const written = readFileSync(`${root}/FEATURES.md`, "utf8");
    // compared by lines, so that a failure shows the module that changed
    expect(written.split("\n")).toEqual(renderFeatures(readApi(), adjoint, readTypes()).split("\n"));
  });
});

describe("the generator", () => {
  const api = {
    source: "a source",
    modules: {
      "jax.nn": [
        { name: "relu", kind: "function", camel: "relu" },
        { name: "soft_max", kind: "function", camel: "softMax" },
        { name: "delete", kind: "function", camel: "delete_" },
        { name: "sin_p", kind: "primitive", camel: "sinP", python_only: true, reason: "internal" },
      ],
      "jax.scipy.stats": [
        {
          name: "norm",
          kind: "distribution",
          camel: "norm",
          members: [
            { name: "pdf", kind: "function", camel: "pdf" },
            { name: "cdf", kind: "function", camel: "cdf" },
          ],
        },
      ],
    },
  };
  const pdf = (): number => 0;

  it("counts a name once, under either spelling of a reserved word", () => {
    const text = renderFeatures(api, { nn: { relu: pdf, delete: pdf, extra: pdf } });
    expect(text).toContain("| **all** | 4 | 2 | 50 % |");
    expect(text).toContain("Present: `relu` `delete`");
    expect(text).toContain("Missing: `softMax`");
    expect(text).toContain("- `nn`: `extra`");
    expect(text).toContain("- internal (1): `sin_p`");
  });

  it("counts classes that are types here, but no functions", () => {
    const classes = {
      source: "a source",
      modules: {
        "jax.nn": [
          { name: "Initializer", kind: "class", camel: "Initializer" },
          { name: "relu", kind: "function", camel: "relu" },
        ],
      },
    };
    const text = renderFeatures(classes, { nn: {} }, new Map([["nn", new Set(["Initializer", "relu"])]]));
    expect(text).toContain("Present: `Initializer`");
    expect(text).toContain("Missing: `relu`");
  });

  it("counts a distribution only when all its functions are there", () => {
    const part = renderFeatures(api, { scipy: { stats: { norm: { pdf } } } });
    expect(part).toContain("Missing: `norm` (without `cdf`)");
    const whole = renderFeatures(api, { scipy: { stats: { norm: { pdf, cdf: pdf } } } });
    expect(whole).toContain("Present: `norm`");
  });
});

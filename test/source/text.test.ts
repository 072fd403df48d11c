/** @file What written modules look like: one as a person would write it, all laid out by Prettier, and typed. */
import { join } from "node:path";
import * as prettier from "prettier";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { type Array, customVjp, grad, lax, numpy as np, valueAndGrad, vjp } from "../../src/index.ts";
import { toSource } from "../../src/source/index.ts";
import { root } from "../util/source-graph.ts";
import { cases } from "./cases.ts";
import { type Fn, defaultOf, expectSameTree } from "./module.ts";

const loss = (w: Array, x: Array) => {
  const h = np.tanh(np.matmul(w, x));
  return h.mul(h).sum();
};
const args = [np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]), np.array([1, 2, 3])] as const; // prettier-ignore

/** Comments tell lines, which move. */
const withoutLines = (text: string): string => text.replace(/\.ts:\d+:/g, ".ts:");

describe("the text", () => {
  it("is what a person would write", () => {
    expect(withoutLines(toSource(grad(loss), ...args))).toBe(`// Derived from loss.

import { numpy as np, type Array } from "adjoint";
import { primitive } from "adjoint/source";

const sech2 = primitive("sech2");
const one = np.array(1, "float64");

export default function lossDerived(w: Array, x: Array): Array {
  // forward
  // text.test.ts: const h = np.tanh(np.matmul(w, x));
  const product = w.matmul(x);
  const h = np.tanh(product);
  const slope = sech2(product);

  // adjoint
  // text.test.ts: return h.mul(h).sum();
  const spread = np.broadcastTo(one, [2]);
  const product2 = h.mul(spread);
  const product3 = spread.mul(h);
  const h_bar = product2.add(product3);
  // text.test.ts: const h = np.tanh(np.matmul(w, x));
  const product_bar = h_bar.mul(slope);
  const w_bar = np.tensordot(product_bar, x, 0);
  return w_bar;
}
`);
  });

  it("keeps loops, and names as they are in them", () => {
    const rnn = (w: Array, xs: Array) => {
      const step = (h: Array, x: Array): [Array, Array] => {
        const n = np.tanh(h.mul(w).add(x));
        return [n, n];
      };
      return lax.scan(step, np.array(0, "float64"), xs)[1].sum();
    };
    expect(withoutLines(toSource(rnn, np.array(0.5), np.ones([3])))).toBe(`// The program of rnn.

import { lax, numpy as np, type Array } from "adjoint";

const zero = np.array(0, "float64");

export default function rnn(w: Array, xs: Array): Array {
  // text.test.ts: return lax.scan(step, np.array(0, "float64"), xs)[1].sum();
  const step = (h: Array, x: Array): [Array, Array] => {
    // text.test.ts: const n = np.tanh(h.mul(w).add(x));
    const product = h.mul(w);
    const sum = product.add(x);
    const n = np.tanh(sum);
    return [n, n];
  };
  const [, ns] = lax.scan(step, zero, xs);
  return ns.sum();
}
`);
  });

  it("takes trees as they are given", () => {
    const text = toSource((params: { w: Array; b: [Array] }) => ({ out: params.w.mul(params.b[0]) }), {
      w: np.array(1),
      b: [np.array(2)],
    });
    expect(text).toContain("(params: { b: [Array]; w: Array }): { out: Array }");
    expect(text).toContain("params.w.mul(params.b[0])");
  });

  it("refuses what a module cannot say", () => {
    expect(() => grad((x: Array) => (toSource((y: Array) => y.mul(x.add(np.ones([2]))), 1), x))(2)).toThrow(
      /traced by another transformation/,
    );
  });
});

/** Modules of all kinds. */
const texts = (): string[] =>
  Object.values(cases).flatMap(([f, ...given]) => [
    (toSource as Fn as (...a: unknown[]) => string)(f, ...given),
    (toSource as Fn as (...a: unknown[]) => string)(valueAndGrad(f as (x: Array) => Array), ...given),
  ]);

describe("all texts", () => {
  const all = texts();

  it("are laid out as Prettier has it", async () => {
    for (const text of all)
      expect(text).toBe(await prettier.format(text, { parser: "typescript", printWidth: 110 }));
  });

  it("type-check under strict settings", { timeout: 240_000 }, () => {
    const files = new Map(all.map((text, i) => [join(root, "test", "source", `virtual-${i}.ts`), text]));
    const settings: ts.CompilerOptions = {
      module: ts.ModuleKind.NodeNext,
      target: ts.ScriptTarget.ESNext,
      strict: true,
      noUncheckedIndexedAccess: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: true,
      noEmit: true,
      allowImportingTsExtensions: true,
      types: [],
      paths: {
        adjoint: [join(root, "src", "index.ts")],
        "adjoint/source": [join(root, "src", "source", "index.ts")],
      },
    };
    const host = ts.createCompilerHost(settings);
    const program = ts.createProgram([...files.keys()], settings, {
      ...host,
      fileExists: (path) => files.has(path) || host.fileExists(path),
      readFile: (path) => files.get(path) ?? host.readFile(path),
      getSourceFile: (path, ...rest) => {
        const text = files.get(path);
        return text === undefined
          ? host.getSourceFile(path, ...rest)
          : ts.createSourceFile(path, text, rest[0], true);
      },
    });
    const problems = [...files].flatMap(([path, text]) => {
      const source = program.getSourceFile(path);
      return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
        (d) => {
          const { line } = source!.getLineAndCharacterOfPosition(d.start ?? 0);
          return `${text.split("\n")[line]}: ${ts.flattenDiagnosticMessageText(d.messageText, " ")}`;
        },
      );
    });
    expect(problems.join("\n")).toBe("");
  });
});

describe("an adjoint that is edited", () => {
  it("is used through customVjp", () => {
    const text = toSource((w: Array, x: Array, ct: Array) => vjp(loss, [w, x])[1](ct), ...args, np.array(1));
    const line = "const h_bar = product2.add(product3);";
    expect(text).toContain(line);
    const edit = (by: string): ((...a: Array[]) => [Array, Array]) =>
      defaultOf(text.replace(line, by)) as unknown as (...a: Array[]) => [Array, Array];
    // The line that uses a pullback, edited or not.
    const using = (pullback: (...a: Array[]) => [Array, Array]) =>
      customVjp(loss).defVjp(
        (...primals) => [loss(...primals), primals],
        (primals, ct) => pullback(...primals, ct),
      );
    expectSameTree(grad(using(edit(line)))(...args), grad(loss)(...args), "as written");
    const halved = using(edit("const h_bar = product2.add(product3).mul(0.5);"));
    expectSameTree(halved(...args), loss(...args), "the value");
    expectSameTree(grad(halved)(...args), grad(loss)(...args).mul(0.5), "edited");
  });
});

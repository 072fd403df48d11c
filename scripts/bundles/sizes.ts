/**
 * @file What the library adds to a bundle, by bundler: printed, written into docs/sizes.md (`--write`), held to the budgets.
 *
 *   npm run sizes [-- --write]
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { format } from "prettier";
import { bundlePath, bundlers } from "./bundlers.ts";

const root = resolve(import.meta.dirname, "../..");

interface Program {
  readonly name: string;
  readonly text: string;
  /** At most so many kB, by bundler; `all` for those not named. */
  readonly budget: Readonly<Record<string, number>>;
}

/** The names of numpy without those of linear algebra and Fourier transforms. */
async function numpyNames(): Promise<string[]> {
  const numpy = (await import(pathToFileURL(join(root, "dist/numpy/index.js")).href)) as object;
  const without = ["linalg", "fft", "poly", "polyfit", "roots"];
  return Object.keys(numpy).filter((n) => !without.includes(n));
}

async function programs(): Promise<Program[]> {
  const names = await numpyNames();
  return [
    {
      name: "`grad` of a function of `sin` and `add`",
      text: `import { grad } from "adjoint";\nimport * as np from "adjoint/numpy";\nconsole.log(grad((x) => np.add(np.sin(x), x))(1).item());\n`,
      budget: { all: 60 },
    },
    {
      name: 'the same, `import { grad, numpy as np } from "adjoint"`',
      text: `import { grad, numpy as np } from "adjoint";\nconsole.log(grad((x) => np.add(np.sin(x), x))(1).item());\n`,
      budget: { all: 60, esbuild: 162 },
    },
    {
      name: "`jit` of it, with WebAssembly",
      text: `import { grad, jit } from "adjoint";\nimport * as np from "adjoint/numpy";\nconsole.log(jit(grad((x) => np.add(np.sin(x), x)))(1).item());\n`,
      budget: { all: 140 },
    },
    {
      name: "all of `numpy` without linear algebra (and `poly`, `polyfit`, `roots`, which need it) and FFT",
      text: `export { ${names.join(", ")} } from "adjoint/numpy";\n`,
      budget: { all: 120 },
    },
  ];
}

/** gzipped, in kB. */
const sizeOf = (file: string): number => gzipSync(readFileSync(file), { level: 9 }).length / 1000;

const folder = mkdtempSync(join(tmpdir(), "adjoint-sizes-"));
mkdirSync(join(folder, "node_modules"));
symlinkSync(root, join(folder, "node_modules", "adjoint"), "dir");
writeFileSync(join(folder, "package.json"), `{ "type": "module" }`);

const rows: string[] = [];
let over = 0;
try {
  for (const [k, { name, text, budget }] of (await programs()).entries()) {
    const entry = join(folder, `program${k}.js`);
    writeFileSync(entry, text);
    const cells: string[] = [];
    for (const [bundler, bundle] of Object.entries(bundlers)) {
      const file = bundlePath(join(folder, bundler), `program${k}`, "esm");
      mkdirSync(join(folder, bundler), { recursive: true });
      await bundle(entry, file, "esm");
      const size = sizeOf(file);
      const most = budget[bundler] ?? budget.all;
      if (size > most) over++;
      cells.push(`${size.toFixed(1)}${size > most ? ` (over ${most})` : ""}`);
    }
    rows.push(
      `| ${name} | ${cells.join(" | ")} | ${budget.all}${budget.esbuild === undefined ? "" : ` (esbuild ${budget.esbuild})`} |`,
    );
    console.log(rows[rows.length - 1]);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

const table = [
  `| program | ${Object.keys(bundlers).join(" | ")} | at most |`,
  `| --- |${" ---: |".repeat(Object.keys(bundlers).length + 1)}`,
  ...rows,
].join("\n");
if (process.argv.includes("--write")) {
  const file = join(root, "docs/sizes.md");
  const text = readFileSync(file, "utf8").replace(
    /<!-- table -->[^]*<!-- end -->/,
    `<!-- table -->\n\n${table}\n\n<!-- end -->`,
  );
  writeFileSync(file, await format(text, { parser: "markdown", printWidth: 110 }));
}
console.log(over === 0 ? "all within their budgets" : `${over} over their budgets`);
process.exitCode = over === 0 ? 0 : 1;

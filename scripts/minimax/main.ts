/**
 * @file Fits the polynomials of the vector functions and writes src/loops/emit/wasm/math/coefficients.ts.
 *
 * `npm run coefficients` rewrites the file; with names as arguments those fits are printed and nothing is written.
 */
import { writeFileSync } from "node:fs";
import { format } from "prettier";
import { fits } from "./fits.ts";
import { minimax } from "./remez.ts";

const header = `/**
 * @file Coefficients of the vector functions' polynomials, lowest power first. Written by \`npm run coefficients\`
 * (scripts/minimax): minimax fits whose coefficients are rounded to the lane's width. The error in the comment is
 * that of the fit, relative to the function it is part of.
 */
`;

const names = process.argv.slice(2);
const chosen = names.length === 0 ? fits : fits.filter((fit) => names.some((n) => fit.name.startsWith(n)));
const text = chosen
  .map((fit) => {
    const { coefficients, error } = minimax(fit);
    const line = `/** 2^${Math.log2(error).toFixed(1)} */`;
    console.log(`${fit.name.padEnd(20)} ${line}`);
    return `${line}\nexport const ${fit.name}: readonly number[] = [\n${coefficients.map((c) => `  ${c},\n`).join("")}];\n`;
  })
  .join("\n");
if (names.length === 0) {
  const source = await format(`${header}\n${text}`, { parser: "typescript", printWidth: 110 });
  writeFileSync(new URL("../../src/loops/emit/wasm/math/coefficients.ts", import.meta.url), source);
} else console.log(text);

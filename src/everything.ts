/**
 * @file Installs all optional parts: what programs have that load the library whole. A bundle of less has what it imports.
 */
import { installCompiler } from "./jit/compiler.ts";
import { installStablehlo } from "./stablehlo/export/index.ts";
import { installIndexingMethods } from "./numpy/indexing-methods.ts";

export function installEverything(): void {
  installCompiler();
  installIndexingMethods();
  installStablehlo();
}

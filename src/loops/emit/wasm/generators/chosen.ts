/** @file Which generator makes the modules: the encoder, unless `init()` has chosen Binaryen. */
import { encoder } from "./encoder.ts";
import type { Generator, WasmModule } from "./module.ts";

let chosen: Generator = encoder;

/** Modules made from now on are made by it. */
export function chooseGenerator(generator: Generator): void {
  chosen = generator;
}

export const chosenGenerator = (): Generator => chosen;

/** As `Generator.newModule`. */
export const newModule = (shared: boolean, ownPages?: number): WasmModule =>
  chosen.newModule(shared, ownPages);

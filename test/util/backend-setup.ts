/** @file Runs before each test file: the compiler of WebAssembly is loaded, and ADJOINT_BACKEND chooses what compiles. */
import { init } from "../../src/api/init.ts";
import { type ConfigValues, config } from "../../src/config.ts";

const wanted = process.env.ADJOINT_BACKEND;
if (wanted !== undefined) {
  await init();
  config.update({ backend: wanted as ConfigValues["backend"] });
}

/**
 * @file Runs before each test file: the library is whole, as without a bundler. ADJOINT_BACKEND chooses what runs programs
 * that do not say it themselves: "wasm", "js" and "auto" are those of `config.backend`; "interpreter" generates no code, and "steps" generates
 * JavaScript that debuggers step through.
 * ADJOINT_CODEGEN chooses what generates WebAssembly, as the option `codegen` of `init`.
 */
import "../../src/wiring.ts";
import { init } from "../../src/api/compile/init.ts";
import { type ConfigValues, config } from "../../src/base/config.ts";
import { installEverything } from "../../src/everything.ts";

const modes: Readonly<Record<string, Partial<ConfigValues>>> = {
  auto: {},
  js: { backend: "js" },
  wasm: { backend: "wasm" },
  interpreter: { jitless: true },
  steps: { backend: "js", sourceLines: true },
};

installEverything();

const wanted = process.env.ADJOINT_BACKEND;
if (wanted !== undefined) {
  const mode = modes[wanted];
  if (mode === undefined)
    throw new Error(`ADJOINT_BACKEND: expected one of ${Object.keys(modes).join(", ")}, got "${wanted}"`);
  config.update(mode);
}

const codegen = process.env.ADJOINT_CODEGEN;
if (codegen !== undefined) {
  if (codegen !== "encoder" && codegen !== "binaryen")
    throw new Error(`ADJOINT_CODEGEN: expected encoder or binaryen, got "${codegen}"`);
  await init({ codegen });
}

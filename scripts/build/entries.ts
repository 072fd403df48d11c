/** @file The entry points of the package: what `package.json` exports, and what the build makes of the sources. */

/** The name in `exports`, and the module of `src` behind it, without its extension. */
export const entries: Readonly<Record<string, string>> = {
  ".": "index",
  "./aot": "aot/index",
  "./experimental": "experimental/index",
  "./image": "image/index",
  "./implicit": "implicit/index",
  "./lax": "control-flow/lax",
  "./methods": "methods",
  "./nn": "nn/index",
  "./numpy": "numpy/index",
  "./ode": "ode/index",
  "./optim": "optim/index",
  "./plugin": "aot/build/plugin",
  "./random": "random/index",
  "./scipy": "scipy/index",
  "./sparse": "sparse/index",
  "./testing": "testing",
  "./tree": "tree/index",
};

/** The commands of `bin`. */
export const commands: Readonly<Record<string, string>> = { adjoint: "aot/build/cli" };

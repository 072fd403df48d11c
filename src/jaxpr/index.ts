/** @file The entry `adjoint/jaxpr`: programs as data, to be run, read, built and rewritten. */
import "../wiring.ts";

export { JaxprBuilder, type Operand, buildJaxpr } from "./build.ts";
export { checkJaxpr } from "./checks.ts";
export { JaxprError } from "./errors.ts";
export { evalEqn, evalJaxpr, interpretJaxpr, jaxprAsFunction } from "./evaluate.ts";
export { type JaxprParts, jaxprParts, parseJaxpr } from "./parse.ts";
export {
  type RewriteOptions,
  type RewriteRule,
  type Surroundings,
  inlineJaxpr,
  rewriteJaxpr,
} from "./rewrite.ts";
export { makeJaxpr } from "../api/staging.ts";
export type { Interpretation } from "../core/jaxpr/eval.ts";
export {
  type Atom,
  ClosedJaxpr,
  type Eqn,
  type Jaxpr,
  Literal,
  type PrintOptions,
  Var,
} from "../core/jaxpr/ir.ts";
export type { Params, Primitive } from "../core/primitive.ts";

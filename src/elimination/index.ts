/** @file The entry point `adjoint/elimination`: Jacobians by vertex elimination. */
import "../wiring.ts";

export { type EliminationPlan, type Elimination, eliminations } from "./eliminations.ts";
export { type JacobianMode, type JacobianOptions, jacobian } from "./jacobian.ts";

/**
 * @file The entry `adjoint/plain/runtime`: what transformed code calls. Not for people: its names are short and its functions
 * trust their caller, which is the transformation (src/plain/transform).
 */
import "../../wiring.ts";

export { inForce } from "../../core/trace.ts";
export { NDArray as Traced } from "../../core/array.ts";
export {
  call,
  field,
  first,
  get,
  isInstance,
  items,
  make,
  method,
  peek,
  poke,
  put,
  step,
  target,
  update,
} from "./access.ts";
export { and, any, or, when, whenever } from "./branches.ts";
export { raise } from "./errors.ts";
export { fresh } from "./log.ts";
export { each, keys, loop } from "./loops.ts";
export {
  add,
  band,
  bnot,
  bor,
  bxor,
  dec,
  div,
  eq,
  ge,
  gt,
  inc,
  le,
  lt,
  mod,
  mul,
  neg,
  pos,
  pow,
  same,
  shl,
  shr,
  sub,
  ushr,
} from "./operators.ts";
export { not, truth, type } from "./values.ts";

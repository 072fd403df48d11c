/** @file The entry `adjoint/interval`: enclosures, and what they prove. */
import "../wiring.ts";

export { EnclosureError } from "./errors.ts";
export { Interval, between } from "./interval.ts";
export { type Minimum, type Root, type SolveOptions, integrate, minimum, roots } from "./solve.ts";
export { type Enclosed, type Form, type IntervalOptions, interval } from "./transform.ts";

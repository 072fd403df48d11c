/** @file Ordinary differential equations: `odeint`, and `odeintEvent`, which ends where something happens. */
export { odeintEvent } from "./events.ts";
export { odeint } from "./odeint.ts";
export { type OdeOptions } from "./options.ts";

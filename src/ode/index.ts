/** @file Ordinary differential equations: `odeint`. */
export { type OdeOptions, odeint } from "./odeint.ts";

/** @file The `experimental.ode` namespace: differential equations. */
export { odeint } from "../ode/index.ts";

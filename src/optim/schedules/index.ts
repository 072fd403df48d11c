/** @file Schedules, and hyperparameters that follow them. */
export * from "../gradients/inject.ts";
export * from "./composed.ts";
export * from "./schedules.ts";

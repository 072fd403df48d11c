/** @file Schedules, and hyperparameters that follow them. */
export * from "../gradients/inject.ts";
export type { Schedule } from "../../arguments/parameters.ts";
export * from "./composed.ts";
export * from "./schedules.ts";

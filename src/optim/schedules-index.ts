/** @file Schedules, and hyperparameters that follow them. */
export * from "./inject.ts";
export * from "./schedules.ts";

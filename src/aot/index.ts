/** @file Ahead of time: functions as modules that need nothing else. */
import "../wiring.ts";

export { type PlainData, type PlainFunction, type PlainTreeOf, aot, compileDeclared } from "./declare.ts";
export { type ExportOptions, type Exported, type ExportedModule, exportModule } from "./module.ts";

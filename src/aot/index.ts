/** @file Ahead of time: functions as modules that need nothing else. */
import "../wiring.ts";

export { type ExportOptions, type Exported, type ExportedModule, exportModule } from "./module.ts";

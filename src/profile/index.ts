/** @file The entry `adjoint/profile`: what programs do while they run, and arrays in the consoles of browsers. */
import "../wiring.ts";

export { type ConsoleFormatter, type JsonMl, type JsonMlChild, installFormatters } from "./formatters.ts";
export type { Work } from "./work.ts";
export type { KernelKind } from "./kernels.ts";
export type { Bandwidth, Peaks } from "./peaks.ts";
export { type ProfileOptions, profile } from "./profile.ts";
export type { Profile } from "./report.ts";
export type {
  CompilationProfile,
  KernelLimit,
  KernelProfile,
  MemoryProfile,
  ProfileData,
  ProfileEvent,
  ProfiledOperation,
  ProgramKind,
  ProgramProfile,
} from "./types.ts";

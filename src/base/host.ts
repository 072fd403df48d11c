/** @file What a host has of Node's modules, and errors for what it could not do. */
import { FileError } from "./errors.ts";

interface Host {
  readonly process?: {
    readonly versions?: { readonly node?: string };
    getBuiltinModule?(name: string): unknown;
  };
  readonly Deno?: unknown;
}

const host = globalThis as unknown as Host;

/** True in Node, Deno and Bun. */
export const hasNodeModules = (): boolean =>
  host.process?.versions?.node !== undefined || host.Deno !== undefined;

/** A module of Node, by its name without "node:"; undefined where there is none, or it cannot be had at once. */
export const nodeModuleNow = (name: string): unknown => host.process?.getBuiltinModule?.(`node:${name}`);

/** A module of Node. The name is no literal, even if constants are put in their places: bundlers leave it alone. */
export async function nodeModule(name: string): Promise<unknown> {
  const full = ["node", name].join(":");
  return nodeModuleNow(name) ?? (await import(/* @vite-ignore */ /* webpackIgnore: true */ full));
}

/** An error of this library for what a host could not do, with the host's own as its cause. */
export function hostFailure(detail: string, reason: unknown, advice = ""): FileError {
  const told = reason instanceof Error ? reason.message : String(reason);
  const error = new FileError(`${detail}: ${told}.${advice}`);
  error.cause = reason;
  return error;
}

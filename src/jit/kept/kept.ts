/**
 * @file Compiled programs that outlive the process, if `init({ cache })` has named a place for them: what is found there is
 * neither lowered nor optimised nor encoded again. Looked for and kept are modules of whole jaxprs; tracing them stays.
 */
import { OptionalPart } from "../../core/late.ts";

/** A place that holds bytes by keys. What it cannot read or write is as if it were not there. */
export interface Store {
  /** What was written under the key, unharmed; else null. */
  read(key: string): Uint8Array | null;
  write(key: string, bytes: Uint8Array): void;
}

/** Bytes that a place holds at most; what was not used for longest goes first. */
export const mostBytes = 64 * 2 ** 20;

/** Bytes of the digest that stands before what is kept. */
export const digestBytes = 32;

/** Bytes behind their digest. */
export function signed(bytes: Uint8Array, digest: Uint8Array): Uint8Array {
  const all = new Uint8Array(digestBytes + bytes.length);
  all.set(digest);
  all.set(bytes, digestBytes);
  return all;
}

/** A digest as a name. */
export const hexOf = (digest: Uint8Array): string =>
  Array.from(digest, (b) => b.toString(16).padStart(2, "0")).join("");

/** The place that `init` was given. */
export const keptPrograms = new OptionalPart<Store>();

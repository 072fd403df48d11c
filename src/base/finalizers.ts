/** @file Finalisation, where the host has it: some runtimes at the edge of networks do not tell what is garbage. */

/** What is used of a `FinalizationRegistry`. */
export interface Finalizers<T> {
  register(target: object, held: T, token?: object): void;
  unregister(token: object): void;
}

/** Calls `f` when a registered object is garbage; never, where the host does not say. */
export function finalizers<T>(f: (held: T) => void): Finalizers<T> {
  return typeof FinalizationRegistry === "undefined"
    ? { register: () => undefined, unregister: () => undefined }
    : new FinalizationRegistry(f);
}

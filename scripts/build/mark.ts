/** @file What a bundle of the library says of its own text, at its beginning and at its end: see src/base/source.ts. */

/** Records where the text of a chunk begins and ends: see src/base/source.ts. */
export const mark = `(globalThis[Symbol.for("adjoint.text")] ??= []).push(() => new Error());`;

/** @file Which library compiled a program. */

/**
 * Differs between any two versions that might compile a program differently: the build puts a digest of all sources in the
 * place of this text.
 */
const stamp = "sources";

export const libraryStamp = (): string => stamp;

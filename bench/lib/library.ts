/**
 * @file The library as it ships: built by `npm run build`, not through the loader that runs these files (which wraps
 * every closure in a call that keeps its name, and would be measured too).
 */
import type * as Source from "../../src/index.ts";

const built = new URL("../../dist/index.js", import.meta.url).href;

export const adjoint = (await import(built)) as typeof Source;

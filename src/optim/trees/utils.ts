/** @file The `optim.treeUtils` namespace: arithmetic on trees, and what states hold. */
export * from "./moments.ts";
export * from "./random.ts";
export * from "./state.ts";
export * from "./trees.ts";

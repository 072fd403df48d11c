/** @file The `optim.treeUtils` namespace: arithmetic on trees, and what states hold. */
export * from "./state.ts";
export * from "./trees.ts";

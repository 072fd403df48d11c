/** @file Every loss. They return one value per example; take the mean of it. */
export * from "./classification.ts";
export * from "./regression.ts";
export * from "./structured.ts";

/** @file Every loss. They return one value per example; take the mean of it. */
export * from "./losses-classification.ts";
export * from "./losses-regression.ts";
export * from "./losses-structured.ts";

/** @file What the benchmarks are: for the page, which does not load the library, and for workloads.ts. */
export const sizes = { matmul: 256, elements: 1 << 18, calls: 1000 } as const;

export type WorkloadName = "matmul" | "chain" | "gradient" | "small";
export interface Description {
  readonly name: WorkloadName;
  readonly title: string;
  readonly text: string;
  /** Rows of the chart, at most: the page keeps room for them. */
  readonly ways: number;
}

const elements = sizes.elements.toLocaleString("en");

export const descriptions: readonly Description[] = [
  {
    name: "matmul",
    title: `Matrix product, ${sizes.matmul} × ${sizes.matmul}, float64`,
    text: "Three loops by hand; np.matmul under jit.",
    ways: 3,
  },
  {
    name: "chain",
    title: `Element by element, ${elements} numbers`,
    text: "tanh(sin(x) · x + 1), fused into one loop.",
    ways: 3,
  },
  {
    name: "gradient",
    title: `Gradient of a sum, ${elements} numbers`,
    text: "The gradient of Σ exp(−x²) x: grad under jit, and the formula by hand.",
    ways: 3,
  },
  {
    name: "small",
    title: "A thousand calls on one number",
    text: "The derivative of sin(x) · x: what a call of a compiled function costs.",
    ways: 2,
  },
];

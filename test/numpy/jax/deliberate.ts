/** @file Where numpy differs from JAX's table on purpose, each with its reason. */

interface Deliberate {
  /** The differences, as the test words them. */
  readonly which: RegExp;
  readonly reason: string;
}

export const deliberate: Readonly<Record<"shapes" | "dtypes", readonly Deliberate[]>> = {
  shapes: [],
  dtypes: [],
};

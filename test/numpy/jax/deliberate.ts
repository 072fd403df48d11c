/** @file Where numpy differs from JAX's table on purpose, each with its reason. */

interface Deliberate {
  /** The differences, as the test words them. */
  readonly which: RegExp;
  readonly reason: string;
}

export const deliberate: Readonly<Record<"shapes" | "dtypes", readonly Deliberate[]>> = {
  shapes: [
    {
      which: /^(?:(?:nan)?cum(?:sum|prod)(?:#dtype)?|\w+\.accumulate) of shape \[\].*gives a result/,
      reason: "a scalar counts as a vector of one element along axis 0 or -1, as in NumPy",
    },
    {
      which:
        /^(?:arange|meshgrid|polyadd|polysub|polymul|polydiv|put) of shape \[(?:1|1,1)?\]: gives a result/,
      reason: "NumPy takes scalars and arrays of one element here",
    },
    {
      which: /^(?:histogram|histogramBinEdges|histogram2d) of shape \[(?:0|0,2|2,0)\]: gives a result/,
      reason: "the histogram of no values has edges and counts 0, as in NumPy",
    },
    {
      which: /^trapezoid of shape \[.*0.*\].*gives a result/,
      reason: "an integral over no interval is 0, as in NumPy",
    },
    {
      which: /^linalg\.matrixRank of shape \[(?:0,2|2,0)\]: gives a result/,
      reason: "a matrix without elements has rank 0",
    },
    { which: /^permuteDims .*gives a result/, reason: "without axes they are reversed, as by transpose" },
    {
      which: /^(?:polyder|polymul) of shape \[(?:1,1|2,0|0,2)\]: throws/,
      reason: "coefficients are a vector; JAX takes the rows of a matrix for them by accident",
    },
    {
      which: /^insert#array of shape \[0,2\].*throws/,
      reason: "values of shape [0,2] do not broadcast to the places; JAX drops what does not fit",
    },
  ],
  dtypes: [
    {
      which: /complex64.*: (?:throws|gives)/,
      reason:
        "functions that need an order, or are not analytic, refuse complex numbers, and others take them where JAX does not",
    },
    { which: /^(?:nanstd|nanvar) of complex64/, reason: "not defined for complex arrays here" },
    {
      which:
        /^(?:arange|argpartition|partition|dot|fft\.\w+|interp(?:#ends)?|ix_|kron|linalg\.vectorNorm#zero|permuteDims|polyadd|polysub|polymul|polydiv|polyfit|put|roots|vander|\w+\.accumulate|meshgrid) .*: gives .*JAX throws/,
      reason: "kinds of operands that JAX refuses and NumPy takes",
    },
    {
      which: /^cumulativeProd of u?int8/,
      reason: "small integers multiply in int32, as the array API standard says and cumulativeSum does",
    },
    {
      which: /^(?:setdiff1d|setxor1d|intersect1d) .*not ~/,
      reason: "whether a list of distinct values is weak depends in JAX on the way it was found",
    },
    {
      which: /^(?:power|pow) of ~bool, ~int: ~int32, not int32/,
      reason: "two weak scalars make a weak one, as in all other arithmetic",
    },
    {
      which: /^interp(?:#ends)? of (?:float16|float32|~float), (?:bool|u?int8): float64, not float32/,
      reason: "integers become the default float, the values of points too",
    },
    { which: /^linalg\.tensorsolve of ~/, reason: "a solution is never weak, also that of scalars" },
    { which: /^resultType /, reason: "a dtype is its name here" },
    { which: /^broadcastShapes /, reason: "sizes are numbers" },
  ],
};

/** @file How products, convolutions, transforms and factorisations are written. */
import type { ConvParams } from "../../lax/convolution/conv.ts";
import type { DotParams } from "../../lax/contractions/dot.ts";
import type { FftParams } from "../../lax/fft/fft.ts";
import type { TriangularParams } from "../../lax/linalg/triangular-solve.ts";
import { type Written, call, method } from "../expressions.ts";
import { type Rule, rule } from "./rule.ts";

const product: Rule = rule<DotParams>(
  ({ args: [x, y], params: { dimensionNumbers: d, preferredElementType } }) => {
    const plain = preferredElementType === null;
    const [[left, right], [batch]] = d;
    const isOuter = left.length === 0 && right.length === 0 && batch.length === 0;
    return [
      ...(plain ? [method(x, "matmul", y), method(x, "dot", y)] : []),
      ...(plain && isOuter ? [call("np.outer", x, y), call("np.tensordot", x, y, 0)] : []),
      ...(plain && batch.length === 0 && !isOuter ? [call("np.tensordot", x, y, [left, right])] : []),
      call("lax.dotGeneral", x, y, d, plain ? undefined : { preferredElementType }),
    ];
  },
);

const convolution: Rule = rule<ConvParams>(({ args: [x, w], params: p }) => {
  const dilated = (d: readonly number[]): Written => (d.every((k) => k === 1) ? undefined : d);
  return [
    call("lax.convGeneralDilated", x, w, p.windowStrides, p.padding, {
      lhsDilation: dilated(p.lhsDilation),
      rhsDilation: dilated(p.rhsDilation),
      featureGroupCount: p.featureGroupCount === 1 ? undefined : p.featureGroupCount,
      batchGroupCount: p.batchGroupCount === 1 ? undefined : p.batchGroupCount,
      preferredElementType: p.preferredElementType ?? undefined,
    }),
  ];
});

const solution: Rule = rule<TriangularParams>(({ args: [a, b], params: p }) => [
  call("lax.linalg.triangularSolve", a, b, {
    leftSide: p.leftSide,
    lower: p.lower,
    transposeA: p.transposeA ? true : undefined,
    unitDiagonal: p.unitDiagonal ? true : undefined,
  }),
]);

/** A factorisation, with its parameters as options. */
const factorisation = (name: string, options: { readonly [key: string]: Written } = {}): Rule =>
  rule(({ args, params }) => [
    call(`lax.linalg.${name}`, ...args),
    call(`lax.linalg.${name}`, ...args, params as { readonly [key: string]: Written }),
    call(`lax.linalg.${name}`, ...args, options),
    call(`np.linalg.${name}`, ...args),
  ]);

/** By the names of operations. */
export const products: Readonly<Record<string, Rule>> = {
  dot_general: product,
  conv_general_dilated: convolution,
  fft: rule<FftParams>(({ args: [x], params: p }) => [call("lax.fft", x, p.fftType, p.fftLengths)]),
  triangular_solve: solution,
  cholesky: factorisation("cholesky", { symmetrizeInput: false }),
  lu: factorisation("lu"),
  qr: factorisation("qr"),
  eigh: factorisation("eigh", { symmetrizeInput: false }),
  eig: rule<{ left: boolean; right: boolean }>(({ args, params: { left, right } }) => [
    call("lax.linalg.eig", ...args, { computeLeftEigenvectors: left, computeRightEigenvectors: right }),
    call("np.linalg.eigvals", ...args),
  ]),
  svd: factorisation("svd", { fullMatrices: false }),
  schur: factorisation("schur"),
  hessenberg: factorisation("hessenberg"),
  householder_product: factorisation("householderProduct"),
  tridiagonal_solve: factorisation("tridiagonalSolve"),
};

/** @file The `nn` namespace: JAX's functions for neural networks under their camelCase names. */
export {
  celu,
  elu,
  gelu,
  glu,
  hardSigmoid,
  hardSilu,
  hardSwish,
  hardTanh,
  identity,
  leakyRelu,
  logSigmoid,
  mish,
  relu,
  relu6,
  selu,
  sigmoid,
  silu,
  softSign,
  softplus,
  sparsePlus,
  sparseSigmoid,
  squareplus,
  swish,
  tanh,
} from "./activations.ts";
export { type AttentionOptions, dotProductAttention } from "./attention.ts";
export * as initializers from "./initializers.ts";
export {
  log1mexp,
  logSoftmax,
  logmeanexp,
  logsumexp,
  oneHot,
  softmax,
  standardize,
} from "./normalisation.ts";

"""Writes vectors.json: results of optax (on JAX, 64-bit) for test/optim/vectors.test.ts.

Run with optax 0.2.8 and JAX 0.10.2: python test/optim/make-vectors.py
"""
import json
import math
import os
import warnings

import jax

jax.config.update("jax_enable_x64", True)
warnings.simplefilter("ignore")
import jax.numpy as jnp
import numpy as np
import optax

rng = np.random.default_rng(7)


def array(*shape, low=-2.0, high=2.0):
    return jnp.asarray(np.round(rng.uniform(low, high, shape), 3))


def encode(x):
    if isinstance(x, dict):
        return {k: encode(v) for k, v in x.items()}
    if isinstance(x, (list, tuple)):
        return [encode(v) for v in x]
    if x is None or isinstance(x, (bool, str)):
        return x
    a = np.asarray(x)
    flat = a.ravel()
    if a.dtype == bool:
        data = [bool(v) for v in flat]
    elif a.dtype.kind in "iu":
        data = [int(v) for v in flat]
    else:
        data = [float(v) if math.isfinite(v) else {True: "NaN"}.get(bool(np.isnan(v)), "Infinity" if v > 0 else "-Infinity") for v in flat]
    return {"shape": list(a.shape), "dtype": str(a.dtype), "data": data}


start = {"b": array(), "m": array(3, 4), "w": array(5)}
target = {"b": array(), "m": array(3, 4), "w": array(5)}
scale = {"b": array(low=0.2, high=1.5), "m": array(3, 4, low=0.2, high=1.5), "w": array(5, low=0.2, high=1.5)}


def loss(p):
    parts = jax.tree.map(lambda x, t, c: jnp.sum(c * (x - t) ** 2), p, target, scale)
    return sum(jax.tree.leaves(parts)) + 0.1 * jnp.sum(p["w"]) * p["b"]


def trajectory(tx, steps=(1, 2, 3, 7), extra=False, tree=start):
    loss_and_grad = jax.jit(jax.value_and_grad(loss))
    params, state, out = tree, tx.init(tree), []
    for i in range(1, max(steps) + 1):
        value, grads = loss_and_grad(params)
        more = dict(value=value, grad=grads, value_fn=loss) if extra else {}
        updates, state = tx.update(grads, state, params, **more)
        params = optax.apply_updates(params, updates)
        if i in steps:
            out.append(params)
    return out


def lookahead(tx, steps=(1, 2, 3, 7)):
    params = optax.LookaheadParams.init_synced(start)
    state, out = tx.init(params), []
    for i in range(1, max(steps) + 1):
        grads = jax.grad(loss)(params.fast)
        updates, state = tx.update(grads, state, params)
        params = optax.apply_updates(params, updates)
        if i in steps:
            out.append({"fast": params.fast, "slow": params.slow})
    return out


o = optax
mask = {"b": False, "m": True, "w": True}
half = lambda step: 0.1 * 0.5 ** step
decay = lambda step: 0.01 * (1 + step)
bad = [start, jax.tree.map(lambda x: x * jnp.nan, start), start, start]


def on_updates(tx, updates, params=start, **extra):
    """The updates (not the parameters) that a transformation makes of a list of updates."""
    state, out = tx.init(params), []
    for u in updates:
        u, state = tx.update(u, state, params, **extra)
        out.append(u)
    return out


small = jax.tree.map(lambda x: 0.3 * x, target)
optimizers = {
    "sgd momentum nesterov": o.sgd(0.05, 0.9, True),
    "sgd schedule": o.sgd(half),
    "adam": o.adam(0.1, eps_root=1e-3),
    "adam nesterov": o.adam(0.1, nesterov=True),
    "adam schedule": o.adam(half, 0.8, 0.99),
    "nadamw": o.nadamw(0.1, weight_decay=0.05),
    "adamw mask schedule": o.adamw(half, weight_decay=decay, mask=mask),
    "amsgrad": o.amsgrad(0.1),
    "amsgrad plain": o.amsgrad(0.1, bias_correction_mu=False, bias_correction_nu=False),
    "adabelief": o.adabelief(0.1),
    "adabelief nesterov": o.adabelief(0.1, nesterov=True),
    "adadelta": o.adadelta(0.9, weight_decay=0.01),
    "adadelta no rate": o.adadelta(),
    "adafactor factored": o.adafactor(0.1, min_dim_size_to_factor=2),
    "adafactor momentum": o.adafactor(0.1, momentum=0.9, weight_decay_rate=0.01, multiply_by_parameter_scale=False, clipping_threshold=None, dtype_momentum=jnp.float64),
    "adagrad": o.adagrad(0.3, 0.0),
    "adamax": o.adamax(0.1, 0.8, 0.9),
    "adamaxw": o.adamaxw(0.1, mask=mask),
    "adan": o.adan(0.1, weight_decay=0.01),
    "fromage": o.fromage(0.1),
    "fromage schedule": o.fromage(half),
    "lamb": o.lamb(0.1, weight_decay=0.1),
    "lars": o.lars(0.5, weight_decay=0.1, trust_coefficient=0.1, nesterov=True),
    "lars masks": o.lars(0.5, weight_decay=0.1, weight_decay_mask=mask, trust_ratio_mask=mask, momentum=0.5),
    "lion": o.lion(0.05),
    "nadam": o.nadam(0.1),
    "noisySgd": o.noisy_sgd(0.05, key=3),
    "novograd": o.novograd(0.1, weight_decay=0.01),
    "optimisticAdam": o.optimistic_adam(0.1),
    "optimisticAdam optimism": o.optimistic_adam(0.1, 0.2, nesterov=False),
    "optimisticAdamV2": o.optimistic_adam_v2(half, alpha=0.9, beta=0.8),
    "optimisticGradientDescent": o.optimistic_gradient_descent(0.05, 0.8, 0.7),
    "radam": o.radam(0.1),
    "radam threshold": o.radam(0.1, b2=0.9, threshold=2.0, nesterov=True),
    "rmsprop": o.rmsprop(0.05, initial_scale=1.0, momentum=0.9, nesterov=True),
    "rmsprop centered": o.rmsprop(0.05, centered=True, bias_correction=False, eps_in_sqrt=False, initial_scale=1.0),
    "rmsprop biasCorrection": o.rmsprop(0.05, bias_correction=True, eps_in_sqrt=False),
    "rprop": o.rprop(0.05),
    "signSgd": o.sign_sgd(0.05),
    "signum": o.signum(0.05),
    "yogi": o.yogi(0.1),
    "applyEvery": o.chain(o.apply_every(3), o.sgd(0.1)),
    "ema": o.chain(o.ema(0.7), o.scale(-0.1)),
    "ema biased": o.chain(o.ema(0.7, debias=False), o.scale(-0.1)),
    "centralize": o.chain(o.centralize(), o.sgd(0.1)),
    "clipByBlockRms": o.chain(o.clip_by_block_rms(0.3), o.sgd(0.1)),
    "clipByGlobalNorm": o.chain(o.clip_by_global_norm(0.5), o.sgd(0.1)),
    "adaptiveGradClip": o.chain(o.adaptive_grad_clip(0.2), o.sgd(0.1)),
    "adaptiveGradClip axis": o.chain(o.masked(o.adaptive_grad_clip(0.2, axis=-1), mask), o.sgd(0.1)),
    "keepParamsNonnegative": o.chain(o.sgd(0.4), o.keep_params_nonnegative()),
    "scaleByParamBlockNorm": o.chain(o.scale_by_param_block_norm(), o.sgd(0.05)),
    "scaleByParamBlockRms": o.chain(o.scale_by_param_block_rms(), o.sgd(0.05)),
    "scaleByLion smooth": o.chain(o.scale_by_lion(mode="smooth", smooth_beta=2.0), o.scale(-0.1)),
    "scaleByLion refined": o.chain(o.scale_by_lion(mode="refined"), o.scale(-0.1)),
    "scaleByTrustRatio": o.chain(o.scale_by_trust_ratio(0.1, 0.5, 0.01), o.scale(-0.1)),
    "scaleByNovograd": o.chain(o.scale_by_novograd(eps_root=0.1), o.scale(-0.1)),
    "scaleByDistanceOverGradients": o.chain(o.masked(o.scale_by_distance_over_gradients(reps_rel=1e-2, param_dtype=jnp.float64), mask), o.scale(-0.1)),
    "normalizeByUpdateNorm": o.chain(o.normalize_by_update_norm(0.5), o.scale(-0.1)),
    "masked": o.masked(o.sgd(0.1, 0.9), mask),
    "partition": o.partition({"a": o.adam(0.1), "z": o.sgd(0.01)}, {"b": "a", "m": "z", "w": "a"}),
    "selectiveTransform": o.selective_transform(o.sgd(0.1), freeze_mask=mask),
    "flatten": o.flatten(o.chain(o.clip_by_block_rms(0.5), o.adam(0.1))),
    "namedChain": o.named_chain(("first", o.trace(0.9)), ("second", o.scale(-0.05))),
    "injectHyperparams": o.inject_hyperparams(o.adam)(half, b1=0.8),
    "injectHyperparams momentum": o.inject_hyperparams(o.sgd)(0.05, momentum=lambda s: 0.9 / (s + 1)),
    "conditionallyTransform": o.chain(o.conditionally_transform(o.scale(0.1), lambda s: s < 2), o.scale(-0.1)),
    "conditionallyMask": o.chain(o.conditionally_mask(o.scale(1.0), lambda s: s % 2 == 0), o.scale(-0.1)),
    "MultiSteps": o.MultiSteps(o.adam(0.1), 3, accumulator_dtype=jnp.float64),
    "MultiSteps sum schedule": o.MultiSteps(o.sgd(0.1), lambda s: jnp.where(s < 1, 1, 2), use_grad_mean=False, accumulator_dtype=jnp.float64),
    "multiplied schedules": o.chain(o.scale_by_schedule(lambda s: 1.0 / (1 + s)), o.scale_by_learning_rate(0.1)),
}
no_scalar = {k: v for k, v in start.items() if k != "b"}


def trajectory_sm3():
    f = lambda p: loss({**p, "b": jnp.asarray(0.5)})
    tx = o.sm3(0.2)
    params, state, out = no_scalar, tx.init(no_scalar), []
    for i in range(1, 6):
        updates, state = tx.update(jax.grad(f)(params), state, params)
        params = o.apply_updates(params, updates)
        out.append(params)
    return out


searches = {
    "polyakSgd": o.polyak_sgd(max_learning_rate=0.3),
    "polyakSgd sps+": o.polyak_sgd(f_min=20.0, variant="sps+", eps=0.1, scaling=0.5),
    "lbfgs": o.lbfgs(),
    "lbfgs no search": o.lbfgs(0.1, memory_size=3, scale_init_precond=False, linesearch=None),
    "lbfgs backtracking": o.lbfgs(memory_size=2, linesearch=o.scale_by_backtracking_linesearch(10)),
    "backtracking": o.chain(o.sgd(1.0), o.scale_by_backtracking_linesearch(15, store_grad=True)),
    "backtracking options": o.chain(o.sgd(3.0), o.scale_by_backtracking_linesearch(20, slope_rtol=0.3, decrease_factor=0.5, increase_factor=1.2)),
    "zoom": o.chain(o.sgd(1.0), o.scale_by_zoom_linesearch(15)),
    "zoom steep": o.chain(o.sgd(5.0), o.scale_by_zoom_linesearch(20, curv_rtol=0.05, initial_guess_strategy="one")),
    "zoom limit": o.chain(o.sgd(0.01), o.scale_by_zoom_linesearch(20, max_learning_rate=3.0, approx_dec_rtol=None)),
}

steps = list(range(14))
schedules = {
    "constantSchedule": ([0.3], {}),
    "linearSchedule": ([1.0, 0.1, 5, 3], {}),
    "polynomialSchedule": ([1.0, 0.1, 3, 8, 2], {}),
    "piecewiseConstantSchedule": ([2.0], {"boundaries_and_scales": {3: 0.5, 7: 0.1}}),
    "piecewiseInterpolateSchedule": (["linear", 2.0], {"boundaries_and_scales": {3: 0.5, 7: 0.1}}),
    "piecewiseInterpolateSchedule#": (["cosine", 2.0], {"boundaries_and_scales": {3: 0.5, 7: 2.0, 9: 0.1}}),
    "exponentialDecay": ([0.1, 3, 0.5], {"transition_begin": 2, "end_value": 0.03}),
    "exponentialDecay#": ([0.1, 3, 1.5], {"staircase": True, "end_value": 0.3}),
    "cosineDecaySchedule": ([0.5, 10], {"alpha": 0.2, "exponent": 2.0}),
    "cosineOnecycleSchedule": ([10, 0.5], {"pct_start": 0.4, "div_factor": 5.0}),
    "linearOnecycleSchedule": ([12, 0.5], {}),
    "warmupConstantSchedule": ([0.1, 0.5, 4], {}),
    "warmupCosineDecaySchedule": ([0.1, 0.5, 4, 12], {"end_value": 0.05, "exponent": 1.5}),
    "warmupExponentialDecaySchedule": ([0.1, 1.0, 3, 4, 0.5], {"staircase": True, "end_value": 0.2}),
}


def snake(name):
    special = {"l1": "_l1", "l2": "_l2"}
    return "".join("_" + c.lower() if c.isupper() else c for c in name.rstrip("#").split("!")[0])


def schedule_values(name, args, kwargs):
    f = getattr(o.schedules, snake(name))(*args, **kwargs)
    return jnp.stack([jnp.asarray(f(s), jnp.float64) for s in steps])


def call(space, name, args, kwargs=None):
    kwargs = kwargs or {}
    f = getattr(space, snake(name))
    out = f(*args, **kwargs)
    case = {"fn": name.rstrip("#!"), "args": args, "kwargs": kwargs, "out": out}
    inexact = [i for i, a in enumerate(args) if not isinstance(a, (int, float, str)) and all(x.dtype.kind == "f" for x in jax.tree.leaves(a))]
    first = inexact[:1]
    if first and jax.tree.all(jax.tree.map(lambda x: x.dtype.kind == "f", out)):
        total = lambda x: sum(jnp.sum(jnp.sin(y)) for y in jax.tree.leaves(f(x, *args[1:], **kwargs)))
        case["grad"] = jax.grad(total)(args[0])
    return case


x4, y4 = array(4), array(4)
logits, probs = array(3, 4), jax.nn.softmax(array(3, 4))
where34 = jnp.asarray(rng.uniform(size=(3, 4)) > 0.3).at[:, 0].set(True)
labels3 = jnp.asarray([1, 3, 0], jnp.int32)
binary34 = jnp.asarray(rng.uniform(size=(3, 4)) > 0.5, jnp.float64)
signs = jnp.asarray([1.0, -1.0, -1.0, 1.0])
ctc_logits = array(2, 7, 4)
ctc_labels = jnp.asarray([[1, 2, 2, 3], [3, 3, 1, 0]], jnp.int32)
ctc_lpad = jnp.asarray([[0.0] * 7, [0.0] * 5 + [1.0] * 2])
ctc_pad = jnp.asarray([[0.0] * 4, [0.0, 0.0, 1.0, 1.0]])
segments = jax.nn.one_hot(jnp.asarray(rng.integers(0, 3, (2, 4))), 3, dtype=jnp.float64)
L = o.losses
losses = [
    call(L, "squaredError", [x4]),
    call(L, "l2Loss", [x4, y4]),
    call(L, "huberLoss", [x4, y4], {"delta": 0.7}),
    call(L, "logCosh", [x4]),
    call(L, "cosineSimilarity", [logits, probs], {"epsilon": 3.0, "axis": 0}),
    call(L, "cosineDistance", [logits, probs], {"where": where34}),
    call(L, "sigmoidBinaryCrossEntropy", [logits, binary34]),
    call(L, "hingeLoss", [x4, signs]),
    call(L, "perceptronLoss", [x4, signs]),
    call(L, "sparsemaxLoss", [x4, jnp.asarray([0, 1, 1, 0])]),
    call(L, "safeSoftmaxCrossEntropy", [logits.at[0, 2].set(-1.5), probs]),
    call(L, "softmaxCrossEntropy", [logits, probs], {"axis": 0}),
    call(L, "softmaxCrossEntropy", [logits, probs], {"where": where34}),
    call(L, "softmaxCrossEntropyWithIntegerLabels", [logits, jnp.asarray([0, 2, 1, 2], jnp.int32)], {"axis": 0}),
    call(L, "softmaxCrossEntropyWithIntegerLabels", [logits, labels3], {"where": where34}),
    call(L, "softmaxCrossEntropyWithIntegerLabels", [array(2, 3, 2), jnp.asarray([1, 5, 3], jnp.int32)], {"axis": (0, 2)}),
    call(L, "multiclassHingeLoss", [logits, labels3]),
    call(L, "multiclassPerceptronLoss", [logits, labels3]),
    call(L, "multiclassSparsemaxLoss", [logits, labels3]),
    call(L, "polyLossCrossEntropy", [logits, probs], {"epsilon": 1.5}),
    call(L, "polyLossCrossEntropy", [logits, probs], {"epsilon": 1.5, "axis": 0, "where": where34}),
    call(L, "klDivergence", [jnp.log(probs), jnp.asarray([[0.0, 0.5, 0.5, 0.0]] * 3)]),
    call(L, "klDivergence", [jnp.log(probs), probs[::-1]], {"axis": 0, "where": where34}),
    call(L, "klDivergenceWithLogTargets", [jnp.log(probs), jnp.log(probs[::-1])]),
    call(L, "generalizedKlDivergence", [jnp.log(probs), probs[::-1]]),
    call(L, "convexKlDivergence", [jnp.log(probs), probs[::-1]], {"axis": 0}),
    call(L, "ctcLoss", [ctc_logits, ctc_lpad, ctc_labels, ctc_pad]),
    call(L, "ctcLoss", [ctc_logits, ctc_lpad, ctc_labels, ctc_pad], {"blank_id": 1, "log_epsilon": -1e4}),
    call(L, "ctcLossWithForwardProbs", [ctc_logits, ctc_lpad, ctc_labels, ctc_pad]),
    call(L, "sigmoidFocalLoss", [logits, binary34]),
    call(L, "sigmoidFocalLoss", [logits, probs], {"alpha": 0.3, "gamma": 1.5}),
    call(L, "smoothLabels", [probs, 0.2], {"axis": 0}),
    call(L, "smoothLabels", [probs, 0.2], {"where": where34}),
    call(L, "ntxent", [array(6, 3), jnp.asarray([0, 0, 1, 1, 2, 0], jnp.int32), 0.5]),
    call(L, "tripletMarginLoss", [logits, array(3, 4), array(3, 4)], {"margin": 2.0, "eps": 1e-3}),
    call(L, "rankingSoftmaxLoss", [logits, binary34], {"where": where34}),
    call(L, "rankingSoftmaxLoss", [logits, binary34], {"weights": probs, "reduce_fn": None}),
    call(L, "diceLoss", [array(2, 4, 3), segments]),
    call(L, "diceLoss", [array(2, 4, 3), segments], {"alpha": 0.3, "beta": 0.7, "class_weights": jnp.asarray([1.0, 2.0, 3.0]), "reduction": "none", "ignore_background": True}),
    call(L, "multiclassGeneralizedDiceLoss", [array(2, 4, 3), segments]),
    call(L, "binaryDiceLoss", [array(2, 4), binary34[:2]], {"smooth": 0.5}),
]

P = o.projections
tree, normal = {"a": array(3), "c": array(2, 2)}, {"a": array(3), "c": array(2, 2)}
lower, upper = jax.tree.map(lambda x: x - 1.0, normal), jax.tree.map(lambda x: x + 0.5, normal)


def project(name, py, *args):
    f = getattr(P, py)
    total = lambda x: sum(jnp.sum(jnp.sin(y)) for y in jax.tree.leaves(f(x, *args[1:])))
    return {"fn": name, "args": list(args), "kwargs": {}, "out": f(*args), "grad": jax.grad(total)(args[0])}


projections = [
    project("projectionNonNegative", "projection_non_negative", tree),
    project("projectionBox", "projection_box", tree, lower, upper),
    project("projectionBox", "projection_box", x4, -0.5, 0.7),
    project("projectionHypercube", "projection_hypercube", x4, 0.5),
    project("projectionSimplex", "projection_simplex", tree, 2.5),
    project("projectionL1Sphere", "projection_l1_sphere", tree, 2.0),
    project("projectionL1Ball", "projection_l1_ball", tree, 2.0),
    project("projectionL1Ball", "projection_l1_ball", tree, 200.0),
    project("projectionL2Sphere", "projection_l2_sphere", tree, 2.0),
    project("projectionL2Ball", "projection_l2_ball", tree, 2.0),
    project("projectionL2Ball", "projection_l2_ball", tree, 200.0),
    project("projectionLinfBall", "projection_linf_ball", tree, 0.8),
    project("projectionVector", "projection_vector", tree, normal),
    project("projectionHyperplane", "projection_hyperplane", tree, normal, 0.7),
    project("projectionHalfspace", "projection_halfspace", tree, normal, -0.7),
    project("projectionHalfspace", "projection_halfspace", tree, normal, 70.0),
]

A, rhs = array(5, 3), array(5)
sym = A.T @ A
key = jax.random.key(5)
mean = lambda x: jnp.where(x > 0, 1.0, 0.0) * x
perturbed = lambda **k: optax.perturbations.make_perturbed_fun(mean, num_samples=20, sigma=0.3, **k)
examples = {"a": array(4, 3), "c": array(4, 2, 2)}
others = {
    "applyIfFinite": on_updates(o.apply_if_finite(o.sgd(0.1, 0.9), 2), bad),
    "zeroNans": on_updates(o.zero_nans(), [bad[0], {**bad[0], "w": bad[1]["w"]}]),
    "skipNotFinite": on_updates(o.MultiSteps(o.sgd(0.1), 2, should_skip_update_fn=o.skip_not_finite), bad),
    "addNoise": on_updates(o.add_noise(0.1, 0.5, 11), [small, small]),
    "lookahead": lookahead(o.lookahead(o.sgd(0.05, 0.9), 2, 0.4)),
    "lookahead reset": lookahead(o.lookahead(o.sgd(0.05, 0.9), 3, 0.4, reset_state=True)),
    "sm3": trajectory_sm3(),
    "sgdrSchedule": jnp.stack([o.sgdr_schedule([dict(init_value=0.1, peak_value=1.0, warmup_steps=2, decay_steps=5), dict(init_value=0.2, peak_value=0.8, warmup_steps=1, decay_steps=6)])(s) for s in steps]),
    "nnls": o.nnls(A, rhs, 60),
    "powerIteration": list(o.power_iteration(sym, v0=jnp.ones(3))),
    "powerIteration key": list(o.power_iteration(sym)),
    "inverseRoot": list(o.matrix_inverse_pth_root(sym.astype(jnp.float32), 4)),
    "safeNorm": [o.safe_norm(x4, 10.0), o.safe_norm(x4, 0.1, ord=1), jax.grad(lambda x: o.safe_norm(x, 0.1))(x4)],
    "safeRms": [o.safe_root_mean_squares(x4, 0.1), jax.grad(lambda x: o.safe_root_mean_squares(x, 10.0))(x4)],
    "incrementalUpdate": o.incremental_update(start, target, 0.3),
    "periodicUpdate": [o.periodic_update(start, target, 4, 2), o.periodic_update(start, target, 5, 2)],
    "perExampleGlobalNormClip": list(o.per_example_global_norm_clip(examples, 1.5)),
    "perExampleLayerNormClip": list(o.per_example_layer_norm_clip(examples, 1.5)),
    "perExampleLayerNormClip sizes": list(o.per_example_layer_norm_clip(examples, 1.5, uniform=False)),
    "microbatch": [o.microbatch(lambda x: {"s": x.sum(0), "p": (x ** 2).sum()}, 0, 2)(examples["a"]), o.microbatch(lambda x: 2 * x, 0, 2, o.microbatching.AccumulationType.CONCAT)(examples["a"]), o.microbatch(lambda x: x.mean(0), 0, 2, o.microbatching.AccumulationType.RUNNING_MEAN)(examples["a"])],
    "multiNormal": [o.multi_normal(x4, y4).log_prob(array(4) * 0 + 0.3), o.multi_normal(x4, y4).sample((2,), key)],
    "perturbed": [perturbed()(key, x4), jax.grad(lambda x: perturbed()(key, x).sum())(x4), perturbed(noise=o.perturbations.Normal(), use_baseline=False)(key, x4)],
    "treeNorm": [o.tree_utils.tree_norm(tree), o.tree_utils.tree_norm(tree, 1), o.tree_utils.tree_norm(tree, "inf", True)],
    "treeRandomLike": o.tree_utils.tree_random_like(key, tree),
    "treeVdot": [o.tree_utils.tree_vdot(tree, normal), o.tree_utils.tree_sum(tree), o.tree_utils.tree_max(tree), o.tree_utils.tree_min(tree)],
}


def named(name, f, *args, **kwargs):
    """Calls f; an error says the name."""
    try:
        return f(*args, **kwargs)
    except Exception as error:
        print(name, repr(error)[:300])
        raise


inputs = {"start": start, "target": target, "scale": scale, "small": small, "x4": x4, "y4": y4, "A": A, "rhs": rhs, "examples": examples, "tree": tree, "normal": normal}

out = {
    "source": f"optax {optax.__version__} on JAX {jax.__version__}, 64-bit",
    "inputs": inputs,
    "optimizers": {k: named(k, trajectory, tx) for k, tx in optimizers.items()},
    "searches": {k: named(k, trajectory, tx, extra=True) for k, tx in searches.items()},
    "schedules": {k: {"args": v[0], "kwargs": {n: ({str(s): f for s, f in x.items()} if isinstance(x, dict) else x) for n, x in v[1].items()}, "out": schedule_values(k, *v)} for k, v in schedules.items()},
    "losses": losses,
    "projections": projections,
    "others": others,
}


def text(x):
    """Plain Python numbers stay numbers; arrays are encoded."""
    if isinstance(x, dict):
        return {k: text(v) for k, v in x.items()}
    if isinstance(x, (list, tuple)):
        return [text(v) for v in x]
    return x if x is None or isinstance(x, (bool, int, float, str)) else encode(x)


path = os.path.join(os.path.dirname(__file__), "vectors.json")
with open(path, "w") as f:
    parts = [f"{json.dumps(k)}: {json.dumps(text(v), separators=(',', ':'))}" for k, v in out.items()]
    f.write("{\n" + ",\n".join(parts) + "\n}\n")

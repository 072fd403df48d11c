"""Draws from posteriors by NUTS of BlackJAX on XLA, on one thread: bench/workloads/posteriors.ts asks, one line of JSON each.

A request names a posterior and a seed; the answer has the nanoseconds of warm-up and draws of all chains as one function of
jax.jit, compiled before, and the draws. Without BlackJAX it says so and ends.
"""

import base64
import json
import os
import sys
from time import perf_counter_ns

os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

try:
    import blackjax
    import jax
    import jax.numpy as jnp
    import numpy as np
except ImportError as error:
    print(json.dumps({"missing": str(error)}))
    sys.exit()

jax.config.update("jax_enable_x64", True)

SCHOOLS = (
    jnp.array([28.0, 8, -3, 7, -1, 1, 18, 12]),
    jnp.array([15.0, 10, 16, 11, 9, 11, 10, 18]),
)


def eight_schools(_, u):
    y, sigma = SCHOOLS
    theta, mu, log_tau = u[:8], u[8], u[9]
    tau = jnp.exp(log_tau)
    fit = -0.5 * jnp.sum(((y - mu - tau * theta) / sigma) ** 2)
    return fit - 0.5 * jnp.sum(theta**2) - 0.5 * (mu / 5) ** 2 - jnp.log1p((tau / 5) ** 2) + log_tau


def logistic(data, u):
    x, y = data
    logits = x @ u
    return jnp.sum(y * logits - jnp.logaddexp(0.0, logits)) - 0.5 * jnp.sum(u**2)


def correlated(data, u):
    (precision,) = data
    return -0.5 * u @ (precision @ u)


MODELS = {"eight schools": eight_schools, "logistic regression": logistic, "correlated normal": correlated}


def sampler(model, data, size, chains, warm_up, draws):
    log_density = lambda u: model(data, u)

    def one(key, start):
        for_warm_up, for_draws = jax.random.split(key)
        adaptation = blackjax.window_adaptation(blackjax.nuts, log_density, target_acceptance_rate=0.8)
        (state, parameters), _ = adaptation.run(for_warm_up, start, warm_up)
        kernel = blackjax.nuts(log_density, **parameters).step

        def step(state, key):
            state, _ = kernel(key, state)
            return state, state.position

        return jax.lax.scan(step, state, jax.random.split(for_draws, draws))[1]

    @jax.jit
    def run(key):
        for_starts, for_chains = jax.random.split(key)
        starts = jax.random.uniform(for_starts, (chains, size), minval=-1.0, maxval=1.0)
        return jax.vmap(one)(jax.random.split(for_chains, chains), starts)

    return run


def given(arrays):
    return [jnp.array(np.frombuffer(base64.b64decode(text)).reshape(shape)) for shape, text in arrays]


def main():
    print(json.dumps({"version": f"BlackJAX {blackjax.__version__}, JAX {jax.__version__}"}), flush=True)
    known = {}
    for line in sys.stdin:
        request = json.loads(line)
        name = request["name"]
        if name not in known:
            sizes = [request[k] for k in ("size", "chains", "warmUp", "draws")]
            known[name] = sampler(MODELS[name], given(request["data"]), *sizes)
            known[name](jax.random.key(0)).block_until_ready()
        key = jax.random.key(request["seed"])
        start = perf_counter_ns()
        draws = known[name](key).block_until_ready()
        ns = perf_counter_ns() - start
        answer = {"ns": ns, "draws": base64.b64encode(np.asarray(draws, dtype=np.float64)).decode()}
        print(json.dumps(answer), flush=True)


main()

"""Models written in JAX as they leave it: NAME.mlir, and NAME.safetensors with its arguments by number.

    python jax_models.py FOLDER
"""

import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from safetensors.numpy import save_file

normal = np.random.default_rng(0).standard_normal


def weights(*shape):
    return (normal(shape) / np.sqrt(shape[0])).astype(np.float32)


def layer_norm(x, gain, bias):
    mean = x.mean(-1, keepdims=True)
    return (x - mean) * jax.lax.rsqrt(x.var(-1, keepdims=True) + 1e-5) * gain + bias


def transformer_block(p, x):
    batch, length, width = x.shape
    heads = lambda y: y.reshape(batch, length, 4, width // 4).transpose(0, 2, 1, 3)
    y = layer_norm(x, p["gain1"], p["bias1"])
    q, k, v = (heads(y @ p[n]) for n in ("wq", "wk", "wv"))
    scores = jnp.einsum("bhqd,bhkd->bhqk", q, k) / jnp.sqrt(jnp.float32(width // 4))
    mixed = jnp.einsum("bhqk,bhkd->bhqd", jax.nn.softmax(scores, -1), v)
    x = x + mixed.transpose(0, 2, 1, 3).reshape(x.shape) @ p["wo"]
    y = layer_norm(x, p["gain2"], p["bias2"])
    return x + jax.nn.gelu(y @ p["w1"] + p["b1"]) @ p["w2"] + p["b2"]


def transformer_arguments():
    d = 128
    p = {n: weights(d, d) for n in ("wq", "wk", "wv", "wo")}
    p |= {"w1": weights(d, 4 * d), "w2": weights(4 * d, d), "b1": weights(4 * d), "b2": weights(d)}
    p |= {"gain1": 1 + weights(d), "gain2": 1 + weights(d), "bias1": weights(d), "bias2": weights(d)}
    return p, normal((4, 64, d)).astype(np.float32)


def convolutional_network(p, x):
    for kernel, bias in ((p["k1"], p["b1"]), (p["k2"], p["b2"])):
        x = jax.lax.conv_general_dilated(x, kernel, (1, 1), "SAME", dimension_numbers=("NCHW", "OIHW", "NCHW"))
        x = jax.nn.relu(x + bias[:, None, None])
        x = jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID")
    return jax.nn.log_softmax(x.reshape(x.shape[0], -1) @ p["w"] + p["b"], -1)


def convolutional_arguments():
    p = {"k1": weights(16, 1, 3, 3), "b1": weights(16), "k2": weights(32, 16, 3, 3) / 3, "b2": weights(32)}
    p |= {"w": weights(32 * 7 * 7, 10), "b": weights(10)}
    return p, normal((32, 1, 28, 28)).astype(np.float32)


def lstm(p, xs):
    width = p["wh"].shape[0]

    def step(carry, x):
        h, c = carry
        i, f, g, o = jnp.split(x @ p["wx"] + h @ p["wh"] + p["b"], 4, -1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
        return (h, c), h

    zero = jnp.zeros((xs.shape[1], width), xs.dtype)
    return jax.lax.scan(step, (zero, zero), xs)[1]


def lstm_arguments():
    p = {"wx": weights(32, 256), "wh": weights(64, 256), "b": weights(256)}
    return p, normal((100, 16, 32)).astype(np.float32)


NODES = [[], [1 / 5], [3 / 40, 9 / 40], [44 / 45, -56 / 15, 32 / 9]]
NODES += [[19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729]]
NODES += [[9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656]]
FIFTH = [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84]
ERROR = [71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40]


def ode_step(p, y, h):
    """A step of Dormand and Prince for a neural field: the new state, whether it holds, and the size of the next."""
    field = lambda y: jnp.tanh(y @ p["w1"] + p["b1"]) @ p["w2"]
    slopes = []
    for row in NODES:
        slopes.append(field(y + h * sum(a * k for a, k in zip(row, slopes))))
    new = y + h * sum(b * k for b, k in zip(FIFTH, slopes))
    slopes.append(field(new))
    error = h * sum(e * k for e, k in zip(ERROR, slopes))
    scale = 1e-6 + 1e-3 * jnp.maximum(jnp.abs(y), jnp.abs(new))
    ratio = jnp.sqrt(jnp.mean(jnp.square(error / scale)))
    holds = ratio <= 1
    return jnp.where(holds, new, y), holds, h * jnp.clip(0.9 * ratio**-0.2, 0.2, 10.0)


def ode_arguments():
    p = {"w1": weights(32, 64), "b1": weights(64), "w2": weights(64, 32)}
    return p, normal((64, 32)).astype(np.float32), np.float32(0.05)


def hmc_step(data, labels, at, random):
    """Hamiltonian Monte Carlo for a logistic regression: the next place, and whether the proposal was accepted."""

    def energy(q):
        logits = data @ q
        return jnp.sum(jax.nn.softplus(logits) - labels * logits) + 0.5 * jnp.sum(q * q)

    size, force = 0.02, jax.grad(energy)
    for_momentum, for_choice = jax.random.split(jax.random.wrap_key_data(random))
    p0 = jax.random.normal(for_momentum, at.shape)

    def leap(_, state):
        q, p = state
        p = p - 0.5 * size * force(q)
        q = q + size * p
        return q, p - 0.5 * size * force(q)

    q, p = jax.lax.fori_loop(0, 10, leap, (at, p0))
    loss = energy(q) - energy(at) + 0.5 * (jnp.sum(p * p) - jnp.sum(p0 * p0))
    accepted = jnp.log(jax.random.uniform(for_choice)) < -loss
    return jnp.where(accepted, q, at), accepted


def hmc_arguments():
    data = normal((500, 20)).astype(np.float32)
    labels = (data @ weights(20) > 0).astype(np.float32)
    return data, labels, np.zeros(20, np.float32), np.array([1, 2], np.uint32)


models = {
    "transformer block": (transformer_block, transformer_arguments),
    "convolutional network": (convolutional_network, convolutional_arguments),
    "LSTM": (lstm, lstm_arguments),
    "adaptive ODE step": (ode_step, ode_arguments),
    "HMC step": (hmc_step, hmc_arguments),
}

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for name, (model, arguments) in models.items():
        args = arguments()
        lowered = jax.jit(model, keep_unused=True).lower(*args)
        (folder / f"{name}.mlir").write_text(lowered.as_text())
        leaves = {f"argument {i}": np.asarray(x) for i, x in enumerate(jax.tree.leaves(args))}
        save_file(leaves, folder / f"{name}.safetensors")

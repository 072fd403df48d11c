"""What the benchmarks compute, written plainly in NumPy and SciPy: no compilers, no threads, derivatives worked out on paper.

A function has the name that `numpyOf` gives it; its arguments are the leaves of the workload's, in their order, and its
results those of the first contender. SciPy is imported by those that need it.
"""

import math

import numpy as np


def add(x, y):
    return x + y


def slope(x):
    """The derivative of sin(x)·x."""
    return np.sin(x) + x * np.cos(x)


def rosenbrock(x):
    head, tail = x[:-1], x[1:]
    a, b = tail - head * head, 1 - head
    gradient = np.zeros_like(x)
    gradient[:-1] = -400 * a * head - 2 * b
    gradient[1:] += 200 * a
    return np.sum(100 * a * a + b * b), gradient


UP, DOWN, ROOT8 = 1 + math.sqrt(2), 1 - math.sqrt(2), math.sqrt(8)


def helmholtz(x, a, b):
    bx = b @ x
    ideal = np.sum(np.log(x / (1 - bx)))
    return ideal - x @ (a @ x) / (ROOT8 * bx) * np.log((1 + UP * bx) / (1 + DOWN * bx))


def helmholtz_gradient(x, a, b):
    bx, ax = b @ x, a @ x
    xax = x @ ax
    logarithm = np.log((1 + UP * bx) / (1 + DOWN * bx))
    factor = logarithm / (ROOT8 * bx)
    rate = UP / (1 + UP * bx) - DOWN / (1 + DOWN * bx)
    common = x.size / (1 - bx) + xax * factor / bx - xax / (ROOT8 * bx) * rate
    return 1 / x + common * b - 2 * factor * ax


def matmul(x, y):
    return x @ y


def chain(x):
    return np.sum(np.tanh(x) * x + np.exp(-x * x))


def chain_gradient(x, weight):
    t = np.tanh(x)
    return weight * ((1 - t * t) * x + t - 2 * x * np.exp(-x * x))


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def softmax_back(d, s):
    return s * (d - (d * s).sum(-1, keepdims=True))


def softmax_gradient(x, weights):
    return softmax_back(weights, softmax(x))


EPSILON = np.float32(1e-5)


def layer_norm(x):
    centred = x - x.mean(-1, keepdims=True)
    return centred / np.sqrt((centred * centred).mean(-1, keepdims=True) + EPSILON)


def layer_norm_gradient(x, weights):
    centred = x - x.mean(-1, keepdims=True)
    scale = 1 / np.sqrt((centred * centred).mean(-1, keepdims=True) + EPSILON)
    y = centred * scale
    return scale * (weights - weights.mean(-1, keepdims=True) - y * (weights * y).mean(-1, keepdims=True))


def attention_block_gradient(x, wq, wk, wv, wo):
    """Of ½Σy², where y = x + softmax(QKᵀ/8)·V·Wₒ."""
    scale = np.float32(1 / math.sqrt(x.shape[1]))
    q, k, v = x @ wq, x @ wk, x @ wv
    s = softmax(q @ k.T * scale)
    a = s @ v
    y = x + a @ wo
    da = y @ wo.T
    dz = softmax_back(da @ v.T, s) * scale
    dq, dk, dv = dz @ k, dz.T @ q, s.T @ da
    dx = y + dq @ wq.T + dk @ wk.T + dv @ wv.T
    return dx, x.T @ dq, x.T @ dk, x.T @ dv, a.T @ y


def attention(q, k, v):
    return softmax(q @ k.swapaxes(-1, -2) / np.float32(8)) @ v


def attention_gradient(q, k, v):
    """Of the sum."""
    s = softmax(q @ k.swapaxes(-1, -2) / np.float32(8))
    d = np.ones_like(q)
    dz = softmax_back(d @ v.swapaxes(-1, -2), s) / np.float32(8)
    return dz @ k, dz.swapaxes(-1, -2) @ q, s.swapaxes(-1, -2) @ d


def mlp_step(w1, b1, w2, b2, w3, b3, x, y):
    h1 = np.maximum(x @ w1 + b1, 0)
    h2 = np.maximum(h1 @ w2 + b2, 0)
    logits = h2 @ w3 + b3
    shifted = logits - logits.max(-1, keepdims=True)
    log_softmax = shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))
    loss = -np.sum(log_softmax * y) / len(x)
    d3 = (np.exp(log_softmax) - y) / np.float32(len(x))
    d2 = d3 @ w3.T * (h2 > 0)
    d1 = d2 @ w2.T * (h1 > 0)
    rate = np.float32(0.1)
    pairs = (w1, x.T @ d1), (b1, d1.sum(0)), (w2, h1.T @ d2), (b2, d2.sum(0)), (w3, h2.T @ d3), (b3, d3.sum(0))
    return loss, *(p - rate * g for p, g in pairs)


def windows(x, side):
    """Where a kernel of side × side looks, in images that are padded to keep their size: [n, h, w, c, side, side]."""
    padded = np.pad(x, ((0, 0), (0, 0), (side // 2,) * 2, (side // 2,) * 2))
    return np.lib.stride_tricks.sliding_window_view(padded, (side, side), (2, 3)).transpose(0, 2, 3, 1, 4, 5)


def convolution(x, w):
    return np.tensordot(windows(x, w.shape[-1]), w, ((3, 4, 5), (1, 2, 3))).transpose(0, 3, 1, 2)


def convolution_gradient(x, w):
    """Of half the sum of squares."""
    y = convolution(x, w)
    dw = np.tensordot(y, windows(x, w.shape[-1]), ((0, 2, 3), (0, 1, 2)))
    return convolution(y, w.swapaxes(0, 1)[:, :, ::-1, ::-1]), dw


def sort(x):
    return np.sort(x)


def cumsum(x):
    return np.cumsum(x)


def normal(_):
    return np.random.default_rng(3).standard_normal(2**20, np.float32)


def fft(x):
    import scipy.fft

    return scipy.fft.fft(x)


def gather(x, indices):
    return np.take(x[::-1].T.reshape(-1), indices)


def scatter_add(x, indices):
    out = np.zeros(1024, x.dtype)
    np.add.at(out, indices, x)
    return out


def sparse_product(data, indices, indptr, v):
    import scipy.sparse

    n = len(v)
    return scipy.sparse.csr_matrix((data, indices, indptr), shape=(n, n), copy=False) @ v


def sparse_gradient(data, indices, v):
    import scipy.sparse

    n = len(v)
    row, col = indices.T
    product = scipy.sparse.coo_matrix((data, (row, col)), shape=(n, n)) @ v
    return np.cos(product)[row] * v[col]


def cholesky(a):
    import scipy.linalg

    return scipy.linalg.cholesky(a, lower=True)


def inv(a):
    import scipy.linalg

    return scipy.linalg.inv(a)


def solve(a):
    import scipy.linalg

    return scipy.linalg.solve(a, a[0])


def qr(a):
    import scipy.linalg

    return scipy.linalg.qr(a)[0]


def eigh(a):
    """With eigenvectors, of which nothing is read."""
    import scipy.linalg

    return scipy.linalg.eigh(a)[0]


def svd(a):
    import scipy.linalg

    return scipy.linalg.svd(a, full_matrices=False)[1]


def eigvals(a):
    return np.sort(np.abs(np.linalg.eigvals(a)))


def schur(a):
    import scipy.linalg

    return np.sort(np.diagonal(scipy.linalg.schur(a)[0]))


def inv_stack(a):
    return np.linalg.inv(a)


def solve_stack(a):
    return np.linalg.solve(a, a)


def cholesky_stack(a):
    return np.linalg.cholesky(a)


def logistic(r):
    x = 0.3
    for _ in range(1_000_000):
        x = r * x * (1 - x)
    return x


def kepler(v):
    h = 1e-3
    x, y, u, w = 1.0, 0.0, 0.0, float(v)
    for _ in range(10_000):
        for drift in (h, 0.0):
            r2 = x * x + y * y
            pull = h / 2 / (r2 * math.sqrt(r2))
            u, w = u - x * pull, w - y * pull
            x, y = x + u * drift, y + w * drift
    return math.sqrt(x * x + y * y)


def lorenz(rho):
    h = 1e-3

    def rates(p):
        x, y, z = p
        return np.array([(y - x) * 10, x * (rho - z) - y, x * y - z * (8 / 3)])

    p = np.ones(3)
    for _ in range(10_000):
        k1 = rates(p)
        k2 = rates(p + k1 * (h / 2))
        k3 = rates(p + k2 * (h / 2))
        k4 = rates(p + k3 * h)
        p = p + (k1 + (k2 + k3) * 2 + k4) * (h / 6)
    return p.sum()


def rnn_states(w, u, b, xs):
    driven = xs @ u + b
    states = np.zeros((len(xs) + 1, len(b)), np.float32)
    for t, d in enumerate(driven):
        np.tanh(states[t] @ w + d, out=states[t + 1])
    return states


def rnn(w, u, b, xs):
    return np.mean(np.square(rnn_states(w, u, b, xs)[1:]))


def rnn_gradient(w, u, b, xs):
    states = rnn_states(w, u, b, xs)
    h = states[1:]
    direct, slopes = 2 * h / np.float32(h.size), 1 - h * h
    back = np.empty_like(h)
    carried = np.zeros_like(b)
    for t in reversed(range(len(h))):
        back[t] = (carried + direct[t]) * slopes[t]
        carried = w @ back[t]
    return states[:-1].T @ back, xs.T @ back, back.sum(0)


def mandelbrot(a, b):
    x, y, count = np.zeros_like(a), np.zeros_like(a), np.zeros_like(a)
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(50):
            xx, yy = x * x, y * y
            count += xx + yy < 4
            x, y = xx - yy + a, x * y * 2 + b
    return count


def hmc(q, p, x, y):
    h = 0.02

    def force(q):
        z = x @ q
        return x.T @ (1 / (1 + np.exp(-z)) - y) + q

    g = force(q)
    for _ in range(100):
        half = p - g * (h / 2)
        q = q + half * h
        g = force(q)
        p = half - g * (h / 2)
    return q, p


def sieve(zeros):
    n = len(zeros)
    is_prime = np.ones_like(zeros)
    for i in range(2, math.ceil(math.sqrt(n))):
        if is_prime[i]:
            is_prime[i * i :: i] = 0
    return is_prime


FUNCTIONS = {name: f for name, f in globals().items() if callable(f)}

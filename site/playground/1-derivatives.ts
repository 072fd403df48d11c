// Derivatives of a function, of every order
import { type Array, grad, jit, numpy as np, vmap } from "adjoint";

const f = (x: Array) => np.tanh(x).mul(np.cos(x.mul(2)));

const xs = np.linspace(-3, 3, 301);
const all = jit((x: Array) => [vmap(f)(x), vmap(grad(f))(x), vmap(grad(grad(f)))(x)]);

plot(xs, all(xs), { title: "f and its derivatives", labels: ["f", "first", "second"] });

grad(f)(0.5);
grad(grad(f))(0.5);

// What jit makes of a function: see the tabs beside the output
import { type Array, grad, jit, numpy as np } from "adjoint";

const energy = (x: Array) => np.sum(np.exp(np.square(x).neg()).mul(x));

const slope = jit(grad(energy), { name: "slope" });
slope(np.array([0, 0.5, 1]));

// any function, without calling it
inspect(energy, np.zeros([8]));

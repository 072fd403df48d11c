/**
 * @file A fluid without friction on a torus (Stam 1999): its state is the two parts of the velocity and the density of
 * smoke, shape [3, n, n]; every step is an expression of arrays, so that a gradient goes through it.
 */
import { type NDArray, lax, numpy as np, vmap } from "adjoint";

export const n = 64;
const axis = (k: number): NDArray =>
  np.fft
    .fftfreq(n, 1 / n)
    .reshape(k === 0 ? [n, 1] : [1, n])
    .astype("float32");
const places = np.arange(n, { dtype: "float32" });

/** The part of a velocity field that neither gathers nor spreads: of each wave, what is across its direction. */
function project(velocity: NDArray): NDArray {
  const [ky, kx] = [axis(0), axis(1)];
  const [u, v] = [np.fft.fft2(velocity.slice(0)), np.fft.fft2(velocity.slice(1))];
  const along = u
    .mul(kx)
    .add(v.mul(ky))
    .div(np.maximum(np.square(kx).add(np.square(ky)), 1));
  return np.stack([u.sub(along.mul(kx)), v.sub(along.mul(ky))].map((f) => np.real(np.fft.ifft2(f))));
}

/** The field, where the flow of one step brings it from: between four cells, linearly. */
function carry(field: NDArray, u: NDArray, v: NDArray): NDArray {
  const [x, y] = [places.reshape([1, n]).sub(u), places.reshape([n, 1]).sub(v)];
  const [left, top] = [np.floor(x), np.floor(y)];
  const [right, bottom] = [x.sub(left), y.sub(top)];
  const at = (dy: number, dx: number): NDArray => {
    const [row, column] = [top.add(dy), left.add(dx)].map((i) => np.mod(i, n).astype("int32"));
    return np.take(field.ravel(), row.mul(n).add(column), { mode: "clip" });
  };
  const mix = (a: NDArray, b: NDArray, t: NDArray): NDArray => a.add(b.sub(a).mul(t));
  return mix(mix(at(0, 0), at(0, 1), right), mix(at(1, 0), at(1, 1), right), bottom);
}

export function flow(state: NDArray): NDArray {
  const velocity = project(lax.sliceInDim(state, 0, 2));
  const [u, v] = velocity;
  return vmap(carry, [0, null, null])(np.concatenate([velocity, state.slice([2, 3])]), u, v);
}

/** A hump of height 1 about a place given in cells. */
export function hump(x: NDArray, y: NDArray, radius: number): NDArray {
  const away = (to: NDArray): NDArray => np.mod(places.sub(to).add(n / 2), n).sub(n / 2);
  const [dx, dy] = [away(x).reshape([1, n]), away(y).reshape([n, 1])];
  return np.exp(
    np
      .square(dx)
      .add(np.square(dy))
      .div(-2 * radius ** 2),
  );
}

// Hamilton's equations from the energy alone
import { type Array, grad, jit, lax, numpy as np } from "adjoint";

const energy = (q: Array, p: Array) =>
  np
    .dot(p, p)
    .div(2)
    .sub(lax.rsqrt(np.dot(q, q)));
const force = (q: Array, p: Array) => grad(energy)(q, p).neg();

type State = { q: Array; p: Array };
const dt = 0.02;
const leapfrog = ({ q, p }: State): [State, Array] => {
  const half = p.add(force(q, p).mul(dt / 2));
  const moved = q.add(half.mul(dt));
  return [{ q: moved, p: half.add(force(moved, half).mul(dt / 2)) }, moved];
};
const orbit = jit((start: State) => lax.scan(leapfrog, start, null, { length: 400 }));

const start = { q: np.array([1, 0]), p: np.array([0, 1.2]) };
const [end, path] = orbit(start);
plot(path.slice([], 0), path.slice([], 1), { title: "orbit" });
energy(end.q, end.p).sub(energy(start.q, start.p));

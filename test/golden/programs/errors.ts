/** @file Mistakes that must be answered with an exception: shapes, axes, dtypes, misuse of transformations. */
import { customVjp, grad, jit, jvp, lax, np, random, tree, vjp, vmap } from "../library.ts";
import type { Arr, Call } from "../library.ts";
import { integers } from "./common.ts";
import type { Fun, Programs } from "./common.ts";

const ones = (...shape: number[]): Arr => np.ones(shape);

const shapes: Programs = {
  "error.add_shapes": () => np.add(ones(2, 3), ones(2)),
  "error.matmul_shapes": () => np.matmul(ones(2, 3), ones(2, 3)),
  "error.matmul_scalar": () => np.matmul(1.0, ones(2)),
  "error.reshape_size": () => np.reshape(ones(6), [4, 2]),
  "error.concatenate_shapes": () => np.concatenate([ones(2, 3), ones(2, 2)], { axis: 0 }),
  "error.stack_shapes": () => np.stack([ones(2), ones(3)]),
  "error.axis_out_of_range": () => np.sum(ones(2, 3), { axis: 2 }),
  "error.max_empty": () => np.max(np.zeros([0])),
  "error.squeeze_non_one": () => np.squeeze(ones(2, 1), { axis: 0 }),
  "error.broadcast_to_bad": () => np.broadcastTo(ones(3), [2, 2]),
  "error.transpose_bad_perm": () => np.transpose(ones(2, 3), [0, 0]),
  "error.einsum_unknown_index": () => np.einsum("ij->ik", ones(2, 2)),
  "error.split_uneven": () => np.split(ones(5), 2),
  "error.too_many_indices": () => ones(3).slice(0, 0),
  "error.float_index": () => ones(3).slice(1.5),
  "error.conv_channels": () => lax.conv(ones(1, 3, 5, 5), ones(2, 2, 3, 3), [1, 1], "VALID"),
  "error.dynamic_slice_too_big": () => lax.dynamicSlice(ones(3), [0], [5]),
  "error.inv_nonsquare": () => np.linalg.inv(ones(2, 3)),
  "error.ragged_list": () => np.asarray([[1, 2], [3]]),
};

const types: Programs = {
  "error.lax_add_dtype_mismatch": () => lax.add(np.ones([2], { dtype: "float32" }), integers([1, 1])),
  "error.bitwise_float": () => np.bitwiseAnd(np.array(1.0), np.array(2.0)),
  "error.negative_bool": () => np.negative(true),
  "error.string_array": () => np.asarray("abc"),
  "error.random_bad_key": () => random.normal(3),
  "error.choice_too_many": () => random.choice(random.key(0), 3, [5], { replace: false }),
  "error.array_not_mutable": () => {
    const x = ones(3) as unknown as number[];
    x[0] = 1.0;
  },
};

const differentiation: Programs = {
  "error.grad_vector_output": () => grad<Fun>((x: Arr) => np.square(x))(ones(3)),
  "error.grad_int_input": () => grad<Fun>((x: Arr) => x.mul(2.0))(integers(3)),
  "error.jvp_tangent_shape": () => jvp((x: Arr) => np.sin(x), [ones(3)], [ones(2)]),
  "error.vjp_cotangent_shape": () => {
    const [, pullback] = vjp<[Arr, (ct: Arr) => unknown]>((x: Arr) => np.sin(x), [ones(3)]);
    return pullback(ones(2));
  },
  "error.reverse_while": () => {
    const f: Fun = (x) =>
      lax.whileLoop(
        (x: Arr) => x.less(10),
        (x: Arr) => x.mul(2),
        x,
      );
    return grad<Fun>(f)(np.array(1.0));
  },
  "error.reverse_fori_dynamic": () => {
    const f = (x: Arr, n: Arr): Arr => lax.foriLoop(0, n, (_: Arr, c: Arr) => c.mul(x), x);
    return jit<typeof f>(grad(f))(np.array(2.0), integers(3));
  },
  "error.jvp_of_custom_vjp": () => {
    const f = customVjp<Call & Fun>((x: Arr) => np.sin(x));
    f.defVjp(
      (x: Arr) => [np.sin(x), x],
      (x: Arr, ct: Arr) => [np.cos(x).mul(ct)],
    );
    return jvp(f, [np.array(1.0)], [np.array(1.0)]);
  },
};

const tracing: Programs = {
  "error.bool_of_tracer": () =>
    jit<Fun>((x: Arr) => ((x as unknown as number) > 0 ? x : x.neg()))(np.array(1.0)),
  "error.nonzero_in_jit": () => jit<Fun>((x: Arr) => np.nonzero(x))(ones(3)),
  "error.arange_of_tracer": () => jit<Fun>((n: Arr) => np.arange(n))(integers(3)),
  "error.unhashable_static": () =>
    jit<(x: number[]) => Arr>((x: number[]) => np.array(x), { staticArgnums: [0] })([1, 2]),
};

const mapping: Programs = {
  "error.vmap_size_mismatch": () => vmap<(a: Arr, b: Arr) => Arr>(np.add)(ones(2), ones(3)),
  "error.vmap_scalar": () => vmap<Fun>((x: Arr) => np.sin(x))(np.array(1.0)),
  "error.vmap_all_none": () => vmap<Fun>((x: Arr) => np.sin(x), null)(np.array(1.0)),
  "error.psum_unbound": () => lax.psum(np.array(1.0), "i"),
};

const control: Programs = {
  "error.scan_carry_dtype": () =>
    lax.scan(
      (c: Arr) => [c.astype("float32").add(np.array(1, { dtype: "float32" })), null],
      integers(0),
      null,
      {
        length: 3,
      },
    ),
  "error.scan_carry_shape": () =>
    lax.scan((c: Arr) => [np.concatenate([c, c]), null], ones(1), null, { length: 3 }),
  "error.scan_lengths": () =>
    lax.scan((c: Arr, [a, b]: Arr[]) => [c.add(a).add(b), null], np.zeros([]), [ones(2), ones(3)]),
  "error.cond_branch_types": () =>
    lax.cond(
      true,
      (x: Arr) => x,
      (x: Arr) => [x, x],
      np.array(1.0),
    ),
  "error.while_body_type": () =>
    lax.whileLoop(
      (x: Arr) => x.less(3),
      (x: Arr) => x.astype("float32"),
      integers(0),
    ),
  "error.tree_map_mismatch": () => tree.map((a: number, b: number) => a + b, { a: 1 }, { b: 1 }),
};

export const errorPrograms: Programs = {
  ...shapes,
  ...types,
  ...differentiation,
  ...tracing,
  ...mapping,
  ...control,
};

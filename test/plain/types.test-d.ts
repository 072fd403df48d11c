/** @file Types of plain functions stay the user's own. */
import { expectTypeOf } from "vitest";
import { grad, hessian, jacobian, jit, jvp, valueAndGrad, vjp, vmap } from "../../src/plain/index.ts";

declare const f: (x: number) => number;
declare const g: (x: Float64Array, p: { a: number; b: number[] }) => number;
declare const h: (x: number[]) => [number, number];

expectTypeOf(grad(f)).toEqualTypeOf<(x: number) => number>();
expectTypeOf(grad(grad(f))).toEqualTypeOf<(x: number) => number>();
expectTypeOf(grad(g)).returns.toEqualTypeOf<Float64Array>();
expectTypeOf(grad(g, 1)).returns.toEqualTypeOf<{ a: number; b: number[] }>();
expectTypeOf(valueAndGrad(f)).returns.toEqualTypeOf<[value: number, gradient: number]>();
expectTypeOf(jit(h)).toEqualTypeOf<(x: number[]) => [number, number]>();
expectTypeOf(vmap(f)([1, 2])).toEqualTypeOf<number[]>();
expectTypeOf(jvp(h, [[1]], [[1]])).toEqualTypeOf<[value: [number, number], tangent: [number, number]]>();
expectTypeOf(vjp(f, [1])[1](1)).toEqualTypeOf<[x: number]>();
expectTypeOf(jacobian(h)([1])).toEqualTypeOf<[number[], number[]]>();
expectTypeOf(hessian(f)(1)).toEqualTypeOf<number>();

/**
 * @file The inner kernel of matrix products: a block of rows and columns in vector registers, one step of the sum after
 * another. An iteration is two steps, and the loop may end between them: from a body without branches V8 moves all loads
 * to the top, where they do not fit registers; sums that are needed in two places stay where they are computed.
 */
import { range } from "../../../base/util.ts";
import type { MachineType, Ref, WasmModule } from "./generators/module.ts";
import { FunctionBuilder } from "./function.ts";

/** What a kernel is for. */
export interface TileKernel {
  readonly type: "float32" | "float64";
  readonly rows: number;
  readonly columns: number;
  /** Is the left operand a packed panel? Otherwise it is rows, each of adjacent elements. */
  readonly packed: boolean;
  /** May multiplication and addition be fused? */
  readonly relaxed: boolean;
}

/**
 * Writes the kernel `(a, b, c, rowBytes, length, first)`: addresses of two packed panels and of the block's first element,
 * the distance of its rows in bytes, the number of steps (at least one), and whether the block is overwritten. If the left
 * operand is rows, the distance of these is a last parameter.
 */
export function writeTileKernel(
  m: WasmModule,
  name: string,
  { type, rows, columns, packed, relaxed }: TileKernel,
): void {
  const params: MachineType[] = range(packed ? 6 : 7).map(() => "i32");
  const f = new FunctionBuilder(m, name, params);
  const bytes = type === "float32" ? 4 : 8;
  const lanes = 16 / bytes;
  const vectors = columns / lanes;
  const t = type === "float32" ? m.f32x4 : m.f64x2;
  const [a, b, c, rowBytes, length, first] = params.map((_, i) => (): Ref => f.get(i, "i32"));
  const acc = range(rows * vectors).map(() => f.local("v128"));
  const address = range(rows).map((r) =>
    f.hold(r === 0 ? c() : m.i32.add(c(), m.i32.mul(rowBytes(), m.i32.const(r))), "i32"),
  );
  const each = (visit: (local: number, row: number, v: number) => void): void =>
    acc.forEach((local, i) => visit(local, Math.floor(i / vectors), i % vectors));
  f.if(
    m.i32.eqz(first()),
    () => each((local, r, v) => f.set(local, m.v128.load(v * 16, bytes, address[r]()))),
    () => each((local) => f.set(local, f.vector(new Uint8Array(16)))),
  );
  // Where each row's next element is: of a panel all are at one address.
  const stepBytes = packed ? rows * bytes : bytes;
  const left = leftRows(f, packed ? 1 : rows);
  const end = f.hold(m.i32.add(a(), m.i32.mul(length(), m.i32.const(stepBytes))), "i32");
  const step = (k: number): void => {
    const right = range(vectors).map((v) => f.hold(m.v128.load((k * vectors + v) * 16, bytes, b()), "v128"));
    range(rows).forEach((r) => {
      const splat = bytes === 4 ? m.v128.load32_splat : m.v128.load64_splat;
      const offset = packed ? (k * rows + r) * bytes : k * bytes;
      const x = f.hold(splat(offset, bytes, f.get(left[packed ? 0 : r], "i32")), "v128");
      right.forEach((column, v) => {
        const sum = acc[r * vectors + v];
        const now = (): Ref => f.get(sum, "v128");
        f.set(sum, relaxed ? t.relaxed_madd(x(), column(), now()) : t.add(now(), t.mul(x(), column())));
      });
    });
  };
  const last = f.hold(m.i32.sub(end(), m.i32.const(stepBytes)), "i32");
  f.repeatUnless(
    (exit) => {
      step(0);
      f.push(m.br(exit, m.i32.ge_u(a(), last())));
      step(1);
      for (const row of left) f.set(row, m.i32.add(f.get(row, "i32"), m.i32.const(2 * stepBytes)));
      f.set(1, m.i32.add(b(), m.i32.const(2 * columns * bytes)));
    },
    () => m.i32.lt_u(a(), end()),
  );
  each((local, r, v) => f.push(m.v128.store(v * 16, bytes, address[r](), f.get(local, "v128"))));
  f.finish();
}

/** Locals of the addresses of so many rows of the left operand; the first is the parameter. */
function leftRows(f: FunctionBuilder, rows: number): readonly number[] {
  const { i32 } = f.m;
  return range(rows).map((r) => {
    if (r === 0) return 0;
    const local = f.local("i32");
    f.set(local, i32.add(f.get(0, "i32"), i32.mul(f.get(6, "i32"), i32.const(r))));
    return local;
  });
}

/** @file Reduction of complex matrices to Hessenberg form, A = Q·H·Qᴴ (LAPACK's zgehrd). */
import { shaped } from "../../../core/aval.ts";
import type { NoParams } from "../../../core/primitive.ts";
import { batchOf } from "../matrix.ts";
import * as z from "./matrix.ts";
import { partsRoutine } from "./parts.ts";
import { hessenbergState, reduceToHessenberg } from "./schur.ts";

export const hessenbergPartsP = partsRoutine<NoParams>({
  name: "hessenberg_parts",
  avals: ([re, im]) => {
    const n = re.shape[re.ndim - 1];
    const taus = shaped([...batchOf(re.shape), Math.max(0, n - 1)], re.dtype);
    return [re, im, taus, taus];
  },
  emit: (b, [re, im], outs, _params, avals) => {
    const { shape } = re.aval;
    const n = shape[shape.length - 1];
    const state = hessenbergState(b, n);
    b.nest(batchOf(shape), (y, batch) => {
      z.zfill(y, state.h, (i, j) => z.zelement([re, im], [...batch, i, j]));
      reduceToHessenberg(y, state);
      z.zfill(y, z.zoutputMatrix([outs[0], outs[1]], shape, batch), (i, j) => state.h.at(i, j));
      const to = z.zoutputVector([outs[2], outs[3]], avals[2].shape, batch);
      y.for(0, n - 1, (t, k) => to.put(t, k, state.taus.at(k)), "k");
    });
  },
});

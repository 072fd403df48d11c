/** @file The operations that hold bodies, and how each is written. */
import { customJvpCallP, customVjpCallP } from "../../interpreters/custom-call.ts";
import { checkpointP } from "../../interpreters/remat.ts";
import { condP } from "../../control-flow/branches/cond.ts";
import { loopAdjointP } from "../../control-flow/loops/derivatives.ts";
import { scanP } from "../../control-flow/loops/scan.ts";
import { whileP } from "../../control-flow/loops/while.ts";
import { jitP } from "../../jit/call.ts";
import { convertElementTypeP } from "../../lax/elementwise/convert.ts";
import type { CallWriter, CallWriters } from "../body.ts";
import { loopAdjointCall } from "./adjoint-loops.ts";
import { condCall, truthOfBranch } from "./branches.ts";
import { checkpointCall, jitCall } from "./calls.ts";
import { customJvpCall, customVjpCall } from "./custom.ts";
import { generalCall } from "./general.ts";
import { scanCall, whileCall } from "./loops.ts";

/** The writers, by the operations themselves. */
export function callWriters(): CallWriters {
  const table = new Map<unknown, CallWriter>([
    [jitP, jitCall],
    [checkpointP, checkpointCall],
    [scanP, scanCall],
    [whileP, whileCall],
    [condP, condCall],
    [loopAdjointP, loopAdjointCall],
    [convertElementTypeP, truthOfBranch],
    [customJvpCallP, customJvpCall],
    [customVjpCallP, customVjpCall],
  ]);
  return { of: (primitive) => table.get(primitive), otherwise: generalCall };
}

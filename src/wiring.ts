/**
 * @file Supplies the late bindings (core/late.ts): all the places where a lower layer depends on a higher one. Every entry
 * point of the package loads this module first.
 */
import { arrayMethods } from "./core/array.ts";
import { evalTrace, evaluator } from "./core/eval.ts";
import { baseTrace } from "./core/trace.ts";
import { operations } from "./interpreters/ops.ts";
import { evaluateEquation } from "./jit/eager.ts";
import { interpreterOps } from "./lax/interpreter-ops.ts";
import { methodDescriptors } from "./numpy/array-methods.ts";

baseTrace.supply(evalTrace);
evaluator.supply(evaluateEquation);
operations.supply(interpreterOps);
arrayMethods.supply(methodDescriptors);

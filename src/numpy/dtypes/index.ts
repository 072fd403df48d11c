/** @file The `dtypes` namespace: questions about dtypes. */
export { TypePromotionError } from "../../base/errors.ts";
export { canonicalizeDtype, prngKey } from "./canonical.ts";
export { bfloat16 } from "./constants.ts";
export { finfo, iinfo, issubdtype, resultType } from "./dtypes.ts";

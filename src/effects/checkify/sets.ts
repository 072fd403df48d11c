/** @file Which kinds of errors a checked function looks for. */

/** A kind of error: a check of the user's, a NaN, a division by zero, an index that is out of bounds. */
export type ErrorCategory = "user" | "nan" | "div" | "index";

/** Kinds of errors. */
export type ErrorSet = ReadonlySet<ErrorCategory>;

const setOf = (...kinds: readonly ErrorCategory[]): ErrorSet => new Set(kinds);

/** What `check` asserts: the default. @see jax.experimental.checkify.user_checks */
export const userChecks: ErrorSet = /* @__PURE__ */ setOf("user");
/** Operations whose results hold a NaN. @see jax.experimental.checkify.nan_checks */
export const nanChecks: ErrorSet = /* @__PURE__ */ setOf("nan");
/** Divisions by zero. @see jax.experimental.checkify.div_checks */
export const divChecks: ErrorSet = /* @__PURE__ */ setOf("div");
/** Indices out of bounds. @see jax.experimental.checkify.index_checks */
export const indexChecks: ErrorSet = /* @__PURE__ */ setOf("index");
/** NaNs and divisions by zero. @see jax.experimental.checkify.float_checks */
export const floatChecks: ErrorSet = /* @__PURE__ */ setOf("nan", "div");
/** All that is found without `check`. @see jax.experimental.checkify.automatic_checks */
export const automaticChecks: ErrorSet = /* @__PURE__ */ setOf("nan", "div", "index");
/** Everything. @see jax.experimental.checkify.all_checks */
export const allChecks: ErrorSet = /* @__PURE__ */ setOf("user", "nan", "div", "index");

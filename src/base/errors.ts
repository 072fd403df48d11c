/**
 * @file The errors a user can meet: one class per kind of mistake, each with a stable `code`.
 *
 * A message says what was expected, what was got, where (the argument's path, and the line of the user's code that made
 * the call), and how to mend it. Internal invariants are plain `Error`s whose message begins with "internal:".
 */
import { scopePath, userFrame, userStack } from "./source.ts";

/** Names of classes that are not their code in capitals. */
const unusual: Readonly<Record<string, string>> = { dtype: "DTypeError", "jax-type": "JAXTypeError" };

/** The name of the class with this code. Classes themselves lose their names where code is minified. */
const className = (code: string): string =>
  unusual[code] ??
  `${code
    .split("-")
    .map((word) => word[0].toUpperCase() + word.slice(1))
    .join("")}Error`;

/** Base class of every error that the library throws on purpose. */
export class AdjointError extends Error {
  /** Stable identifier, also the anchor in `docs/errors.md`. */
  readonly code: string;
  /** `file:line:column` of the first frame outside the library, if it is known. */
  readonly where: string | null;
  #detail: string;
  /** The path of the scopes that `namedScope` and `namedCall` name, `layer/activation`, or null. */
  readonly scope: string | null;

  constructor(code: string, detail: string) {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 60;
    super(detail);
    Error.stackTraceLimit = limit;
    this.code = code;
    this.#detail = detail;
    this.name = className(code);
    this.where = userFrame(this.stack);
    this.scope = scopePath();
    if (this.scope !== null) this.message = `${detail}\n  in ${this.scope}`;
    if (this.where !== null) this.message += `\n  at ${this.where}`;
    if (this.stack !== undefined) this.stack = userStack(this.stack);
  }

  /** The message without the line. */
  get detail(): string {
    return this.#detail;
  }

  /**
   * Lets the message begin with the function that the user called, where that works by another one, which has found the
   * mistake: `max: axis 5 …` becomes `logsumexp: axis 5 …`.
   */
  attribute(name: string): this {
    const told = this.#detail.replace(/^[\w.]+(?=: )/, name);
    if (told === this.#detail) return this;
    this.message = this.message.replace(this.#detail, told);
    if (this.stack !== undefined) this.stack = this.stack.replace(this.#detail, told);
    this.#detail = told;
    return this;
  }
}

/** Shapes that do not fit each other or the operation. */
export class ShapeError extends AdjointError {
  constructor(detail: string) {
    super("shape", detail);
  }
}

/** Data types that do not fit each other or the operation. */
export class DTypeError extends AdjointError {
  constructor(detail: string, code = "dtype") {
    super(code, detail);
  }
}

/** Dtypes that must not meet: a subclass of `DTypeError`, thrown where `dtypePromotion` is "none". */
export class TypePromotionError extends DTypeError {
  constructor(detail: string, code = "type-promotion") {
    super(detail, code);
  }
}

/** An argument outside its documented values: an unknown option, an axis out of range, a value of a wrong kind. */
export class ArgumentError extends AdjointError {
  constructor(detail: string) {
    super("argument", detail);
  }
}

/**
 * Plain code (adjoint/plain) that cannot be converted: a loop or a branch whose condition is traced, and what it does has no
 * counterpart among arrays of fixed shapes. The message begins with the user's line.
 */
export class PlainCodeError extends AdjointError {
  constructor(detail: string) {
    super("plain-code", detail);
  }
}

/** A static index outside the array. */
export class IndexError extends AdjointError {
  constructor(detail: string, code = "index") {
    super(code, detail);
  }
}

/** Pytrees whose structures were expected to agree. */
export class TreeError extends AdjointError {
  constructor(detail: string) {
    super("tree", detail);
  }
}

/** As JAX's `JAXIndexError`: the same class. */
export { IndexError as JAXIndexError };

/** A mask was traced where the number of its true elements must be known: a subclass of `IndexError`. */
export class NonConcreteBooleanIndexError extends IndexError {
  constructor(detail: string, code = "non-concrete-boolean-index") {
    super(detail, code);
  }
}

/** What JAX calls type errors: a traced value in a place where there must be a number, or outside its transformation. */
export class JAXTypeError extends AdjointError {
  constructor(detail: string, code = "jax-type") {
    super(code, detail);
  }
}

/** A tracer was used as if it were a number: `x * y`, `Math.sin(x)`, `x > 0`, `item()`, JSON. */
export class TracerConversionError extends JAXTypeError {
  constructor(detail: string, code = "tracer-conversion") {
    super(detail, code);
  }
}

/** As JAX's `ConcretizationTypeError`: the same class. */
export { TracerConversionError as ConcretizationTypeError };

/** The number of a traced boolean was asked for. */
export class TracerBoolConversionError extends TracerConversionError {
  constructor(detail: string, code = "tracer-bool-conversion") {
    super(detail, code);
  }
}

/** The number of a traced integer was asked for: as a size, a position, a bound. */
export class TracerIntegerConversionError extends TracerConversionError {
  constructor(detail: string, code = "tracer-integer-conversion") {
    super(detail, code);
  }
}

/** The data of a traced array were asked for. */
export class TracerArrayConversionError extends TracerConversionError {
  constructor(detail: string, code = "tracer-array-conversion") {
    super(detail, code);
  }
}

/** A tracer outlived its transformation, or left its scope. */
export class UnexpectedTracerError extends JAXTypeError {
  constructor(detail: string, code = "unexpected-tracer") {
    super(detail, code);
  }
}

/** A transformation was asked for a derivative that does not exist or whose arguments cannot have one. */
export class DifferentiationError extends AdjointError {
  constructor(detail: string) {
    super("differentiation", detail);
  }
}

/** A function handed to a transformation returned something that is not a tree of arrays. */
export class OutputError extends AdjointError {
  constructor(detail: string) {
    super("output", detail);
  }
}

/** A collective named an axis that no enclosing `vmap` binds. */
export class UnboundAxisError extends AdjointError {
  constructor(detail: string) {
    super("unbound-axis", detail);
  }
}

/** A reference is read or changed where that cannot be. */
export class StateError extends AdjointError {
  constructor(detail: string) {
    super("state", detail);
  }
}

/** What goes wrong while a program runs, whatever it says: memory that is gone, or that there is none of. */
export class JaxRuntimeError extends AdjointError {
  constructor(detail: string, code = "jax-runtime") {
    super(code, detail);
  }
}

/** An array was used after `dispose()`. */
export class DisposedError extends JaxRuntimeError {
  constructor(detail: string, code = "disposed") {
    super(detail, code);
  }
}

/** The heap of compiled programs cannot grow as far as is needed. */
export class OutOfMemoryError extends JaxRuntimeError {
  constructor(detail: string, code = "out-of-memory") {
    super(detail, code);
  }
}

/** Threads were asked for and could not be started, or one of them was lost. */
export class ThreadsError extends JaxRuntimeError {
  constructor(detail: string, code = "threads") {
    super(detail, code);
  }
}

/** A file of arrays cannot be read or written: it is malformed, ends too early, or is not there. Or a cache of programs cannot. */
export class FileError extends AdjointError {
  constructor(detail: string) {
    super("file", detail);
  }
}

/** An integration was given up: it needed more steps than it may take. */
export class IntegrationError extends AdjointError {
  constructor(detail: string) {
    super("integration", detail);
  }
}

/** With `debugNans`, an operation produced a NaN. */
export class NanError extends AdjointError {
  constructor(detail: string, code = "nan") {
    super(code, detail);
  }
}

/** With `debugInfs`, an operation produced an infinity. */
export class InfError extends NanError {
  constructor(detail: string) {
    super(detail, "inf");
  }
}

/** A jaxpr or loop program failed its checker. A bug of the library or of a rule. */
export class CheckError extends AdjointError {
  constructor(detail: string) {
    super("check", detail);
  }
}

/** As JAX's `JaxprTypeError`: the same class. */
export { CheckError as JaxprTypeError };

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length];
}

/** As `Array.isArray`, which would make a list's items `any`. */
const isList = (x: unknown): boolean => Array.isArray(x);

/**
 * Throws an `ArgumentError` when `options` has a key that the function `name` does not know; the message names the
 * nearest one.
 * @example
 * errors.checkOptions("f", { axes: 0 }, ["axis"]); // throws ArgumentError: axes
 */
export function checkOptions(
  name: string,
  options: object | null | undefined,
  known: readonly string[],
  ...more: []
): void {
  if (!isList(known) || (more as readonly unknown[]).length > 0)
    throw new ArgumentError("checkOptions: expected a name, options, and the known ones.");
  if (options === undefined) return;
  if (options === null || typeof options !== "object" || Array.isArray(options) || "aval" in options)
    throw new ArgumentError(
      `${name}: the options must be an object, { ${known.slice(0, 2).join(", ")} … }; got ${options === null ? "null" : Array.isArray(options) ? "a list" : typeof options === "object" ? "an array" : `a ${typeof options}`}.`,
    );
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue;
    const near = known.find((k) => editDistance(k.toLowerCase(), key.toLowerCase()) <= 2);
    const hint = near === undefined ? "." : `; did you mean '${near}'?`;
    throw new ArgumentError(
      `${name}: unknown option '${key}'${hint} Known options: ${known.length > 0 ? known.join(", ") : "none"}.`,
    );
  }
}

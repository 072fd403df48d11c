/** @file Data written into modules: each kept once, however many functions use it. */
import { type Scalar, type TypedArray } from "../dtypes/dtype.ts";
import { scalarText } from "../loops/ir/values.ts";
import { base64 } from "./helpers.ts";

/** Arrays up to this length are written as numbers. */
const listed = 16;

const bytesOf = (x: TypedArray): Uint8Array => new Uint8Array(x.buffer, x.byteOffset, x.byteLength);

/** The name of an array's class. */
export const classOf = (x: TypedArray): string => Object.prototype.toString.call(x).slice(8, -1);

/** Equal for equal data of one class. */
export const dataKey = (x: TypedArray): string => `${classOf(x)} ${base64(bytesOf(x))}`;

/** The constants of a module, `$k0`, `$k1` … */
export class ConstantPool {
  readonly #names = new Map<string, string>();
  readonly #lines: string[] = [];

  /** The name of the constant that holds these data. */
  name(x: TypedArray): string {
    const key = dataKey(x);
    let name = this.#names.get(key);
    if (name === undefined) {
      name = `$k${this.#names.size}`;
      this.#names.set(key, name);
      const nan = x.some((v) => v !== v);
      const text =
        x.length <= listed && !nan
          ? `${classOf(x)}.of(${Array.from<Scalar, string>(x as Iterable<Scalar> & ArrayLike<Scalar>, scalarText).join(", ")})`
          : `new ${classOf(x)}($bytes64("${base64(bytesOf(x))}").buffer)`;
      this.#lines.push(`const ${name} = ${text};`);
    }
    return name;
  }

  get text(): string {
    return this.#lines.join("\n");
  }
}

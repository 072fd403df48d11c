/** @file Options behind a list of arguments of any kind: Python has keywords for them. */
import { isPlainObject } from "../base/util.ts";

/** The arguments, and the options that the last of them is, if it is an object that has no other keys (and at least one). */
export function optionsBehind(
  args: readonly unknown[],
  names: readonly string[],
): [args: readonly unknown[], options: Readonly<Record<string, unknown>>] {
  const last = args.at(-1);
  if (!isPlainObject(last)) return [args, {}];
  const keys = Object.keys(last);
  return keys.length > 0 && keys.every((k) => names.includes(k)) ? [args.slice(0, -1), last] : [args, {}];
}

/**
 * @file Values as text, much as Node prints them: arrays of the library and jaxprs as they print themselves, plain lists and
 * objects by their parts. Long texts are cut.
 */
const longest = 20_000;
const widest = 88;

const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

/** Parts between brackets, on one line if they fit. */
function bracketed(open: string, parts: readonly string[], close: string, name = ""): string {
  if (parts.length === 0) return `${name}${open}${close}`;
  const pad = open === "{" ? " " : "";
  const line = `${name}${open}${pad}${parts.join(", ")}${pad}${close}`;
  if (line.length <= widest && !line.includes("\n")) return line;
  const indented = parts.map((p) => `  ${p.replaceAll("\n", "\n  ")}`);
  return `${name}${open}\n${indented.join(",\n")}\n${close}`;
}

function listed(values: readonly unknown[], seen: readonly object[], name = ""): string {
  const parts = values.slice(0, 100).map((v) => describe(v, seen));
  if (values.length > 100) parts.push(`… ${values.length - 100} more`);
  return bracketed("[", parts, "]", name);
}

const key = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name));

function describeObject(value: object, seen: readonly object[]): string {
  if (seen.includes(value)) return "[Circular]";
  const inner = [...seen, value];
  if (Array.isArray(value)) return listed(value, inner);
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    const items = Array.from(value as unknown as ArrayLike<unknown>);
    return listed(items, inner, `${value.constructor.name}(${items.length}) `);
  }
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (value instanceof Map) {
    const parts = [...value].map(([k, v]) => `${describe(k, inner)} => ${describe(v, inner)}`);
    return bracketed("{", parts, "}", `Map(${value.size}) `);
  }
  if (value instanceof Set)
    return bracketed(
      "{",
      [...value].map((v) => describe(v, inner)),
      "}",
      `Set(${value.size}) `,
    );
  if (value instanceof Promise) return "Promise";
  if (!isPlain(value)) {
    const text = (value as { toString(): string }).toString();
    if (!text.startsWith("[object ")) return text;
  }
  const parts = Object.entries(value).map(([k, v]) => `${key(k)}: ${describe(v, inner)}`);
  return bracketed("{", parts, "}", isPlain(value) ? "" : `${value.constructor.name} `);
}

function describe(value: unknown, seen: readonly object[]): string {
  switch (typeof value) {
    case "string":
      return seen.length > 0 || !value.includes("\n") ? JSON.stringify(value) : value;
    case "number":
      return Object.is(value, -0) ? "-0" : String(value);
    case "bigint":
      return `${value}n`;
    case "symbol":
      return value.toString();
    case "function":
      return `[Function${value.name === "" ? "" : ` ${value.name}`}]`;
    case "object":
      return value === null ? "null" : describeObject(value, seen);
    case "boolean":
    case "undefined":
      return String(value);
  }
}

const cut = (text: string): string => (text.length > longest ? `${text.slice(0, longest)} …` : text);

/** A value, as the value of a statement. */
export const show = (value: unknown): string => cut(describe(value, []));

/** Arguments of `console.log`, as one text. */
export const print = (args: readonly unknown[]): string =>
  cut(args.map((a) => (typeof a === "string" ? a : describe(a, []))).join(" "));

/**
 * @file What functions of a module check and convert, as text. Only what a module uses is printed.
 *
 * Classes are told by their tags: data may come from another realm (a frame, a context), where `instanceof` says no.
 */

/** By name, what the text needs before it. */
const helpers: readonly (readonly [name: string, text: string])[] = [
  [
    "$got",
    `(x) =>
  ArrayBuffer.isView(x) ? \`a \${x[Symbol.toStringTag]} of \${x.length ?? x.byteLength} elements\`
  : Array.isArray(x) ? \`a list of \${x.length}\`
  : typeof x === "string" ? "a string"
  : typeof x === "function" ? "a function"
  : typeof x === "object" && x !== null ? "an object"
  : typeof x === "bigint" ? \`\${x}n\` : String(x)`,
  ],
  [
    "$array",
    `(x, Class, length, where, type, other) => {
  const tag = ArrayBuffer.isView(x) ? x[Symbol.toStringTag] : "";
  if ((tag !== Class.name && tag !== other) || x.length !== length) {
    const Wrong = tag === Class.name || (tag !== "" && tag === other) ? RangeError : TypeError;
    throw new Wrong(\`\${where}: expected a \${Class.name} of \${length} elements (\${type}); got \${$got(x)}.\`);
  }
  return x;
}`,
  ],
  [
    "$number",
    `(x, where, type) => {
  if (typeof x !== "number") throw new TypeError(\`\${where}: expected a number (\${type}); got \${$got(x)}.\`);
  return x;
}`,
  ],
  [
    "$whole",
    `(x, lo, hi, where, type) => {
  if (!Number.isInteger($number(x, where, type)) || x < lo || x > hi)
    throw new RangeError(\`\${where}: expected a whole number from \${lo} to \${hi} (\${type}); got \${x}.\`);
  return x;
}`,
  ],
  [
    "$wide",
    `(x, lo, hi, where, type) => {
  if (typeof x !== "bigint") throw new TypeError(\`\${where}: expected a BigInt (\${type}); got \${$got(x)}.\`);
  if (x < lo || x > hi)
    throw new RangeError(\`\${where}: expected a BigInt from \${lo} to \${hi} (\${type}); got \${x}n.\`);
  return x;
}`,
  ],
  [
    "$truth",
    `(x, where) => {
  if (typeof x !== "boolean" && x !== 0 && x !== 1)
    throw new (typeof x === "number" ? RangeError : TypeError)(\`\${where}: expected a boolean, 0 or 1; got \${$got(x)}.\`);
  return x ? 1 : 0;
}`,
  ],
  [
    "$list",
    `(x, length, where) => {
  if (!Array.isArray(x)) throw new TypeError(\`\${where}: expected a list of \${length}; got \${$got(x)}.\`);
  if (x.length !== length) throw new RangeError(\`\${where}: expected a list of \${length}; got \${$got(x)}.\`);
}`,
  ],
  [
    "$null",
    `(x, where) => {
  if (x !== null && x !== undefined) throw new TypeError(\`\${where}: expected null; got \${$got(x)}.\`);
}`,
  ],
  [
    "$meets",
    `(x, y) =>
  x.buffer === y.buffer && x.byteOffset < y.byteOffset + y.byteLength && y.byteOffset < x.byteOffset + x.byteLength`,
  ],
  ["$apart", `(x, inputs) => (inputs.some((y) => $meets(x, y)) ? x.slice() : x)`],
  [
    "$distinct",
    `(arrays, where) => {
  arrays.forEach((x, i) => {
    if (arrays.some((y, j) => j < i && $meets(x, y))) throw new RangeError(\`\${where}: two of the arrays share memory; each result needs its own.\`);
  });
}`,
  ],
  [
    "$truths",
    `(to, x) => {
  for (let i = 0; i < to.length; i++) to[i] = x[i] === 0 ? 0 : 1;
}`,
  ],
  [
    "$map",
    `(to, x, f) => {
  for (let i = 0; i < to.length; i++) to[i] = f(x[i]);
}`,
  ],
  [
    "$split",
    `(re, im, x) => {
  for (let i = 0; i < re.length; i++) {
    re[i] = x[2 * i];
    im[i] = x[2 * i + 1];
  }
}`,
  ],
  [
    "$join",
    `(to, re, im) => {
  for (let i = 0; i < re.length; i++) {
    to[2 * i] = re[i];
    to[2 * i + 1] = im[i];
  }
}`,
  ],
  [
    // Not atob: not every realm has it.
    "$bytes64",
    `(text) => {
  const digit = (i) => {
    const c = text.charCodeAt(i);
    return c > 96 ? c - 71 : c > 64 ? c - 65 : c > 47 ? c + 4 : c === 43 ? 62 : 63;
  };
  const bytes = new Uint8Array((text.length / 4) * 3 - (text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0));
  for (let i = 0, k = 0; i < text.length; i += 4) {
    const word = (digit(i) << 18) | (digit(i + 1) << 12) | (digit(i + 2) << 6) | digit(i + 3);
    bytes[k++] = word >> 16;
    bytes[k++] = word >> 8;
    bytes[k++] = word;
  }
  return bytes;
}`,
  ],
];

/** The helpers that a text calls, and what they call. */
export function helpersText(text: string): string {
  const uses = (what: string, name: string): boolean => what.includes(`${name}(`);
  const used = new Set(helpers.filter(([name]) => uses(text, name)));
  for (const [, body] of used) for (const other of helpers) if (uses(body, other[0])) used.add(other);
  return helpers
    .filter((helper) => used.has(helper))
    .map(([name, body]) => `const ${name} = ${body};`)
    .join("\n");
}

const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Bytes as base64. */
export function base64(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let i = 0; i < bytes.length; i += 3) {
    const word = (bytes[i] << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    const left = bytes.length - i;
    parts.push(
      digits[word >> 18] +
        digits[(word >> 12) & 63] +
        (left > 1 ? digits[(word >> 6) & 63] : "=") +
        (left > 2 ? digits[word & 63] : "="),
    );
  }
  return parts.join("");
}

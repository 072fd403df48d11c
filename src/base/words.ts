/** @file Words that may not name a variable in a module of JavaScript. */
const reserved = new Set(
  (
    "arguments await break case catch class const continue debugger default delete do else enum eval export extends false " +
    "finally for function if implements import in instanceof interface let new null package private protected public return " +
    "static super switch this throw true try typeof var void while with yield undefined NaN Infinity"
  ).split(" "),
);

export const isReserved = (name: string): boolean => reserved.has(name);

/** @file Which files are opted in by a list, beside those with a directive: packages, files, folders. */

/**
 * A package by its name, a file or a folder by its path (it begins with `.` or `/`), or a pattern of paths.
 */
export type Include = string | RegExp;

const slashed = (path: string): string => path.replaceAll("\\", "/");

const isPath = (text: string): boolean => /^(?:\.|\/|[A-Za-z]:[\\/])/.test(text);

/** A path without `.` and `..`. */
function resolved(path: string, folder: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith(".") ? `${folder}/${path}` : path).split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "." && part !== "") parts.push(part);
  }
  return parts.join("/");
}

/** Whether a file is on a list. @param folder that of relative paths. */
export function isIncluded(file: string, include: readonly Include[], folder: string): boolean {
  const path = slashed(file).replace(/[?#].*$/, "");
  return include.some((item) => {
    if (typeof item !== "string") return item.test(path);
    if (!isPath(item)) return path.includes(`/node_modules/${item}/`);
    const wanted = resolved(slashed(item), slashed(folder));
    const own = resolved(path, "");
    return own === wanted || own.startsWith(`${wanted}/`);
  });
}

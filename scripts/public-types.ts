/**
 * @file Proves that the public names of the package and their types did not change between two builds.
 *
 *   tsx scripts/public-types.ts print DIST > FILE          the names and their types, to be read or compared as text
 *   tsx scripts/public-types.ts compare OLD_DIST NEW_DIST  fails unless names are the same and types assignable both ways
 *
 * A build is a folder that `tsc -p tsconfig.build.json --outDir DIST` wrote. `--same NAME` (any number of times) takes
 * the declarations of an internal type for one and the same, whatever became of it.
 */
import { parseArgs } from "node:util";
import { compareBuilds } from "./public-types/compare.ts";
import { printNames } from "./public-types/print.ts";

const usage = "usage: public-types.ts print DIST | public-types.ts compare OLD_DIST NEW_DIST [--same NAME]…";

function main(args: readonly string[]): number {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { same: { type: "string", multiple: true, default: [] } },
  });
  const [command, ...folders] = positionals;
  if (command === "print" && folders.length === 1) {
    console.log(printNames(folders[0]).join("\n"));
    return 0;
  }
  if (command === "compare" && folders.length === 2) {
    const { names, notes, differences } = compareBuilds(folders[0], folders[1], values.same);
    for (const note of notes) console.log(`note: ${note}`);
    for (const difference of differences) console.log(difference);
    console.log(`${names} names, ${differences.length} differences`);
    return differences.length === 0 ? 0 : 1;
  }
  console.error(usage);
  return 2;
}

process.exitCode = main(process.argv.slice(2));

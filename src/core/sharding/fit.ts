/** @file Whether an array can lie on a mesh as a partition spec says. */
import { ShapeError } from "../../base/errors.ts";
import { prod } from "../../base/util.ts";
import { type Cuts, type Mesh, checkNames } from "./mesh.ts";

/** @throws ShapeError if the spec has more entries than the array axes */
export function checkRank(cuts: Cuts, shape: readonly number[], where: string): void {
  if (cuts.length <= shape.length) return;
  throw new ShapeError(
    `${where}: a partition spec of ${cuts.length} entries for an array of ${shape.length} axes, shape [${shape.join(",")}]; ` +
      `there is at most one entry for each axis.`,
  );
}

/**
 * @throws ArgumentError if the mesh has not all axes that the spec names, or one is used twice
 * @throws ShapeError if there are more entries than axes, or an axis cannot be cut in equal parts
 */
export function checkFit(mesh: Mesh, cuts: Cuts, shape: readonly number[], where: string): void {
  checkNames(mesh, cuts, where);
  checkRank(cuts, shape, where);
  cuts.forEach((names, axis) => {
    const parts = prod((names ?? []).map((name) => mesh.shape[name]));
    if (shape[axis] % parts === 0) return;
    throw new ShapeError(
      `${where}: axis ${axis} of an array of shape [${shape.join(",")}] has size ${shape[axis]}, which ${parts} devices ` +
        `(${names!.join(", ")} of ${String(mesh)}) do not divide; pad the array, or cut another axis.`,
    );
  });
}

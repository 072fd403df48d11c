/** @file The public namespace `sharding`: how arrays lie on several devices. */
export {
  Mesh,
  NamedSharding,
  P,
  type PartitionEntry,
  PartitionSpec,
  type Sharding,
  UNCONSTRAINED,
  makeMesh,
} from "./mesh.ts";

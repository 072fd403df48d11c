/**
 * @file Which properties operations have: in a file, they stand without names.
 *
 * They stand in the order of their names. `?` marks those that may be left out; of each of these a file says whether it is there.
 * Lists of several versions of StableHLO, between bars, differ in length. VHLO leaves nothing out.
 *
 * Source: the definitions of operations of openxla/stablehlo, and LLVM's OpDefinitionsGen.cpp.
 */
import type { Attribute } from "../text/attributes.ts";
import type { Cursor } from "./cursor.ts";
import type { Tables } from "./tables.ts";

const definitions: Readonly<Record<string, string>> = {
  "builtin.module": "sym_name? sym_visibility?",
  "chlo.top_k": "k",
  "func.call": "arg_attrs? callee no_inline? res_attrs?|callee no_inline?|callee",
  "func.func":
    "arg_attrs? function_type no_inline? res_attrs? sym_name sym_visibility?|arg_attrs? function_type res_attrs? sym_name sym_visibility?",
  "sdy.manual_computation": "in_shardings manual_axes out_shardings",
  "sdy.mesh": "mesh sym_name",
  "sdy.propagation_barrier": "allowed_direction",
  "sdy.reshard": "sharding",
  "sdy.sharding_constraint": "sharding",
  "sdy.sharding_group": "group_id",
  "stablehlo.all_gather": "all_gather_dim channel_handle? replica_groups use_global_device_ids?",
  "stablehlo.all_reduce": "channel_handle? replica_groups use_global_device_ids?",
  "stablehlo.all_to_all": "channel_handle? concat_dimension replica_groups split_count split_dimension",
  "stablehlo.broadcast": "broadcast_sizes",
  "stablehlo.broadcast_in_dim": "broadcast_dimensions",
  "stablehlo.cholesky": "lower?",
  "stablehlo.collective_broadcast":
    "channel_handle? replica_groups|channel_handle? has_dynamic_root? replica_groups",
  "stablehlo.collective_permute": "channel_handle? source_target_pairs",
  "stablehlo.compare": "compare_type? comparison_direction",
  "stablehlo.composite": "composite_attributes? decomposition name version?",
  "stablehlo.concatenate": "dimension",
  "stablehlo.constant": "value",
  "stablehlo.convolution":
    "batch_group_count dimension_numbers feature_group_count lhs_dilation? padding? precision_config? rhs_dilation? window_reversal? window_strides?",
  "stablehlo.cross-replica-sum": "replica_groups",
  "stablehlo.custom_call":
    "api_version? backend_config? call_target_name called_computations? has_side_effect? operand_layouts? output_operand_aliases? result_layouts?|api_version? backend_config? call_target_name called_computations? has_side_effect? operand_layouts? output_operand_aliases? result_layouts? result_tilings?",
  "stablehlo.dot": "precision_config?",
  "stablehlo.dot_general": "algorithm? dot_dimension_numbers precision_config?",
  "stablehlo.dynamic_broadcast_in_dim":
    "broadcast_dimensions known_expanding_dimensions? known_nonexpanding_dimensions?",
  "stablehlo.dynamic_conv":
    "batch_group_count dimension_numbers feature_group_count lhs_dilation? precision_config? rhs_dilation? window_reversal? window_strides?",
  "stablehlo.dynamic_gather": "dimension_numbers indices_are_sorted?",
  "stablehlo.dynamic_iota": "iota_dimension",
  "stablehlo.dynamic_slice": "slice_sizes",
  "stablehlo.fft": "fft_length fft_type",
  "stablehlo.gather": "dimension_numbers indices_are_sorted? slice_sizes",
  "stablehlo.get_dimension_size": "dimension",
  "stablehlo.get_tuple_element": "index",
  "stablehlo.infeed": "infeed_config? layout?",
  "stablehlo.iota": "iota_dimension",
  "stablehlo.map": "dimensions",
  "stablehlo.outfeed": "outfeed_config?",
  "stablehlo.pad": "edge_padding_high edge_padding_low interior_padding",
  "stablehlo.recv": "channel_handle is_host_transfer? source_target_pairs?",
  "stablehlo.reduce": "dimensions",
  "stablehlo.reduce_precision": "exponent_bits mantissa_bits",
  "stablehlo.reduce_scatter": "channel_handle? replica_groups scatter_dimension use_global_device_ids?",
  "stablehlo.reduce_window": "base_dilations? padding? window_dilations? window_dimensions window_strides?",
  "stablehlo.reverse": "dimensions",
  "stablehlo.rng": "rng_distribution",
  "stablehlo.rng_bit_generator": "rng_algorithm",
  "stablehlo.scatter": "indices_are_sorted? scatter_dimension_numbers unique_indices?",
  "stablehlo.select_and_scatter": "padding? window_dimensions? window_strides?",
  "stablehlo.send": "channel_handle is_host_transfer? source_target_pairs?",
  "stablehlo.set_dimension_size": "dimension",
  "stablehlo.slice": "limit_indices start_indices strides",
  "stablehlo.sort": "dimension? is_stable?",
  "stablehlo.torch_index_select": "batch_dims dim",
  "stablehlo.transpose": "permutation",
  "stablehlo.triangular_solve": "left_side lower transpose_a unit_diagonal",
};

/** These are told how exact their results must be. */
const exact: readonly string[] = [
  "stablehlo.cbrt",
  "stablehlo.cosine",
  "stablehlo.exponential",
  "stablehlo.exponential_minus_one",
  "stablehlo.log_plus_one",
  "stablehlo.log",
  "stablehlo.logistic",
  "stablehlo.rsqrt",
  "stablehlo.sine",
  "stablehlo.sqrt",
  "stablehlo.tan",
  "stablehlo.tanh",
];

/** Where VHLO has other attributes than StableHLO. */
const vhloDefinitions: Readonly<Record<string, string>> = {
  all_gather: "all_gather_dim channel_id replica_groups use_global_device_ids",
  all_reduce: "channel_id replica_groups use_global_device_ids",
  all_to_all: "channel_id concat_dimension replica_groups split_count split_dimension",
  call: "callee",
  collective_broadcast: "channel_id replica_groups|channel_id has_dynamic_root replica_groups",
  collective_permute: "channel_id source_target_pairs",
  convolution:
    "batch_group_count feature_group_count input_batch_dimension input_feature_dimension input_spatial_dimensions kernel_input_feature_dimension kernel_output_feature_dimension kernel_spatial_dimensions lhs_dilation output_batch_dimension output_feature_dimension output_spatial_dimensions padding precision_config rhs_dilation window_reversal window_strides",
  custom_call:
    "api_version backend_config call_target_name called_computations has_side_effect operand_layouts output_operand_aliases result_layouts|api_version backend_config call_target_name called_computations has_side_effect operand_layouts output_operand_aliases result_layouts result_tilings",
  dot_general:
    "lhs_batching_dimensions lhs_contracting_dimensions precision_config rhs_batching_dimensions rhs_contracting_dimensions|accumulation_type allow_imprecise_accumulation lhs_batching_dimensions lhs_component_count lhs_contracting_dimensions lhs_precision_type num_primitive_operations precision_config rhs_batching_dimensions rhs_component_count rhs_contracting_dimensions rhs_precision_type",
  dynamic_conv:
    "batch_group_count feature_group_count input_batch_dimension input_feature_dimension input_spatial_dimensions kernel_input_feature_dimension kernel_output_feature_dimension kernel_spatial_dimensions lhs_dilation output_batch_dimension output_feature_dimension output_spatial_dimensions padding precision_config rhs_dilation window_reversal window_strides|batch_group_count feature_group_count input_batch_dimension input_feature_dimension input_spatial_dimensions kernel_input_feature_dimension kernel_output_feature_dimension kernel_spatial_dimensions lhs_dilation output_batch_dimension output_feature_dimension output_spatial_dimensions precision_config rhs_dilation window_reversal window_strides",
  dynamic_gather:
    "collapsed_slice_dims index_vector_dim indices_are_sorted offset_dims start_index_map|collapsed_slice_dims index_vector_dim indices_are_sorted offset_dims operand_batching_dims start_index_map start_indices_batching_dims",
  func: "arg_attrs function_type res_attrs sym_name sym_visibility",
  gather:
    "collapsed_slice_dims index_vector_dim indices_are_sorted offset_dims slice_sizes start_index_map|collapsed_slice_dims index_vector_dim indices_are_sorted offset_dims operand_batching_dims slice_sizes start_index_map start_indices_batching_dims",
  recv: "channel_id channel_type is_host_transfer|channel_id channel_type is_host_transfer source_target_pairs",
  reduce_scatter: "channel_id replica_groups scatter_dimension use_global_device_ids",
  scatter:
    "index_vector_dim indices_are_sorted inserted_window_dims scatter_dims_to_operand_dims unique_indices update_window_dims|index_vector_dim indices_are_sorted input_batching_dims inserted_window_dims scatter_dims_to_operand_dims scatter_indices_batching_dims unique_indices update_window_dims",
  send: "channel_id channel_type is_host_transfer|channel_id channel_type is_host_transfer source_target_pairs",
};

/** The lists that an operation may have; null of one that has none. */
function listsOf(name: string): string[][] | null {
  const split = (text: string): string[][] => text.split("|").map((list) => list.split(" "));
  const own = /^vhlo\.(.*)_v\d+$/.exec(name)?.[1];
  if (own !== undefined) {
    if (Object.hasOwn(vhloDefinitions, own)) return split(vhloDefinitions[own]);
    return listsOf(`stablehlo.${own}`)?.map((list) => list.map((key) => key.replace("?", ""))) ?? null;
  }
  if (exact.includes(name)) return [["result_accuracy?"]];
  if (Object.hasOwn(definitions, name)) return split(definitions[name]);
  return name.startsWith("chlo.broadcast_") ? [["broadcast_dimensions?"]] : null;
}

/** The indices in the properties of an operation, each with its place. */
function indices(c: Cursor): { index: number; at: number }[] {
  const out: { index: number; at: number }[] = [];
  while (c.left > 0) {
    const { at } = c;
    out.push({ index: c.number("the index of an attribute"), at });
  }
  return out;
}

/**
 * Reads the properties of an operation.
 * @throws StablehloError where they are not those of any version that is known
 */
export function readProperties(name: string, c: Cursor, tables: Tables, into: Map<string, Attribute>): void {
  const { at } = c;
  const found = indices(c);
  const list = listsOf(name)?.find((keys) => keys.length === found.length);
  if (list === undefined)
    throw c.error(
      `the ${found.length} properties of ${name} are those of another version of StableHLO. Write a portable artifact, which can be read whatever the version: jax.export or stablehlo.serialize_portable_artifact.`,
      at,
    );
  list.forEach((key, i) => {
    const { index, at: place } = found[i];
    if (!key.endsWith("?")) into.set(key, tables.attributeAt(c, index, place));
    else if ((index & 1) === 1)
      into.set(key.slice(0, -1), tables.attributeAt(c, Math.floor(index / 2), place));
  });
}

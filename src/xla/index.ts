/** @file The entry `adjoint/xla`: functions compiled by XLA in processes of Python and JAX, on as many devices and hosts as there are. */
export { type ConnectOptions, type Timeouts, connect } from "./connect.ts";
export { XlaError, type XlaFailure } from "./errors.ts";
export {
  XlaArray,
  type DeviceArgs,
  type DeviceLike,
  type DeviceTree,
  type ExampleArgs,
  type HostTree,
} from "./arrays.ts";
export { type XlaCompileOptions } from "./compile.ts";
export { type XlaDevice, type XlaFunction, Xla } from "./xla.ts";

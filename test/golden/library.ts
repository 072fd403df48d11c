/**
 * @file The library as the golden vectors see it: its public names, and nothing else.
 *
 * Namespaces are wrapped so that using a name which does not exist throws `MissingFunction`: a vector about such a
 * name counts as missing, not as failed, and no list of unfinished functions has to be kept. Names are typed loosely
 * for the same reason: a program may use a function before the library has it.
 */
import * as adjoint from "../../src/index.ts";
import type { Array as NDArray } from "../../src/index.ts";

export type Arr = NDArray;

/** A public function or namespace: callable, with members of the same kind. */
export interface Call {
  <R = Arr>(...args: readonly unknown[]): R;
  readonly [name: string]: Call;
}

/** Thrown when a vector needs a name that the library does not have. */
export class MissingFunction extends Error {
  readonly path: string;
  constructor(path: string) {
    super(`the library has no ${path}`);
    this.name = "MissingFunction";
    this.path = path;
  }
}

const stubs = new WeakSet();

/** Stands in for a missing name: any use as a function throws, members are missing too. */
function absent(path: string): Call {
  const complain = (): never => {
    throw new MissingFunction(path);
  };
  const stub = new Proxy(complain, {
    get: (_, name) => (typeof name === "symbol" ? undefined : absent(`${path}.${name}`)),
    construct: complain,
  }) as unknown as Call;
  stubs.add(stub);
  return stub;
}

const namespaces = new WeakMap<object, Call>();

const isNamespace = (x: unknown): x is object =>
  typeof x === "object" &&
  x !== null &&
  (Object.getPrototypeOf(x) === null || Object.getPrototypeOf(x) === Object.prototype);

function open(space: object, path: string): Call {
  const known = namespaces.get(space);
  if (known !== undefined) return known;
  const get = (_: unknown, name: string | symbol): unknown => {
    if (typeof name === "symbol") return undefined;
    const member: unknown = Object.hasOwn(space, name) ? Reflect.get(space, name) : undefined;
    const memberPath = path === "" ? name : `${path}.${name}`;
    if (member === undefined) return absent(memberPath);
    return isNamespace(member) ? open(member, memberPath) : member;
  };
  const proxy = new Proxy({}, { get }) as unknown as Call;
  namespaces.set(space, proxy);
  return proxy;
}

/** Every public name of the library. */
export const library = open(adjoint, "");

/** Whether a name read from `library` exists. */
export const exists = (member: Call | undefined): boolean => member !== undefined && !stubs.has(member);

/** The first of several spellings that exists, or a stand-in for the first. */
export function either(...members: readonly Call[]): Call {
  return members.find(exists) ?? members[0];
}

/** Calls a class or a function that makes objects: TypeScript's `new C(...)` where Python has `C(...)`. */
export function make(maker: Call, ...args: readonly unknown[]): Call {
  if (!exists(maker)) return maker();
  const isClass = /^class\b/.test(Function.prototype.toString.call(maker));
  return isClass
    ? (Reflect.construct(maker as unknown as new (...args: unknown[]) => unknown, args) as Call)
    : maker<Call>(...args);
}

export const { numpy: np, lax, nn, random, scipy, tree, ops, config } = library;
export const { jit, vmap, grad, valueAndGrad, jvp, vjp, linearize, linearTranspose, hvp, jet } = library;
export const { jacfwd, jacrev, hessian, evalShape, checkpoint, stopGradient } = library;
export const { customJvp, customVjp, customGradient } = library;
export const { optim: optax } = library;

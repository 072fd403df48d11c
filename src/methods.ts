/**
 * @file `import "adjoint/methods"`: gives arrays the methods that index, sort and repeat, in a bundle that would leave them
 * out because it cannot see which methods are used. Without a bundler they are always there.
 */
import { installIndexingMethods } from "./numpy/indexing-methods.ts";

installIndexingMethods();

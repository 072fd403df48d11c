/** @file The exact texts of errors, by the names of their cases in test/errors.test.ts. Reword them here. */
export const messages: Readonly<Record<string, string>> = {
  "lax operands of different shapes":
    "ShapeError: add: operands have shapes [2,3], [3]; lax functions need equal shapes or scalars (np functions broadcast).",
  "shapes that do not broadcast":
    "ShapeError: add: shapes [2,3] and [4] do not broadcast: axis -1 has sizes 3 and 4. Sizes must be equal or 1, counted from the last axis.",
  "lax operands of different dtypes":
    "DTypeError: add: operands have dtypes float64, float32; they must be equal. Convert with x.astype(…), or use np functions, which promote.",
  "arithmetic on booleans": "DTypeError: add: expected numeric arrays (not bool); got dtype bool.",
  "sine of integers in lax": "DTypeError: sin: expected floating-point or complex arrays; got dtype int32.",
  "dot of shapes that do not fit": "ShapeError: dot: axes [1] of shape [2,3] do not fit axes [0] of [2,3].",
  "matmul of shapes that do not fit":
    "ShapeError: matmul: shapes [2,3] and [2,3] do not fit: sizes 3 and 2 must be equal.",
  "concatenation of shapes that differ":
    "ShapeError: concatenate: shapes [2,3], [3,3] must agree in every axis but 1.",
  "reshape to another size":
    "ShapeError: reshape: an array of shape [2,3] has 6 elements and cannot become [4] (4).",
  "reshape with a −1 that does not divide":
    "ShapeError: reshape: the −1 in [-1, 4] cannot be inferred for an array of shape [2,3].",
  "a permutation that is none":
    "ArgumentError: transpose: [0, 0] is no permutation of the 2 axes of shape [2,3].",
  "an axis out of range":
    "ArgumentError: sum: axis 5 is out of range for an array of 2 dimensions; expected -2 to 1.",
  "an axis named twice": "ArgumentError: sum: axes [0, 0] name the same axis twice.",
  "a dtype that is none":
    "DTypeError: zeros: 'float' is no dtype; expected one of bool, int8, uint8, int16, uint16, int32, uint32, int64, uint64, float16, bfloat16, float32, float64, complex64, complex128.",
  "a negative size": "ShapeError: zeros: a shape must be a list of non-negative integers; got [-1].",
  "integers to a negative power":
    "ArgumentError: integerPow: integers cannot be raised to a negative power (-1); convert to a float first.",
  "a fractional integerPow":
    "ArgumentError: integerPow: the exponent must be a whole number; got 0.5. Use pow.",
  "topK of too many": "ArgumentError: topK: k must be 0 to 3, the size of the axis; got 4.",
  "argmax of nothing": "ShapeError: argmax: axis 0 of shape [0] is empty; it has no extremum.",
  "an unknown option of a function":
    "ArgumentError: sum: unknown option 'axes'; did you mean 'axis'? Known options: axis, dtype, out, keepdims, initial, where, promoteIntegers.",
  "an unknown option of grad":
    "ArgumentError: grad: unknown option 'argnum'; did you mean 'argnums'? Known options: argnums, hasAux, holomorphic, allowInt, staticArgnums.",
  "an unknown option of vmap":
    "ArgumentError: vmap: unknown option 'outAxis'; did you mean 'outAxes'? Known options: outAxes, axisSize, axisName, staticArgnums.",
  "an unknown setting":
    "ArgumentError: config.update: unknown option 'foo'. Known options: defaultFloat, debugNans, debugInfs, enableChecks, jitless, backend, disableJit, dtypePromotion, sourceLines.",
  "indexInDim out of bounds": "IndexError: indexInDim: index 5 is out of bounds for axis 0 of shape [2,3].",
  "a slice out of bounds": "IndexError: slice: 0 to 3 by 1 is no slice of axis 0 of shape [2,3].",
  "x.slice(i) out of bounds":
    "IndexError: slice: index 5 is out of bounds for axis 0 of shape [2,3]; expected an integer from -2 to 1.",
  "a dynamic slice that is too large":
    "ShapeError: dynamicSlice: a slice of sizes [3, 3] is larger than the operand's shape [2,3].",
  "a fractional start": "DTypeError: dynamicSlice: start indices must be integers; got 0.5.",
  "grad of a vector":
    "DifferentiationError: grad(an anonymous function): the function must return one scalar; got an array of shape [3]. Reduce it (sum, mean), or use jacrev or vjp.",
  "grad of a tuple":
    "DifferentiationError: grad(an anonymous function): the function must return one scalar; got 2 arrays. Reduce it (sum, mean), or use jacrev or vjp.",
  "grad with respect to integers":
    'DifferentiationError: grad(an anonymous function): argument 0 has dtype int32; derivatives exist with respect to floating-point arrays only. Convert it with x.astype("float64"), or choose other argnums.',
  "grad with respect to integers in a tree":
    'DifferentiationError: grad(an anonymous function): argument 0.n[0] has dtype int32; derivatives exist with respect to floating-point arrays only. Convert it with x.astype("float64"), or choose other argnums.',
  "grad of an integer":
    "DifferentiationError: grad(an anonymous function): the function must return floating-point numbers; got dtype int32.",
  "argnums beyond the arguments":
    "ArgumentError: grad(an anonymous function): argnums names argument 1, but the call has 1 argument.",
  "fractional argnums": "ArgumentError: grad: argnums must be whole numbers; got 0.5.",
  "jacfwd of integers":
    "DifferentiationError: jacfwd(an anonymous function): the function must return floating-point numbers; got dtype int32.",
  "a missing return":
    "OutputError: grad(loss) (is a `return` missing?): expected arrays or numbers in the result; got undefined.",
  "a missing return with hasAux":
    "OutputError: valueAndGrad(an anonymous function) (is a `return` missing?): expected arrays or numbers in the result; got undefined.",
  "hasAux without aux":
    "TreeError: grad(an anonymous function): with hasAux the function must return [result, aux]; got object.",
  "a promise":
    "OutputError: grad(an anonymous function): the function returned a Promise. Transformed functions must be synchronous: await data before the call.",
  "text in the result":
    'OutputError: vmap(an anonymous function): expected arrays or numbers in the result at .a; got string "text".',
  "text as argument":
    "ArgumentError: grad(an anonymous function): argument 0: expected an array or a number; got string text.",
  "text in a tree of arguments":
    "ArgumentError: jvp(an anonymous function): argument 0.w: expected an array or a number; got string a.",
  "undefined as operand":
    "ArgumentError: sin: expected an array or a number; got undefined (is an argument or a return missing?).",
  "a list as operand":
    "ArgumentError: sin: expected an array or a number; got a list (make it an array with np.array, or stack its items with np.stack).",
  "a list as operand of a method":
    "ArgumentError: add: expected an array or a number; got a list (make it an array with np.array, or stack its items with np.stack).",
  "null as operand": "ArgumentError: sin: expected an array or a number; got null.",
  "a tangent of another shape": "ShapeError: jvp: tangent 0: expected shape [3]; got [2,3].",
  "a tangent of another structure":
    "TreeError: jvp: tangent 0: the structures differ at .w: expected a list of 2, got a list of 1.",
  "a tangent of another dtype":
    "DTypeError: jvp: tangent 0: expected dtype float64; got float32. Convert it with astype.",
  "a tangent too few": "ArgumentError: jvp: 2 primals need as many tangents; got 1.",
  "primals that are no list":
    "ArgumentError: jvp: primals must be the list of the function's arguments, as in jvp(f, [x, y]); got an array.",
  "a cotangent of another structure":
    "TreeError: the pullback of vjp: cotangent: the structures differ at the root: expected an object with keys {y}, got an object with keys {z}.",
  "a cotangent of another shape": "ShapeError: the pullback of vjp: cotangent: expected shape [3]; got [].",
  "trees of different structures":
    "TreeError: tree.map: tree 2: expected an object with keys {a}, got an object with keys {b}.",
  "x * x":
    "TracerConversionError: a JavaScript operator or Math function (x * y, x > 0, Math.sin(x), +x) on a traced value ~f64[] inside grad(an anonymous function): a traced value has no number here. Instead, use methods or numpy functions: x.mul(y), np.sin(x), np.where(c, a, b).",
  "Math.sin(x)":
    "TracerConversionError: a JavaScript operator or Math function (x * y, x > 0, Math.sin(x), +x) on a traced value ~f64[] inside grad(an anonymous function): a traced value has no number here. Instead, use methods or numpy functions: x.mul(y), np.sin(x), np.where(c, a, b).",
  "if (x > 0)":
    "TracerConversionError: a JavaScript operator or Math function (x * y, x > 0, Math.sin(x), +x) on a traced value f64[] inside vmap(an anonymous function): a traced value has no number here. Instead, use methods or numpy functions: x.mul(y), np.sin(x), np.where(c, a, b).",
  "JSON.stringify(x)":
    "TracerArrayConversionError: JSON.stringify on a traced value ~f64[] inside grad(an anonymous function): a traced value has no number here. Instead, return it from the function and serialise the result.",
  "x.item()":
    "TracerConversionError: item() on a traced value ~f64[] inside grad(an anonymous function): a traced value has no number here. Instead, read it outside, return it from the function, or use stopGradient(x).item() under grad.",
  "x.js()":
    "TracerArrayConversionError: js() on a traced value f64[] inside vmap(an anonymous function): a traced value has no number here. Instead, read it outside, or return it from the function.",
  "x.dataSync()":
    "TracerArrayConversionError: dataSync() on a traced value f64[3] inside makeJaxpr(an anonymous function): a traced value has no number here. Instead, read it outside, or return it from the function.",
  "iteration over a scalar":
    "ArgumentError: iteration over a 0-dimensional array: it has no axis; read it with item().",
  "a leaked tracer":
    "UnexpectedTracerError: add: a traced value ~f64[] outlived grad(secret), made at <line>. The function stored it outside (in a variable, a list, an object): return it as an output instead. If a custom derivative rule closed over it, pass it as an argument instead.",
  "an array used after dispose":
    "DisposedError: an array f64[2] was used after dispose(); dispose of it only after its last use.",
  "an axis name that nobody binds":
    "UnboundAxisError: psum: no enclosing vmap binds the axis name 'i' (none are bound). Use vmap(f, inAxes, { axisName: 'i' }).",
  "outAxes null for results that differ":
    "ArgumentError: vmap(an anonymous function): outAxes is null for a result that differs between lanes (shape [3]); give it an axis.",
  "vmap over a scalar":
    "ShapeError: vmap(an anonymous function): argument 0 is a scalar and has no axis 0 to map over; give it the axis null in inAxes.",
  "vmap over axes of different sizes":
    "ShapeError: vmap(an anonymous function): mapped axes must have one size: argument 0 has size 3 along axis 0 of shape [3]; argument 1 has size 2 along axis 0 of shape [2].",
  "vmap over nothing":
    "ArgumentError: vmap(an anonymous function): no argument is mapped; map at least one, or give axisSize.",
  "vmap over an axis out of range":
    "ArgumentError: vmap(an anonymous function): argument 0: axis 3 is out of range for an array of 1 dimensions; expected -1 to 0.",
  "inAxes for more arguments":
    "ArgumentError: vmap(an anonymous function): inAxes lists 2 axes for 1 arguments.",
  "inAxes of another structure":
    "TreeError: vmap(an anonymous function): inAxes[0]: a list of 2 was given for a list of 1; it must be a value for the whole, or a tree of the same structure.",
  "customJvp without a rule":
    "ArgumentError: customJvp(an anonymous function): no derivative rule is set; call defJvp or defJvps before differentiating.",
  "a jvp rule that returns no pair":
    "TreeError: customJvp(an anonymous function): the jvp rule must return a list of two: [out, tangentOut]; got number.",
  "a tangent of a rule of another shape":
    "ShapeError: customJvp(an anonymous function): the jvp rule's tangent: expected shape [], that of the value; got [2].",
  "a backward rule with too many cotangents":
    "TreeError: customVjp(an anonymous function): the backward rule must return a list of 1 cotangents, one for each differentiated argument; got a list of 2.",
  "a cotangent of a rule of another shape":
    "ShapeError: customVjp(an anonymous function): the backward rule: cotangent 0: expected shape [3], that of the value; got [2].",
  "customVjp in forward mode":
    "DifferentiationError: jvp: customVjp(an anonymous function) has a customVjp rule, which gives reverse mode only. Use grad or vjp, or define it with customJvp.",
  "linearTranspose of a product":
    "DifferentiationError: linearTranspose(an anonymous function): the function is not linear in its arguments: it applies mul to several values that depend on them.",
  "linearTranspose of a sine":
    "DifferentiationError: linearTranspose(an anonymous function): the function is not linear in its arguments: it applies sin to a value that depends on them.",
};

"""Times programs of StableHLO on XLA, by JAX, and of NumPy and SciPy (numpy_programs.py), on one thread: peers.py PID OF NODE.

Reads requests, one line of JSON each, and answers with a line of JSON. Calls of XLA are those of a function of jax.jit, which is the
quickest way that JAX has; results are read as arrays of NumPy, whose data are those of the result, not copies.

Where the system can (Linux), this process runs on the core that Node's main thread is on when it starts, and Node is held
there while there are programs. Node's helper threads stay free.
"""

import base64
import json
import os
import sys
from time import perf_counter_ns

DTYPES = {
    "f64": "float64", "f32": "float32", "i1": "bool", "i8": "int8", "i16": "int16", "i32": "int32", "i64": "int64",
    "ui8": "uint8", "ui16": "uint16", "ui32": "uint32", "ui64": "uint64",
    "complex<f32>": "complex64", "complex<f64>": "complex128",
}  # fmt: skip


class Core:
    """The core that both processes run on; None where that cannot be had."""

    def __init__(self, node):
        self.node, self.number = node, None
        try:
            self.usual = os.sched_getaffinity(node)
            with open(f"/proc/{node}/stat") as f:
                # What follows the name, which is in brackets, begins with the third field; the core is the 39th.
                core = int(f.read().rpartition(")")[2].split()[36])
            # Before JAX is loaded: its threads inherit it.
            os.sched_setaffinity(0, {core})
            self.number = core
        except (AttributeError, OSError, IndexError, ValueError):
            pass

    def hold(self):
        if self.number is not None:
            os.sched_setaffinity(self.node, {self.number})

    def release(self):
        if self.number is not None:
            os.sched_setaffinity(self.node, self.usual)


def given(np, args):
    """Arrays as they are sent."""
    return [np.frombuffer(base64.b64decode(data), dtype).reshape(shape) for dtype, shape, data in args]


class Timed:
    """What has `run()`, which gives arrays of NumPy. `read` lists those that a call reads; None for all."""

    def __init__(self, np, read):
        self.np, self.read = np, read

    def reals(self, x):
        """The numbers of an array, of complex ones the real and the imaginary part of each."""
        x = self.np.ascontiguousarray(x).reshape(-1)
        return x.view(x.real.dtype) if self.np.iscomplexobj(x) else x

    def values(self):
        found = [self.reals(x) for x in self.run()]
        return [[x.dtype.name, base64.b64encode(x).decode()] for x in found]

    def sum(self):
        """The sum that the other contenders' calls give."""
        outs = self.run()
        xs = [self.reals(outs[i]) for i in (range(len(outs)) if self.read is None else self.read)]
        return sum(float(x[0]) - 2 * float(x[x.size >> 1]) + 3 * float(x[-1]) for x in xs)


class NumpyProgram(Timed):
    def __init__(self, np, function, args, read):
        super().__init__(np, read)
        # A number of no dimensions is what a user would have.
        self.function, self.args = function, [x[()] if x.ndim == 0 else x for x in given(np, args)]

    def run(self):
        outs = self.function(*self.args)
        return [self.np.asarray(x) for x in (outs if isinstance(outs, (tuple, list)) else (outs,))]

    def time(self, calls):
        function, args = self.function, self.args
        start = perf_counter_ns()
        for _ in range(calls):
            function(*args)
        return perf_counter_ns() - start


class Program(Timed):
    """A compiled module of StableHLO with the arguments of its `main`."""

    def __init__(self, timer, text, args, read):
        jax, np = timer.jax, timer.np
        self.timer, self.text = timer, text
        with timer.mlir.make_ir_context():
            module = timer.ir.Module.parse(text)
            module.operation.verify()
            self.outs = []
            for t in timer.ir.SymbolTable(module.operation)["main"].type.results:
                t = timer.ir.RankedTensorType(t)
                self.outs.append(jax.core.ShapedArray(tuple(t.shape), np.dtype(DTYPES[str(t.element_type)])))
        super().__init__(np, range(len(self.outs)) if read is None else read)
        self.args = [jax.block_until_ready(jax.device_put(x)) for x in given(np, args)]
        self.call = self.build()
        self.run()

    def build(self):
        """A function that is compiled when it is first called; no two share what is compiled."""
        bind = self.timer.primitive.bind
        return self.timer.jax.jit(lambda *args: bind(*args, program=self), keep_unused=True)

    def run(self):
        return [self.timer.np.asarray(x) for x in self.timer.jax.block_until_ready(self.call(*self.args))]

    def time(self, calls):
        asarray, call, args, read = self.timer.np.asarray, self.call, self.args, self.read
        start = perf_counter_ns()
        for _ in range(calls):
            outs = call(*args)
            for i in read:
                asarray(outs[i])
        return perf_counter_ns() - start

    def time_compiling(self, calls):
        ns = 0
        for _ in range(calls):
            start = perf_counter_ns()
            self.call = self.build()
            self.run()
            ns += perf_counter_ns() - start
        return ns


class JaxProgram(Program):
    """A function of JAX's own with its arguments."""

    def __init__(self, timer, function, args, read):
        Timed.__init__(self, timer.np, read)
        self.timer, self.function = timer, function
        self.args = [timer.jax.block_until_ready(timer.jax.device_put(x)) for x in given(timer.np, args)]
        self.call = self.build()
        if read is None:
            self.read = range(len(self.run()))

    def build(self):
        function = self.function

        def listed(*args):
            outs = function(*args)
            return outs if isinstance(outs, (tuple, list)) else (outs,)

        return self.timer.jax.jit(listed)


class Timer:
    """XLA."""

    def __init__(self):
        import jax
        import numpy
        from jax._src.interpreters import mlir
        from jax.extend.core import Primitive
        from jaxlib.mlir import ir
        from jaxlib.mlir.dialects import func

        jax.config.update("jax_enable_x64", True)
        # A computation runs in the thread that calls it.
        jax.config.update("jax_cpu_enable_async_dispatch", False)
        self.jax, self.np, self.mlir, self.ir, self.func = jax, numpy, mlir, ir, func
        self.primitive = Primitive("program")
        self.primitive.multiple_results = True
        self.primitive.def_abstract_eval(lambda *_, program: program.outs)
        mlir.register_lowering(self.primitive, self.lower)
        jax.devices()

    def lower(self, ctx, *args, program):
        module = self.ir.Module.parse(program.text)
        types = list(self.ir.SymbolTable(module.operation)["main"].type.results)
        outer = ctx.module_context
        name = self.mlir.merge_mlir_modules(outer.module, "program", module, dst_symtab=outer.symbol_table)
        return list(self.func.CallOp(types, self.ir.FlatSymbolRefAttr.get(name), list(args)).results)


class Peers:
    """What answers requests. Either may be missing: XLA, NumPy."""

    def __init__(self, core):
        self.core, self.programs, self.xla, self.functions, self.versions = core, {}, None, {}, {}
        try:
            import numpy
            from numpy_programs import FUNCTIONS

            self.np, self.functions = numpy, FUNCTIONS
            self.versions["numpy"] = numpy.__version__
            import scipy

            self.versions["scipy"] = scipy.__version__
        except ImportError:
            pass
        try:
            self.xla = Timer()
            self.versions["jax"] = self.xla.jax.__version__
        except (ImportError, AttributeError):
            pass

    def compile(self, m):
        self.core.hold()
        self.programs[m["program"]] = Program(self.xla, m["text"], m["args"], m["read"])
        return {}

    def jax(self, m):
        from jax_programs import FUNCTIONS

        self.core.hold()
        self.programs[m["program"]] = JaxProgram(self.xla, FUNCTIONS[m["name"]], m["args"], m["read"])
        return {}

    def numpy(self, m):
        self.core.hold()
        self.programs[m["program"]] = NumpyProgram(self.np, self.functions[m["name"]], m["args"], m["read"])
        return {}

    def values(self, m):
        return {"values": self.programs[m["program"]].values()}

    def time(self, m):
        program = self.programs[m["program"]]
        work = program.time_compiling if m["compiling"] else program.time
        ns = work(m["calls"])
        return {"ns": ns, "sum": program.sum()}

    def release(self, _):
        self.programs.clear()
        self.core.release()
        return {}


def main():
    # Answers have the output for themselves: whatever else is printed goes to the errors.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def answer(x):
        answers.write(json.dumps(x) + "\n")
        answers.flush()

    os.environ["JAX_PLATFORMS"] = "cpu"
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    core = Core(int(sys.argv[1]))
    peers = Peers(core)
    answer({"versions": peers.versions, "core": core.number})
    try:
        for line in sys.stdin:
            m = json.loads(line)
            try:
                answer(getattr(peers, m["op"])(m))
            except Exception as e:
                answer({"error": f"{type(e).__name__}: {e}"})
    finally:
        core.release()


main()

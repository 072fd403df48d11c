"""A process of JAX that runs StableHLO programs for adjoint/xla.

It connects to the leader (the TypeScript program), each proves to the other that it knows the session's token, and then it
answers requests in order. Needs only jax:  pip install jax

  python xla_worker.py HOST:PORT      with the token in ADJOINT_XLA_TOKEN: joins a leader on another machine
  python xla_worker.py                reads one line of JSON, {"address": …, "token": …}; ends when its input ends

A frame is the length of a JSON header (4 bytes, little-endian), the header, and the buffers whose lengths it lists.
"""

import hashlib
import hmac
import json
import os
import queue
import secrets
import signal
import socket
import struct
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

# Longer ones are no headers of ours: programs and arrays are buffers.
MOST_HEADER = 1 << 24
# What XLA calls the dtypes of the arguments and results of programs.
DTYPES = {
    "f64": "float64", "f32": "float32", "f16": "float16", "bf16": "bfloat16", "i1": "bool",
    "i8": "int8", "i16": "int16", "i32": "int32", "i64": "int64",
    "ui8": "uint8", "ui16": "uint16", "ui32": "uint32", "ui64": "uint64",
    "complex<f32>": "complex64", "complex<f64>": "complex128",
}  # fmt: skip


class Channel:
    """Frames on a socket."""

    def __init__(self, sock):
        self.sock = sock
        self.lock = threading.Lock()

    def _fill(self, view):
        while len(view):
            n = self.sock.recv_into(view)
            if n == 0:
                raise EOFError
            view = view[n:]

    def receive(self):
        length = bytearray(4)
        self._fill(memoryview(length))
        (n,) = struct.unpack("<I", length)
        if n > MOST_HEADER:
            raise EOFError
        text = bytearray(n)
        self._fill(memoryview(text))
        header = json.loads(text)
        buffers = []
        for size in header.get("buffers", ()):
            data = bytearray(size)
            self._fill(memoryview(data))
            buffers.append(data)
        return header, buffers

    def send(self, header, buffers=()):
        views = [memoryview(b).cast("B") if len(memoryview(b)) else memoryview(b"") for b in buffers]
        text = json.dumps({**header, "buffers": [v.nbytes for v in views]}).encode()
        with self.lock:
            self.sock.sendall(struct.pack("<I", len(text)) + text)
            for v in views:
                self.sock.sendall(v)


def proof(token, who, *nonces):
    return hmac.new(token.encode(), (who + ":" + ":".join(nonces)).encode(), hashlib.sha256).hexdigest()


def join(address, token):
    """A channel to the leader, of which both sides know that the other has the token."""
    host, port = address.rsplit(":", 1)
    sock = socket.create_connection((host.strip("[]"), int(port)), timeout=60)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    channel = Channel(sock)
    theirs = channel.receive()[0]["nonce"]
    mine = secrets.token_hex(16)
    channel.send({"nonce": mine, "proof": proof(token, "worker", theirs, mine)})
    answer = channel.receive()[0]
    if not hmac.compare_digest(answer.get("proof", ""), proof(token, "leader", mine, theirs)):
        raise PermissionError("the leader does not know the token of this session")
    sock.settimeout(None)
    return channel


def watch_input():
    """Ends the process when whoever started it is gone."""
    try:
        while os.read(0, 4096):
            pass
    finally:
        os._exit(0)


class Failure(Exception):
    """An error whose kind the leader is told."""

    def __init__(self, kind, message):
        super().__init__(message)
        self.kind = kind


class Program:
    """A module of StableHLO, and the types of its `main`."""

    def __init__(self, worker, text):
        ir, jax = worker.ir, worker.jax
        with worker.context():
            try:
                module = ir.Module.parse(text)
                module.operation.verify()
            except Exception as e:
                raise Failure("program", f"the program is not valid StableHLO: {e}") from None
            table = ir.SymbolTable(module.operation)
            if "main" not in table:
                raise Failure("program", "the program has no function main")
            main = table["main"]

            def aval(t):
                t = ir.RankedTensorType(t)
                name = DTYPES.get(str(t.element_type))
                if name is None or not t.has_static_shape:
                    raise Failure("program", f"arguments and results of type {t} are not supported")
                return jax.ShapeDtypeStruct(tuple(t.shape), worker.dtype(name))

            self.ins = [aval(t) for t in main.type.inputs]
            self.outs = [aval(t) for t in main.type.results]
        self.text = text


class Worker:
    def __init__(self, channel, config):
        self.channel = channel
        self.arrays = {}
        self.programs = {}
        self.meshes = {}
        self.contexts = threading.local()
        self.start(config)

    def start(self, config):
        try:
            import jax
            import numpy
        except ImportError as e:
            raise Failure("missing", f"{sys.executable} has no JAX ({e})") from None
        self.jax, self.np = jax, numpy
        update = jax.config.update
        update("jax_enable_x64", True)
        if config["platform"] is not None:
            update("jax_platforms", config["platform"])
        if config["devices"] is not None:
            update("jax_num_cpu_devices", config["devices"])
        self.processes, self.process = config["processes"], config["process"]
        if self.processes > 1:
            self.start_distributed(config)
        import warnings

        # Donated arrays that no result fits are no mistake.
        warnings.filterwarnings("ignore", message="Some donated buffers were not usable")
        try:
            from jax._src.interpreters import mlir
            from jaxlib.mlir import ir
            from jaxlib.mlir.dialects import func

            merge = mlir.merge_mlir_modules
        except (ImportError, AttributeError) as e:
            raise Failure("missing", f"JAX {jax.__version__} is not of a version that is known ({e})") from None
        self.mlir, self.ir, self.func, self.merge = mlir, ir, func, merge
        self.make_primitive()
        # Before the first request, so that its time is not counted there.
        self.devices = jax.devices()
        # Processes of CPUs that run several programs at once may wait for each other for ever.
        self.one_by_one = self.processes > 1 and self.devices[0].platform == "cpu"

    def start_distributed(self, config):
        jax, address = self.jax, config["coordinator"]
        jax.config.update("jax_cpu_collectives_implementation", "gloo")
        if address.startswith("127.0.0.1:"):
            # By default gloo listens where the name of the machine leads.
            from jax._src import xla_bridge

            make = xla_bridge._jax.make_gloo_tcp_collectives
            xla_bridge._jax.make_gloo_tcp_collectives = lambda **k: make(**{"hostname": "127.0.0.1", **k})
        jax.distributed.initialize(
            address,
            self.processes,
            self.process,
            initialization_timeout=max(1, int(config["timeout"])),
            coordinator_bind_address=address,
            cluster_detection_method="deactivate",
        )

    def make_primitive(self):
        """A program as a primitive of JAX, so that jit's shardings, donation and arrays of many hosts all apply."""
        jax, ir, func = self.jax, self.ir, self.func
        from jax.extend.core import Primitive

        call = Primitive("adjoint_program")
        call.multiple_results = True
        call.def_abstract_eval(lambda *_, program: [jax.core.ShapedArray(o.shape, o.dtype) for o in program.outs])

        def lower(ctx, *args, program):
            module = ir.Module.parse(program.text)
            main = ir.SymbolTable(module.operation)["main"]
            # Shardings of arguments and results are jit's; those of a function within are not for Shardy to see.
            for key in ("arg_attrs", "res_attrs"):
                if key in main.attributes:
                    del main.attributes[key]
            types = list(main.type.results)
            outer = ctx.module_context
            name = self.merge(outer.module, "program", module, dst_symtab=outer.symbol_table)
            return list(func.CallOp(types, ir.FlatSymbolRefAttr.get(name), list(args)).results)

        self.mlir.register_lowering(call, lower)
        self.call_primitive = call

    def context(self):
        """One of MLIR for each thread: it takes longer to make than most programs to read."""
        if not hasattr(self.contexts, "own"):
            self.contexts.own = self.mlir.make_ir_context()
        return self.contexts.own

    def dtype(self, name):
        return self.jax.numpy.dtype(name)

    def mesh(self, spec):
        key = json.dumps(spec)
        if key not in self.meshes:
            jax, (sizes, names) = self.jax, spec
            count = int(self.np.prod(sizes, dtype=int))
            if count > len(self.devices):
                raise Failure("devices", f"a mesh of {count} devices, but there are {len(self.devices)}")
            self.meshes[key] = jax.make_mesh(
                tuple(sizes),
                tuple(names),
                axis_types=(jax.sharding.AxisType.Auto,) * len(names),
                devices=self.devices[:count],
            )
        return self.meshes[key]

    def sharding(self, mesh, cuts):
        if cuts is None:
            return None
        spec = self.jax.sharding.PartitionSpec(*(tuple(c) if c else None for c in cuts))
        return self.jax.sharding.NamedSharding(self.mesh(mesh), spec)

    def place(self, data, dtype, shape, sharding):
        x = self.np.frombuffer(data, self.dtype(dtype)).reshape(shape)
        if self.processes == 1:
            return self.jax.device_put(x, sharding)
        return self.jax.make_array_from_callback(x.shape, sharding, lambda index: x[index])

    def put(self, m, buffers):
        for key, dtype, shape, cuts, data in zip(m["arrays"], m["dtypes"], m["shapes"], m["cuts"], buffers):
            self.arrays[key] = self.place(data, dtype, shape, self.sharding(m["mesh"], cuts))
        return {}, []

    def build(self, program, mesh, ins, outs, donate):
        jax = self.jax
        if len(program.ins) != len(ins) or len(program.outs) != len(outs):
            raise Failure("program", f"main has {len(program.ins)} arguments and {len(program.outs)} results")
        in_shardings = tuple(self.sharding(mesh, c) for c in ins)
        out_shardings = [self.sharding(mesh, c) for c in outs]
        f = jax.jit(
            lambda *args: self.call_primitive.bind(*args, program=program),
            in_shardings=in_shardings,
            out_shardings=out_shardings,
            donate_argnums=tuple(donate),
            keep_unused=True,
        )
        avals = [jax.ShapeDtypeStruct(a.shape, a.dtype, sharding=s) for a, s in zip(program.ins, in_shardings)]
        return in_shardings, f.lower(*avals).compile()

    def compile(self, m, buffers):
        program = Program(self, buffers[0].decode())
        if m["ins"] is None:
            m = {**m, "ins": [[]] * len(program.ins), "outs": [[]] * len(program.outs)}
        shardings, compiled = self.build(program, m["mesh"], m["ins"], m["outs"], m["donate"])
        self.programs[m["program"]] = (compiled, shardings)
        mesh = self.mesh(m["mesh"])
        found = self.jax.tree.leaves(compiled.output_shardings)
        cuts = [self.cuts(s, mesh, a) for s, a in zip(found, program.outs)]
        told = lambda avals: [[a.dtype.name, a.shape] for a in avals]
        return {"cuts": cuts, "ins": told(program.ins), "outs": told(program.outs)}, []

    def cuts(self, sharding, mesh, aval):
        """How an array lies on the mesh; None where partition specs cannot say."""
        spec = getattr(sharding, "spec", None)
        if spec is None or sharding.mesh.axis_names != mesh.axis_names:
            return None
        names = [[] if e is None else list(e) if isinstance(e, tuple) else [e] for e in spec]
        if any(not isinstance(n, str) for e in names for n in e):
            return None
        return names + [[]] * (len(aval.shape) - len(names))

    def call(self, m, buffers):
        compiled, shardings = self.programs[m["program"]]
        given = iter(buffers)
        args = []
        for a, s in zip(m["args"], shardings):
            if isinstance(a, int):
                x = self.arrays[a]
                if not x.sharding.is_equivalent_to(s, x.ndim):
                    x = self.jax.device_put(x, s)
                args.append(x)
            else:
                args.append(self.place(next(given), a[0], a[1], s))
        outs = compiled(*args)
        if self.one_by_one:
            self.jax.block_until_ready(outs)
        for key in m["donated"]:
            self.arrays.pop(key, None)
        self.arrays.update(zip(m["outs"], outs))
        return {}, []

    def fetch(self, x):
        jax = self.jax
        if not (x.is_fully_addressable or x.is_fully_replicated):
            whole = jax.sharding.NamedSharding(x.sharding.mesh, jax.sharding.PartitionSpec())
            x = jax.jit(lambda y: y, out_shardings=whole)(x)
        data = x if x.is_fully_addressable else x.addressable_data(0)
        data = self.np.ascontiguousarray(data)
        # As bytes: buffers of bfloat16 have no letter of their own.
        return data.reshape(-1).view(self.np.uint8)

    def read(self, m, _):
        data = [self.fetch(self.arrays[key]) for key in m["arrays"]]
        return {}, data if self.process == 0 else []

    def sync(self, m, _):
        self.jax.block_until_ready([self.arrays[key] for key in m["arrays"]])
        return {}, []

    def run(self, m, buffers):
        text, *data = buffers
        program = Program(self, text.decode())
        ins, outs = [[]] * len(program.ins), [[]] * len(program.outs)
        got = [[a[0], list(a[1])] for a in m["args"]]
        wanted = [[a.dtype.name, list(a.shape)] for a in program.ins]
        if got != wanted:
            raise Failure("program", f"main takes {wanted}; got {got}")
        shardings, compiled = self.build(program, m["mesh"], ins, outs, [])
        args = [self.place(d, a[0], a[1], s) for d, a, s in zip(data, m["args"], shardings)]
        results = [self.fetch(x) for x in compiled(*args)]
        told = [[a.dtype.name, a.shape] for a in program.outs]
        return {"outs": told}, results if self.process == 0 else []

    def answer(self, m, buffers):
        try:
            for key in m.get("free", ()):
                self.arrays.pop(key, None)
            for key in m.get("forget", ()):
                self.programs.pop(key, None)
            header, data = getattr(self, m["op"])(m, buffers)
        except Failure as e:
            header, data = {"error": str(e), "kind": e.kind}, []
        except Exception as e:
            header, data = {"error": f"{type(e).__name__}: {e}", "kind": "compile" if m["op"] == "compile" else "run"}, []
        self.channel.send({**header, "id": m["id"]}, data)


REQUESTS = {"put", "compile", "call", "read", "sync", "run"}


def serve(channel):
    requests = queue.SimpleQueue()

    def read():
        # A leader that is gone ends everything, also a computation that runs.
        try:
            while True:
                frame = channel.receive()
                if frame[0].get("op") == "exit":
                    break
                requests.put(frame)
        except (OSError, EOFError):
            pass
        finally:
            os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    config, _ = requests.get()
    try:
        worker = Worker(channel, config)
    except Failure as e:
        channel.send({"id": config["id"], "error": str(e), "kind": e.kind})
        return
    except Exception as e:
        channel.send({"id": config["id"], "error": f"{type(e).__name__}: {e}", "kind": "start"})
        return
    devices = [{"id": d.id, "kind": d.device_kind, "platform": d.platform, "process": d.process_index} for d in worker.devices]
    channel.send({"id": config["id"], "devices": devices, "jax": worker.jax.__version__, "pid": os.getpid()})
    # Programs that are run once depend on nothing: they are compiled side by side. Processes of one computation must agree
    # on the order.
    pool = ThreadPoolExecutor(max(1, min(8, os.cpu_count() or 1))) if worker.processes == 1 else None
    while True:
        m, buffers = requests.get()
        if m.get("op") not in REQUESTS:
            channel.send({"id": m.get("id"), "error": f"unknown request {m.get('op')}", "kind": "run"})
        elif m["op"] == "run" and pool is not None:
            pool.submit(worker.answer, m, buffers)
        else:
            worker.answer(m, buffers)


def main():
    started_here = len(sys.argv) == 1
    if started_here:
        # Whoever started this process decides when it ends.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        line = b""
        while not line.endswith(b"\n"):
            part = os.read(0, 1)
            if not part:
                return 1
            line += part
        config = json.loads(line)
        address, token = config["address"], config["token"]
        threading.Thread(target=watch_input, daemon=True).start()
    else:
        address, token = sys.argv[1], os.environ.get("ADJOINT_XLA_TOKEN", "")
        if not token or ":" not in address:
            print("usage: ADJOINT_XLA_TOKEN=… python xla_worker.py HOST:PORT", file=sys.stderr)
            return 2
    try:
        channel = join(address, token)
    except (OSError, EOFError, PermissionError) as e:
        print(f"xla_worker: no session at {address}: {e or 'the connection was refused'}", file=sys.stderr)
        return 1
    serve(channel)
    return 0


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    os._exit(code)

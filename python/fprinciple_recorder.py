"""Records a training for `fprinciple measure`: what a network gives on fixed points, step by step.

One file, standard library only; works with any framework. Copy it beside your script
(`npx fprinciple recorder > fprinciple_recorder.py`).

    from fprinciple_recorder import Recorder

    with Recorder("run.record", points=x, target=y) as recorder:
        for step in range(2001):
            if step % 20 == 0:
                recorder.record(step, model(x), loss=loss)
            ...                                   # one step of the optimiser

Tensors (PyTorch, JAX, TensorFlow), arrays and nested lists are taken alike. Every record is appended to the folder
`run.record/` at once: `npx fprinciple measure run.record` reads it while the training runs, and whatever ends it.
`close()` makes `run.npz` of it, which NumPy reads: steps [s], points, outputs [s, n] or [s, n, o], target, loss [s].

The folder: `points.npy`, `target.npy`, maybe `frequencies.npy`; `header.json` with the fields of a record and their shapes;
`records.bin`, one record after the other, every field as little-endian float64.
"""

import json
import os
import shutil
import sys
import zipfile
from array import array

__all__ = ["Recorder"]

FORMAT = 1


class Recorder:
    """Writes the folder `path` (by custom `*.record`).

    points: [n] or [n, d], where the network is looked at. target: [n] or [n, o], what it should give there.
    frequencies: [k] or [k, d] in cycles per unit of the points, where the error is to be followed; default: those that carry
    the target. overwrite: replace a recording that is there, which is an error otherwise.
    """

    def __init__(self, path, points, target, frequencies=None, overwrite=False):
        self.path = os.fspath(path)
        shape, values = _numbers(points, "points")
        if len(shape) not in (1, 2) or not values:
            raise ValueError("points: expected shape [n] or [n, d], got %s" % list(shape))
        self._target_shape, goal = _numbers(target, "target")
        if len(self._target_shape) not in (1, 2) or self._target_shape[0] != shape[0]:
            raise ValueError("target: expected %d rows as points has, got shape %s" % (shape[0], list(self._target_shape)))
        arrays = {"points": (shape, values), "target": (self._target_shape, goal)}
        if frequencies is not None:
            arrays["frequencies"] = _numbers(frequencies, "frequencies")
        if os.path.exists(self.path):
            if not overwrite:
                raise FileExistsError("%s is there already: Recorder(..., overwrite=True) replaces it" % self.path)
            shutil.rmtree(self.path)
        os.makedirs(self.path)
        for name, (size, numbers) in arrays.items():
            with open(os.path.join(self.path, name + ".npy"), "wb") as file:
                file.write(_npy_header(size))
                file.write(_bytes(numbers))
        self._arrays = list(arrays)
        self._fields = None
        self._records = open(os.path.join(self.path, "records.bin"), "wb")
        self._last = None
        self._has_loss = False

    def record(self, step, outputs, loss=None, matrices=None):
        """Appends what the network gives now.

        step: steps done, larger than at the record before. outputs: of the target's shape. matrices: weights or features by
        name, the same names and shapes at every record; their ranks are measured.
        """
        if self._records is None:
            raise ValueError("the recorder is closed")
        step = float(step)
        if self._last is not None and not step > self._last:
            raise ValueError("step: expected more than %g, the last one, got %g" % (self._last, step))
        shape, values = _numbers(outputs, "outputs")
        if _plain(shape) != _plain(self._target_shape):
            raise ValueError("outputs: expected shape %s as target has, got %s" % (list(self._target_shape), list(shape)))
        lost = float("nan") if loss is None else float(_numbers(loss, "loss")[1][0])
        fields = [["step", []], ["loss", []], ["outputs", list(self._target_shape)]]
        numbers = array("d", [step, lost]) + values
        for name, matrix in (matrices or {}).items():
            size, content = _numbers(matrix, name)
            if len(size) < 2 or not _is_name(name):
                raise ValueError("matrices: expected matrices by names of letters, digits, '_', '-' and '.', got %r" % name)
            fields.append(["matrix." + name, list(size)])
            numbers += content
        if self._fields is None:
            self._fields = fields
            # Whole or not there: who reads meanwhile sees no half of it.
            part = os.path.join(self.path, "header.json.part")
            with open(part, "w") as file:
                json.dump({"format": FORMAT, "fields": fields}, file)
            os.replace(part, os.path.join(self.path, "header.json"))
        elif fields != self._fields:
            raise ValueError("matrices: expected %s as at the first record, got %s" % (self._fields[3:], fields[3:]))
        self._records.write(_bytes(numbers))
        self._records.flush()
        self._last = step
        self._has_loss = self._has_loss or loss is not None

    def close(self):
        """Makes `run.npz` beside `run.record/` and gives its path; None where nothing was recorded."""
        if self._records is None:
            return None
        self._records.close()
        self._records = None
        if self._fields is None:
            return None
        sizes = [_product(shape) for _, shape in self._fields]
        stride = 8 * sum(sizes)
        source = os.path.join(self.path, "records.bin")
        count = os.path.getsize(source) // stride
        base = self.path.rstrip("/\\")
        path = (base[: -len(".record")] if base.endswith(".record") else base) + ".npz"
        with open(source, "rb") as records, zipfile.ZipFile(path + ".part", "w", zipfile.ZIP_STORED) as archive:
            for name in self._arrays:
                archive.write(os.path.join(self.path, name + ".npy"), name + ".npy")
            offset = 0
            for (name, shape), size in zip(self._fields, sizes):
                key = {"step": "steps"}.get(name, name[len("matrix.") :] if name.startswith("matrix.") else name)
                if name != "loss" or self._has_loss:
                    with archive.open(key + ".npy", "w", force_zip64=True) as file:
                        file.write(_npy_header([count] + shape))
                        for index in range(count):
                            records.seek(index * stride + offset)
                            file.write(records.read(8 * size))
                offset += 8 * size
        os.replace(path + ".part", path)
        return path

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def _numbers(value, name):
    """Shape and numbers, as an array of float64, of a tensor, an array or nested lists."""
    for method in ("detach", "cpu"):  # PyTorch
        if hasattr(value, method):
            value = getattr(value, method)()
    if hasattr(value, "resolve_conj") and hasattr(value, "double"):
        value = value.double()  # bfloat16 is no type of NumPy's
    if hasattr(value, "__array__"):
        try:
            value = value.__array__()
        except (ImportError, RuntimeError):
            pass  # PyTorch without NumPy: by lists
    if hasattr(value, "tobytes") and hasattr(value, "astype"):  # NumPy, which is not imported here
        shape, numbers = tuple(value.shape), array("d")
        numbers.frombytes(value.astype("=f8").tobytes())
        return shape, numbers
    if hasattr(value, "tolist"):
        value = value.tolist()
    shape, level = [], value
    while isinstance(level, (list, tuple)):
        shape.append(len(level))
        if not level:
            break
        level = level[0]
    numbers = array("d")
    _append(value, shape, 0, numbers, name)
    return tuple(shape), numbers


def _append(value, shape, depth, numbers, name):
    if depth == len(shape):
        try:
            numbers.append(float(value))
        except (TypeError, ValueError):
            raise ValueError("%s: expected numbers, got %r" % (name, value)) from None
        return
    if not isinstance(value, (list, tuple)) or len(value) != shape[depth]:
        raise ValueError("%s: rows differ in length" % name)
    if depth + 1 == len(shape) and all(type(v) in (float, int) for v in value):
        numbers.extend(value)
        return
    for entry in value:
        _append(entry, shape, depth + 1, numbers, name)


def _plain(shape):
    """A shape without the ones at its end: a column is as good as a list."""
    shape = list(shape)
    while len(shape) > 1 and shape[-1] == 1:
        shape.pop()
    return shape


def _product(shape):
    size = 1
    for n in shape:
        size *= n
    return size


def _is_name(name):
    return name != "" and name[0] != "." and all(c.isalnum() and c.isascii() or c in "_-." for c in name)


def _bytes(numbers):
    if sys.byteorder == "big":
        numbers = array("d", numbers)
        numbers.byteswap()
    return numbers.tobytes()


def _npy_header(shape):
    sizes = "%d," % shape[0] if len(shape) == 1 else ", ".join("%d" % n for n in shape)
    text = "{'descr': '<f8', 'fortran_order': False, 'shape': (%s), }" % sizes
    # Magic, version, length and text together fill a multiple of 64 bytes, the last one a newline.
    text += " " * ((64 - (10 + len(text) + 1) % 64) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode("latin1")

#!/usr/bin/env python3
"""npz_peer.py PROGRAM: what Retrograd writes as .npz and .npy NumPy reads, and the other way
round. Skipped (77) without NumPy."""
import subprocess
import sys
import tempfile

try:
    import numpy as np
except ImportError:
    print("no NumPy here: python3-numpy")
    sys.exit(77)


def known():
    grid = np.array([[1, -2.5, 3], [0, 1e30, 1e-30]], dtype=np.float32)
    return {
        "turned": grid.T,
        "whole": np.array([-1, 2**63 - 1, -(2**63)]),
        "\u00fc bytes": (np.arange(4000) % 7).astype(np.uint8).reshape(10, 20, 20),
        "one": np.float64(0.1),
        "none": np.zeros((0, 4)),
    }


def ours_as_numpy_reads_it(program, folder):
    subprocess.run([program, "write", folder], check=True)
    for name in ("ours.npz", "packed.npz"):
        with np.load(f"{folder}/{name}", allow_pickle=False) as z:
            assert z.zip.testzip() is None
            assert list(z.files) == list(known()), z.files
            for key, want in known().items():
                assert z[key].dtype == want.dtype and z[key].shape == want.shape, key
                assert z[key].tobytes() == np.ascontiguousarray(want).tobytes(), key
    assert np.load(f"{folder}/ours.npy").tobytes() == known()["turned"].tobytes()


def numpys_as_we_read_it(program, folder):
    draw = np.random.default_rng(5)
    arrays = {
        "f2": draw.normal(size=(3, 4)).astype(np.float16),
        "f4": np.asfortranarray(draw.normal(size=(5, 2, 3)).astype(np.float32)),
        "f8": draw.normal(size=1000),
        "big": draw.normal(size=7).astype(">f8"),
        "i2": draw.integers(-9, 9, size=(2, 2)).astype(np.int16),
        "b1": draw.integers(0, 2, size=300).astype(bool),
        "scalar": np.array(3.5),
        "empty": np.zeros((2, 0)),
        "\u00fc": np.ones(2),
    }
    np.savez(f"{folder}/plain.npz", **arrays)
    np.savez_compressed(f"{folder}/small.npz", **arrays)
    for path in ("plain.npz", "small.npz"):
        for name, want in arrays.items():
            out = subprocess.run([program, "read", f"{folder}/{path}", name], check=True, capture_output=True, text=True)
            head, *numbers = out.stdout.split("\n")
            assert tuple(map(int, head.split())) == want.shape, (path, name)
            assert [float(v) for v in numbers if v] == want.astype(float).ravel().tolist(), (path, name)


with tempfile.TemporaryDirectory() as there:
    ours_as_numpy_reads_it(sys.argv[1], there)
    numpys_as_we_read_it(sys.argv[1], there)
print("NumPy", np.__version__, "agrees")

"""The format safetensors as Python's struct and json see it: checks a file that the library
wrote, and writes one for the library to read. Run by `meson test`:

    safetensors_peer.py PROGRAM    (tests/peers/safetensors_peer.c)"""
import json
import os
import struct
import subprocess
import sys
import tempfile

FORMAT = {"F32": "f", "F64": "d", "I64": "q", "U8": "B"}


def load(path):
    with open(path, "rb") as f:
        data = f.read()
    (n,) = struct.unpack("<Q", data[:8])
    assert n % 8 == 0 and data[8:9] == b"{", "header"
    header = json.loads(data[8 : 8 + n].decode("utf-8"))
    body = data[8 + n :]
    meta = header.pop("__metadata__", {})
    tensors, end = {}, 0
    for name, t in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        begin, stop = t["data_offsets"]
        assert begin == end, "gap or overlap"
        letter = FORMAT[t["dtype"]]
        assert begin % struct.calcsize(letter) == 0, "alignment"
        count = 1
        for d in t["shape"]:
            count *= d
        tensors[name] = (t["dtype"], t["shape"], list(struct.unpack("<%d%s" % (count, letter), body[begin:stop])))
        end = stop
    assert end == len(body), "bytes left over"
    return meta, tensors


def dump(path, meta, tensors):
    header, body = {"__metadata__": meta}, b""
    for name, (dtype, shape, values) in tensors.items():
        part = struct.pack("<%d%s" % (len(values), FORMAT[dtype]), *values)
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(body), len(body) + len(part)]}
        body += part
    text = json.dumps(header).encode("utf-8")
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + body)


META = {"greeting": 'gr\u00fc\u00df "dich"\\\n\t\x01', "empty": ""}
TENSORS = {
    "bytes": ("U8", [3], [0, 7, 255]),
    "single \u00e9": ("F32", [2, 3], [0.5, -1.25, 3.0, 1e-40, 2.0, float("inf")]),
    "scalar": ("F64", [], [0.1]),
    "whole": ("I64", [2], [-(2**63), 2**63 - 1]),
    "none": ("F64", [0, 4], []),
}
SINGLES = [struct.unpack("<f", struct.pack("<f", v))[0] for v in TENSORS["single \u00e9"][2]]
TENSORS["single \u00e9"] = ("F32", [2, 3], SINGLES)

with tempfile.TemporaryDirectory() as folder:
    ours, theirs = os.path.join(folder, "ours"), os.path.join(folder, "theirs")
    dump(theirs, META, TENSORS)
    subprocess.check_call([sys.argv[1], theirs, ours])
    meta, tensors = load(ours)
    assert meta == META, meta
    assert tensors == TENSORS, tensors
print("the same tensors and remarks came back")

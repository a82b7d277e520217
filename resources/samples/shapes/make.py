"""Makes the sample shapes from boxes, turned profiles and swept surfaces: make.py. Writes ../NAME.ENDING, each in another format."""
import json
import math
import struct
from pathlib import Path

HERE = Path(__file__).resolve().parent


class Mesh:
    """Triangles; z is up, as in ModelNet."""

    def __init__(self):
        self.points, self.faces = [], []

    def add(self, points, faces):
        first = len(self.points)
        self.points += points
        self.faces += [tuple(first + i for i in face) for face in faces]

    def box(self, x, y, z, lean=0.0):
        """A box between the given intervals; `lean` moves its top along y."""
        corners = [(a, b + (lean if c == z[1] else 0), c) for a in x for b in y for c in z]
        quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
        self.add(corners, [t for q in quads for t in ((q[0], q[1], q[2]), (q[0], q[2], q[3]))])

    def turned(self, profile, around=48):
        """A surface of revolution about z; profile: (radius, height)."""
        points = [(r * math.cos(2 * math.pi * k / around), r * math.sin(2 * math.pi * k / around), h)
                  for r, h in profile for k in range(around)]
        faces = []
        for ring in range(len(profile) - 1):
            for k in range(around):
                a, b = ring * around + k, ring * around + (k + 1) % around
                faces += [(a, b, b + around), (a, b + around, a + around)]
        self.add(points, faces)

    def grid(self, surface, rows, cols):
        """surface(u, v) over 0..1, as rows x cols cells."""
        points = [surface(i / rows, j / cols) for i in range(rows + 1) for j in range(cols + 1)]
        faces = []
        for i in range(rows):
            for j in range(cols):
                a = i * (cols + 1) + j
                faces += [(a, a + 1, a + cols + 2), (a, a + cols + 2, a + cols + 1)]
        self.add(points, faces)


def chair():
    m = Mesh()
    m.box((-0.42, 0.42), (-0.42, 0.42), (0.0, 0.08))
    for x in (-0.4, 0.32):
        for y in (-0.4, 0.32):
            m.box((x, x + 0.08), (y, y + 0.08), (-0.85, 0.0))
    for x in (-0.4, 0.32):
        m.box((x, x + 0.08), (0.33, 0.41), (0.08, 0.95), lean=0.12)
    for low in (0.3, 0.52, 0.74):
        m.box((-0.32, 0.32), (0.36 + 0.12 * low, 0.41 + 0.12 * low), (low, low + 0.14), lean=0.02)
    return m


def table():
    m = Mesh()
    m.box((-1.0, 1.0), (-0.8, 0.8), (0.86, 0.92))
    for x in (-0.95, 0.87):
        for y in (-0.75, 0.67):
            m.box((x, x + 0.08), (y, y + 0.08), (0.0, 0.86))
    return m


def bottle():
    m = Mesh()
    m.turned([(0.0, 0.0), (0.28, 0.0), (0.31, 0.04), (0.31, 1.1), (0.29, 1.22), (0.2, 1.36), (0.12, 1.46), (0.1, 1.55), (0.1, 1.85),
              (0.125, 1.86), (0.125, 1.93), (0.0, 1.93)])
    return m


def vase():
    m = Mesh()
    profile = [(0.0, 0.0)] + [(0.22 + 0.3 * math.sin(math.pi * min(1, t * 1.12)) ** 1.4 * (1 - 0.35 * t) + 0.16 * max(0, t - 0.8) / 0.2 * t, 1.5 * t)
                              for t in [k / 24 for k in range(25)]]
    m.turned(profile + [(r - 0.03, h) for r, h in profile[:0:-1]])
    return m


def airplane():
    m = Mesh()
    body = [(0.13 * math.sqrt(max(0.0, 1 - abs(2 * t - 1) ** 3.2)), 2.2 * t - 1.1) for t in [k / 40 for k in range(41)]]
    turned = Mesh()
    turned.turned(body, 32)
    m.add([(x, z, y) for x, y, z in turned.points], turned.faces)   # along y

    def wing(side, root, span, chord, sweep, height, rise, thick):
        def surface(u, v):
            taper = 1 - 0.62 * u
            along = chord * taper * (abs(2 * v - 1) - 0.5)
            up = thick * taper * (1 if v < 0.5 else -1) * math.sin(math.pi * (2 * v if v < 0.5 else 2 * v - 1))
            return (side * (0.08 + span * u), root - sweep * u + along, height + rise * u + up)
        m.grid(surface, 10, 24)
    for side in (-1, 1):
        wing(side, 0.12, 1.05, 0.48, 0.42, -0.04, 0.1, 0.03)
        wing(side, -0.92, 0.36, 0.26, 0.18, 0.03, 0.03, 0.015)
        turbine = Mesh()
        turbine.turned([(0.03, -0.16), (0.07, -0.12), (0.075, 0.12), (0.05, 0.14)], 20)
        m.add([(x + side * 0.42, z + 0.2, y - 0.13) for x, y, z in turbine.points], turbine.faces)
    m.grid(lambda u, v: (0.012 * math.sin(2 * math.pi * v), -0.9 - 0.2 * u + (0.3 * (1 - 0.5 * u)) * (abs(2 * v - 1) - 0.5), 0.05 + 0.42 * u), 8, 16)
    return m


def write_off(m, path):
    lines = ["OFF", f"{len(m.points)} {len(m.faces)} 0"]
    lines += ["%.5g %.5g %.5g" % p for p in m.points] + ["3 %d %d %d" % f for f in m.faces]
    path.write_text("\n".join(lines) + "\n")


def y_up(m):
    """As OBJ and glTF have it."""
    return [(x, z, -y) for x, y, z in m.points]


def write_obj(m, path):
    lines = ["v %.5g %.5g %.5g" % p for p in y_up(m)] + ["f %d %d %d" % tuple(i + 1 for i in f) for f in m.faces]
    path.write_text("\n".join(lines) + "\n")


def write_stl(m, path):
    out = b"\0" * 80 + struct.pack("<I", len(m.faces))
    for f in m.faces:
        out += struct.pack("<3f", 0, 0, 0) + b"".join(struct.pack("<3f", *m.points[i]) for i in f) + b"\0\0"
    path.write_bytes(out)


def write_ply(m, path):
    head = (f"ply\nformat binary_little_endian 1.0\nelement vertex {len(m.points)}\nproperty float x\nproperty float y\nproperty float z\n"
            f"element face {len(m.faces)}\nproperty list uchar int vertex_indices\nend_header\n")
    path.write_bytes(head.encode() + b"".join(struct.pack("<3f", *p) for p in m.points) +
                     b"".join(struct.pack("<B3i", 3, *f) for f in m.faces))


def write_glb(m, path):
    points = y_up(m)
    vertices = b"".join(struct.pack("<3f", *p) for p in points)
    indices = b"".join(struct.pack("<3H", *f) for f in m.faces)
    indices += b"\0" * (-len(indices) % 4)
    low, high = ([f(p[a] for p in points) for a in range(3)] for f in (min, max))
    scene = {"asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0}],
             "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
             "buffers": [{"byteLength": len(vertices) + len(indices)}],
             "bufferViews": [{"buffer": 0, "byteOffset": 0, "byteLength": len(vertices)},
                             {"buffer": 0, "byteOffset": len(vertices), "byteLength": len(indices)}],
             "accessors": [{"bufferView": 0, "componentType": 5126, "count": len(points), "type": "VEC3", "min": low, "max": high},
                           {"bufferView": 1, "componentType": 5123, "count": 3 * len(m.faces), "type": "SCALAR"}]}
    text = json.dumps(scene, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    binary = vertices + indices
    path.write_bytes(struct.pack("<4sII", b"glTF", 2, 28 + len(text) + len(binary)) + struct.pack("<I4s", len(text), b"JSON") + text +
                     struct.pack("<I4s", len(binary), b"BIN\0") + binary)


for shape, write, name in ((chair, write_off, "chair.off"), (table, write_obj, "table.obj"), (bottle, write_stl, "bottle.stl"),
                           (vase, write_glb, "vase.glb"), (airplane, write_ply, "jet.ply")):
    write(shape(), HERE.parent / name)

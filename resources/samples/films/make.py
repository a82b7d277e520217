"""Makes the sample films: a virtual camera over one of the rendered pictures, and a drawing that talks.

Needs numpy, ffmpeg and espeak-ng: make.py. Writes ../camera-moves.mp4 and ../talking-drawing.mp4.
"""
import subprocess
import tempfile
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
RATE = 25


def picture(name):
    size = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "stream=width,height", "-of", "csv=p=0", name],
                          capture_output=True, text=True, check=True).stdout.strip().split(",")
    width, height = int(size[0]), int(size[1])
    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", name, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"], capture_output=True,
                         check=True).stdout
    return np.frombuffer(raw, np.uint8).reshape(height, width, 3).astype(np.float32)


def write(path, frames, sound=None):
    height, width, _ = frames[0].shape
    command = ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", str(RATE), "-i", "-"]
    if sound:
        command += ["-i", sound, "-c:a", "aac", "-b:a", "64k"]
    command += ["-c:v", "libx264", "-crf", "27", "-preset", "slow", "-pix_fmt", "yuv420p", "-movflags", "+faststart", "-bitexact", str(path)]
    subprocess.run(command, input=b"".join(f.astype(np.uint8).tobytes() for f in frames), check=True)


def seen(image, centre, span, turn, size):
    """What a camera sees whose middle is `centre` (pixels), `span` pixels wide, turned by `turn` radians clockwise."""
    width, height = size
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    x, y = (x - width / 2) * span / width, (y - height / 2) * span / width
    c, s = np.cos(turn), np.sin(turn)
    x, y = centre[0] + c * x - s * y, centre[1] + s * x + c * y
    x, y = np.clip(x, 0, image.shape[1] - 1.001), np.clip(y, 0, image.shape[0] - 1.001)
    x0, y0 = x.astype(int), y.astype(int)
    fx, fy = (x - x0)[..., None], (y - y0)[..., None]
    top = image[y0, x0] * (1 - fx) + image[y0, x0 + 1] * fx
    return top * (1 - fy) + (image[y0 + 1, x0] * (1 - fx) + image[y0 + 1, x0 + 1] * fx) * fy


def camera_moves():
    image = picture(str(HERE.parent / "ship.jpg"))
    # Middle, width and turn of what is seen: still, pan right, zoom in, zoom out, tilt up, roll right, roll left, pan left.
    stops = [(310, 400, 470, 0), (310, 400, 470, 0), (640, 400, 470, 0), (640, 400, 250, 0), (640, 400, 470, 0), (640, 240, 470, 0),
             (640, 240, 470, 0.7), (640, 240, 470, 0), (300, 240, 470, 0)]
    frames = []
    for a, b in zip(stops, stops[1:]):
        for k in range(2 * RATE):
            t = (k + 0.5) / (2 * RATE)
            t = 0.85 * t + 0.15 * t * t * (3 - 2 * t)
            x, y, span, turn = (p + (q - p) * t for p, q in zip(a, b))
            if a[2] != b[2]:
                span = a[2] * (b[2] / a[2]) ** t   # a zoom is even in its ratio
            frames.append(seen(image, (x, y), span, turn, (384, 288)))
    write(HERE.parent / "camera-moves.mp4", frames)


def disc(canvas, x, y, rx, ry, colour, turn=0.0):
    height, width, _ = canvas.shape
    v, u = np.mgrid[0:height, 0:width]
    c, s = np.cos(turn), np.sin(turn)
    du, dv = u - x * width, v - y * width
    d = np.hypot((c * du + s * dv) / (rx * width), (c * dv - s * du) / (ry * width))
    cover = np.clip((1 - d) * min(rx, ry) * width + 0.5, 0, 1)[..., None]
    canvas += cover * (np.array(colour, np.float32) - canvas)


def face(mouth, blink, lean):
    canvas = np.empty((240, 320, 3), np.float32)
    canvas[:] = np.linspace((188, 214, 235), (226, 236, 240), 240)[:, None, :]
    disc(canvas, 0.5, 0.92, 0.34, 0.26, (70, 108, 160))
    disc(canvas, 0.5 + lean, 0.37, 0.2, 0.25, (232, 190, 160))
    disc(canvas, 0.5 + lean, 0.2, 0.205, 0.11, (92, 62, 40))
    for side in (-1, 1):
        disc(canvas, 0.5 + lean + side * 0.075, 0.34, 0.034, 0.026 * (1 - blink) + 0.002, (250, 250, 250))
        disc(canvas, 0.5 + lean + side * 0.075, 0.342, 0.014, 0.016 * (1 - blink) + 0.001, (40, 60, 80))
        disc(canvas, 0.5 + lean + side * 0.078, 0.285 - 0.01 * mouth, 0.04, 0.007, (80, 54, 36), side * 0.15)
    disc(canvas, 0.5 + lean, 0.42, 0.016, 0.03, (214, 166, 136))
    disc(canvas, 0.5 + lean, 0.51, 0.062 - 0.012 * mouth, 0.012 + 0.038 * mouth, (150, 62, 62))
    disc(canvas, 0.5 + lean, 0.512, 0.05 - 0.012 * mouth, 0.004 + 0.026 * mouth, (70, 22, 30))
    return canvas


def talking_drawing():
    with tempfile.TemporaryDirectory() as scratch:
        wav = str(Path(scratch) / "speech.wav")
        subprocess.run(["espeak-ng", "-v", "en", "-s", "150", "-w", wav,
                        "Hello. I am only a drawing. Where does the Perceiver look when I speak?"], check=True)
        raw = subprocess.run(["ffmpeg", "-v", "error", "-i", wav, "-f", "s16le", "-ar", "16000", "-ac", "1", "-"], capture_output=True,
                             check=True).stdout
        speech = np.frombuffer(raw, "<i2").astype(np.float32) / 32768
        step = 16000 // RATE
        loud = np.array([np.sqrt(np.mean(speech[i : i + step] ** 2)) for i in range(0, len(speech), step)])
        loud = np.convolve(loud / loud.max(), [0.25, 0.5, 0.25], "same")
        frames = [face(min(1.0, 1.3 * l), 1.0 if 62 <= k % 70 <= 64 else 0.0, 0.012 * np.sin(k / 11)) for k, l in enumerate(loud)]
        write(HERE.parent / "talking-drawing.mp4", frames, wav)


camera_moves()
talking_drawing()

"""Synthesises the sample sounds: additive and subtractive synthesis only, nothing recorded.

Needs numpy and ffmpeg: make.py [NAME...]   without a name: all of them. Writes ../NAME.opus.
"""
import subprocess
import sys
from pathlib import Path

import numpy as np

RATE = 48000
SECONDS = 5.0
HERE = Path(__file__).resolve().parent
T = np.arange(int(RATE * SECONDS)) / RATE


def shaped(rng, n, low, high, slope=0.0):
    """Noise between two frequencies, falling by `slope` decibels an octave."""
    spectrum = np.fft.rfft(rng.standard_normal(n))
    f = np.fft.rfftfreq(n, 1 / RATE)
    gain = ((f >= low) & (f <= high)) * np.where(f > 0, np.maximum(f, 20) / 1000, 1) ** (-slope / 6.02)
    out = np.fft.irfft(spectrum * gain, n)
    return out / np.abs(out).max()


def put(out, at, piece):
    start = int(at * RATE)
    piece = piece[: max(0, len(out) - start)]
    out[start : start + len(piece)] += piece


def bell(pitch, seconds, rng):
    """A church bell's partials: hum, prime, tierce (a minor third), quint, nominal and above."""
    t = np.arange(int(seconds * RATE)) / RATE
    partials = [(0.5, 0.6, 5.0), (1.0, 0.8, 3.5), (1.19, 0.7, 2.8), (1.5, 0.35, 2.0), (2.0, 1.0, 2.2), (2.51, 0.4, 1.2),
                (2.66, 0.35, 1.0), (3.01, 0.5, 1.0), (4.17, 0.35, 0.6), (5.43, 0.25, 0.4), (6.8, 0.15, 0.3)]
    out = np.zeros_like(t)
    for ratio, loud, life in partials:
        for detune in (-0.6, 0.6):  # two nearly equal modes beat
            out += loud * np.exp(-t / life) * np.sin(2 * np.pi * (pitch * ratio + detune) * t + rng.uniform(0, 6.28))
    clank = shaped(rng, len(t), 1500, 9000) * np.exp(-t / 0.02)
    return out * np.minimum(1, t / 0.002) + 2 * clank


def church_bells(rng):
    out = np.zeros_like(T)
    for at, pitch in ((0.0, 392), (0.85, 330), (1.7, 440), (2.45, 392), (3.3, 330), (4.1, 440)):
        put(out, at, bell(pitch, SECONDS - at, rng))
    return out


def clock_tick(rng):
    out = np.zeros_like(T)
    t = np.arange(int(0.12 * RATE)) / RATE
    for i, at in enumerate(np.arange(0.15, SECONDS - 0.1, 0.5)):
        tock = i % 2
        click = shaped(rng, len(t), 1800, 12000) * np.exp(-t / 0.0025)
        for f, loud, life in ((2300 - 500 * tock, 0.7, 0.012), (3900 - 600 * tock, 0.5, 0.008), (5600, 0.3, 0.005), (900, 0.25, 0.02)):
            click += loud * np.exp(-t / life) * np.sin(2 * np.pi * f * t)
        put(out, at, click)
        put(out, at + 0.018, 0.35 * click)  # the escapement's second, softer contact
    return out + 0.002 * shaped(rng, len(T), 100, 8000, 3)


def siren(rng):
    pitch = 950 + 420 * np.sin(2 * np.pi * T / 2.6 - 1.3)
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    out = sum(loud * np.sin(k * phase) for k, loud in ((1, 1.0), (2, 0.5), (3, 0.45), (4, 0.2), (5, 0.22), (6, 0.1)))
    street = shaped(rng, len(T), 60, 4000, 6)
    echo = np.zeros_like(out)
    put(echo, 0.11, 0.35 * out)
    put(echo, 0.23, 0.2 * out)
    return out + echo + 0.12 * street


def rain(rng):
    out = 0.35 * shaped(rng, len(T), 400, 16000, 1.5)
    t = np.arange(int(0.02 * RATE)) / RATE
    for at in rng.uniform(0, SECONDS, 900):
        f = rng.uniform(1500, 9000)
        put(out, at, rng.exponential(0.12) * np.exp(-t / rng.uniform(0.001, 0.004)) * np.sin(2 * np.pi * f * t))
    return out


def vacuum_cleaner(rng):
    motor = 2 * np.pi * np.cumsum(197 + 1.5 * np.sin(2 * np.pi * 0.4 * T)) / RATE
    out = sum(np.sin(k * motor + rng.uniform(0, 6.28)) / k**0.6 for k in range(1, 30))
    return 0.12 * out + 0.9 * shaped(rng, len(T), 120, 12000, 2.5)


def knocking(rng):
    out = np.zeros_like(T)
    t = np.arange(int(0.3 * RATE)) / RATE
    for at in (0.4, 0.68, 0.96, 2.6, 2.88, 3.16):
        knock = 0.5 * shaped(rng, len(t), 200, 5000) * np.exp(-t / 0.004)
        for f, loud, life in ((110, 1.0, 0.045), (187, 0.8, 0.035), (283, 0.6, 0.03), (451, 0.45, 0.02), (720, 0.3, 0.012)):
            knock += loud * np.exp(-t / life) * np.sin(2 * np.pi * f * rng.uniform(0.98, 1.02) * t)
        put(out, at, rng.uniform(0.8, 1) * knock)
        put(out, at + 0.03, 0.15 * knock)
    return out + 0.003 * shaped(rng, len(T), 80, 5000, 3)


def clapping(rng):
    out = np.zeros_like(T)
    t = np.arange(int(0.08 * RATE)) / RATE
    for person in range(40):
        period, first = rng.uniform(0.19, 0.32), rng.uniform(0, 0.3)
        pitch, loud = rng.uniform(700, 2200), rng.exponential(0.4) + 0.1
        for at in np.arange(first, SECONDS, period):
            burst = shaped(rng, len(t), 0.5 * pitch, 3.5 * pitch, 1) * np.exp(-t / rng.uniform(0.006, 0.012))
            put(out, max(0, at + rng.normal(0, 0.015)), loud * burst)
    return out


SOUNDS = {"door-knock": knocking, "hands-clapping": clapping, "rain": rain, "siren": siren, "ticking-clock": clock_tick,
          "vacuum-cleaner": vacuum_cleaner, "village-bells": church_bells}


def main():
    for name in sys.argv[1:] or SOUNDS:
        sound = SOUNDS[name](np.random.default_rng(7))
        samples = (sound / np.abs(sound).max() * 0.8 * 32767).astype("<i2")
        subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "s16le", "-ar", str(RATE), "-ac", "1", "-i", "-", "-c:a", "libopus",
                        "-b:a", "48k", "-bitexact", str(HERE.parent / f"{name}.opus")], input=samples.tobytes(), check=True)


main()

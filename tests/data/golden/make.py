#!/usr/bin/env python3
"""Makes the small fixtures beside it: random models with every intermediate result, in float64 numpy.

Written from the papers and from the behaviour of the reference implementations, and sharing nothing with the program,
so that the golden tests mean something where the large fixtures are not at hand. The format is that of golden_check.
Run it in this folder (it needs python3-numpy); the same numpy gives the same files.
"""
import json
import math
import os
import struct

import numpy as np


# ---- files ----

def save(path, tensors):
    """A safetensors file; float64 becomes float32."""
    names = {np.dtype(np.float32): "F32", np.dtype(np.uint8): "U8", np.dtype(np.int64): "I64"}
    header, blobs, at = {}, [], 0
    for name in sorted(tensors):
        array = np.asarray(tensors[name])
        if array.dtype == np.float64:
            array = array.astype(np.float32)
        blob = np.ascontiguousarray(array).tobytes()
        header[name] = {"dtype": names[array.dtype], "shape": list(array.shape), "data_offsets": [at, at + len(blob)]}
        blobs.append(blob)
        at += len(blob)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def write(name, kind, family, model_format, files, options, inputs, expected):
    os.makedirs(name + "/model", exist_ok=True)
    weight_files = []
    for file, content in files.items():
        if file.endswith(".json"):
            with open(f"{name}/model/{file}", "w") as out:
                json.dump(content, out, indent=1)
                out.write("\n")
        else:
            save(f"{name}/model/{file}", content)
        weight_files.append(file)
    save(name + "/inputs.safetensors", inputs)
    save(name + "/expected.safetensors", expected)

    def tolerance(tensor):
        if tensor.startswith(("tokens", "decoder_query")):
            return 1e-4, 1e-4
        return (5e-5, 1e-3) if "attention" in tensor else (3e-4, 1e-4)

    fixture = {
        "schema": 1, "name": name, "kind": kind, "family": family,
        "expected_from": "tests/data/golden/make.py, numpy, float64",
        "model": {"format": model_format, "dir": "model", "files": weight_files}, "options": options,
        "expected": {k: {"shape": list(v.shape), "atol": tolerance(k)[0], "rtol": tolerance(k)[1]} for k, v in expected.items()},
    }
    with open(name + "/fixture.json", "w") as out:
        json.dump(fixture, out, indent=1)
        out.write("\n")


class Weights(dict):
    """Random float32 weights held as float64, so that the file holds exactly what was computed with."""

    def __init__(self, seed):
        super().__init__()
        self.random = np.random.RandomState(seed)

    def normal(self, shape, scale):
        return (self.random.standard_normal(shape) * scale).astype(np.float32).astype(np.float64)

    def linear(self, name, out, inputs, bias=True):
        self[name + ".weight"] = self.normal((out, inputs), 1.5 / math.sqrt(inputs))
        if bias:
            self[name + ".bias"] = self.normal(out, 0.3)

    def norm(self, name, channels):
        self[name + ".weight"] = 1 + self.normal(channels, 0.2)
        self[name + ".bias"] = self.normal(channels, 0.2)
        self[name + ".weight"] = self[name + ".weight"].astype(np.float32).astype(np.float64)


# ---- arithmetic ----

def erf(x):
    return np.vectorize(math.erf)(x)


def gelu(x):
    return 0.5 * x * (1 + erf(x / math.sqrt(2)))


def gelu_tanh(x):
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def layer_norm(x, w, name):
    mean = x.mean(-1, keepdims=True)
    var = ((x - mean) ** 2).mean(-1, keepdims=True)
    return (x - mean) / np.sqrt(var + 1e-5) * w[name + ".weight"] + w[name + ".bias"]


def linear(x, w, name):
    y = x @ w[name + ".weight"].T
    return y + w[name + ".bias"] if name + ".bias" in w else y


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def attend(q, k, v, heads, mask=None, all_masked_reads=True):
    """q [N, F], k [M, F], v [M, V] -> [N, V], attention [heads, N, M]; channels of a head are consecutive."""
    split = lambda x: x.reshape(x.shape[0], heads, -1).transpose(1, 0, 2)
    q, k, v = split(q), split(k), split(v)
    scores = q @ k.transpose(0, 2, 1) / math.sqrt(q.shape[-1])
    if mask is not None:
        scores = np.where(mask[None, None, :] != 0, scores, -1e30)
    attention = softmax(scores)
    out = (attention @ v).transpose(1, 0, 2).reshape(q.shape[1], -1)
    if mask is not None and not mask.any() and not all_masked_reads:
        out = np.zeros_like(out)
    return out, attention


def fourier(positions, bands, resolution):
    """DeepMind's order: [raw] [sin, axis by axis] [cos, axis by axis]."""
    angle = [math.pi * positions[:, a:a + 1] * np.linspace(1, r / 2, bands)[None] for a, r in enumerate(resolution)]
    return np.concatenate([positions] + [np.sin(a) for a in angle] + [np.cos(a) for a in angle], 1)


def grid(*dims):
    axes = [np.linspace(-1, 1, n) if n > 1 else np.array([-1.0]) for n in dims]
    return np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, len(dims))


# ---- the 2021 Perceiver ----

def plain_cross(w, name, c, d, qk, v, widening):
    w.norm(name + "q_norm", d)
    w.norm(name + "kv_norm", c)
    plain_attention(w, name, c, d, qk, v, widening)


def plain_attention(w, name, c, d, qk, v, widening):
    w.linear(name + "query", qk, d)
    w.linear(name + "key", qk, c)
    w.linear(name + "value", v, c)
    w.linear(name + "output", d, v)
    w.norm(name + "mlp_norm", d)
    w.linear(name + "mlp_in", widening * d, d)
    w.linear(name + "mlp_out", d, widening * d)


def plain_step(w, name, z, x, heads, activation, mask=None):
    read, attention = attend(linear(layer_norm(z, w, name + "q_norm"), w, name + "query"), linear(x, w, name + "key"),
                             linear(x, w, name + "value"), heads, mask, all_masked_reads=False)
    z = z + linear(read, w, name + "output")
    hidden = activation(linear(layer_norm(z, w, name + "mlp_norm"), w, name + "mlp_in"))
    return z + linear(hidden, w, name + "mlp_out"), attention


def plain_2021(seed, config, tokens, masks, activation):
    """Weights and expected results for [B, M, C] tokens; cross-attend 0 its own, the others shared, one shared block."""
    w = Weights(seed)
    c, d, crosses = tokens.shape[2], config["latent_channels"], config["num_cross_attends"]
    w["latents"] = w.normal((config["num_latents"], d), 1)
    for k in range(2):
        plain_cross(w, f"cross.{k}.", c, d, config["cross_qk_channels"], config["cross_v_channels"], config["cross_widening"])
    for l in range(config["self_attends_per_block"]):
        w.norm(f"block.0.layer.{l}.q_norm", d)
        plain_attention(w, f"block.0.layer.{l}.", d, d, d, d, config["self_widening"])
    w.linear("head", config["num_classes"], d)

    expected = {"tokens": list(tokens)}
    put = lambda name, value: expected.setdefault(name, []).append(value)
    for x, mask in zip(tokens, masks):
        z = w["latents"]
        for t in range(crosses):
            name = f"cross.{min(t, 1)}."
            z, attention = plain_step(w, name, z, layer_norm(x, w, name + "kv_norm"), config["cross_heads"], activation, mask)
            put(f"cross_attention.{t}", attention)
            put(f"latents.cross.{t}", z)
            for l in range(config["self_attends_per_block"]):
                name = f"block.0.layer.{l}."
                z, _ = plain_step(w, name, z, layer_norm(z, w, name + "q_norm"), config["self_heads"], activation)
            put(f"latents.block.{t}", z)
        put("pooled", z.mean(0))
        put("logits", linear(z.mean(0), w, "head"))
    return w, {k: np.stack(v) for k, v in expected.items()}


def config_2021(**settings):
    config = {"format": "perceiver-2021", "version": 1, "num_latents": 6, "latent_channels": 12, "num_cross_attends": 3,
              "num_blocks": 3, "self_attends_per_block": 2, "arrangement": "interleaved", "share_cross_attends": "all_but_first",
              "share_blocks": True, "cross_heads": 2, "self_heads": 3, "cross_qk_channels": 10, "cross_v_channels": 14,
              "self_qk_channels": None, "self_v_channels": None, "cross_widening": 2, "self_widening": 1,
              "activation": "gelu", "layer_norm_eps": 1e-5, "num_classes": 5}
    config.update(settings)
    return config


def image_2021():
    rows, cols, bands, resolution = 5, 7, 3, [11, 9]
    position = {"type": "fourier", "num_bands": bands, "max_resolution": resolution, "concat_pos": True, "sine_only": False}
    config = config_2021(activation="gelu_tanh", input={"type": "image", "channels": 3, "position": position})
    image = Weights(1).normal((2, rows, cols, 3), 1)
    features = fourier(grid(rows, cols), bands, resolution)
    tokens = np.stack([np.concatenate([i.reshape(-1, 3), features], 1) for i in image])
    w, expected = plain_2021(2, config, tokens, [None, None], gelu_tanh)
    write("own_image", "dm_image", "dm", "perceiver-2021", {"config.json": config, "weights.safetensors": w}, {}, {"image": image},
          expected)


def points_2021():
    n, bands, resolution = 11, 4, [9, 9, 9]
    position = {"type": "fourier", "num_bands": bands, "max_resolution": resolution, "concat_pos": True, "sine_only": False}
    config = config_2021(input={"type": "points", "dims": 3, "features": 2, "position": position})
    source = Weights(3)
    points = np.tanh(source.normal((3, n, 3), 1)).astype(np.float32).astype(np.float64)
    features = source.normal((3, n, 2), 1)
    mask = np.ones((3, n), np.uint8)
    mask[1, 4:] = 0
    mask[2, :] = 0
    tokens = np.stack([np.concatenate([f, fourier(p, bands, resolution)], 1) for p, f in zip(points, features)])
    w, expected = plain_2021(4, config, tokens, mask, gelu)
    write("own_points_masked", "dm_points_masked", "dm", "perceiver-2021", {"config.json": config, "weights.safetensors": w}, {},
          {"points": points, "points_features": features, "mask": mask}, expected)


# ---- perceiver-pytorch ----

def pytorch():
    """One axis, two tied layers after an untied one, two self-attends in each, masked; all masked reads all alike."""
    n, channels, bands, top, d, latents, heads, classes, depth = 9, 2, 3, 7.0, 8, 5, 2, 4, 3
    hyper = {"format": "perceiver-pytorch", "num_freq_bands": bands, "depth": depth, "max_freq": top, "input_channels": channels,
             "input_axis": 1, "num_latents": latents, "latent_dim": d, "cross_heads": heads, "latent_heads": heads,
             "cross_dim_head": 3, "latent_dim_head": 4, "num_classes": classes, "weight_tie_layers": True,
             "fourier_encode_data": True, "self_per_cross_attn": 2, "final_classifier_head": True}
    w = Weights(5)
    data = w.normal((3, n, channels), 1)
    mask = np.ones((3, n), np.uint8)
    mask[1, ::2] = 0
    mask[2, :] = 0
    width = channels + 2 * bands + 1

    def attention(name, source, inner):
        w.linear(name + ".fn.to_q", inner, d, False)
        w.linear(name + ".fn.to_kv", 2 * inner, source, False)
        w.linear(name + ".fn.to_out", d, inner)
        w.norm(name + ".norm", d)

    def feed_forward(name):
        w.linear(name + ".fn.net.0", 8 * d, d)
        w.linear(name + ".fn.net.2", d, 4 * d)
        w.norm(name + ".norm", d)

    w["latents"] = w.normal((latents, d), 1)
    for i in range(depth):
        if i < 2:
            attention(f"layers.{i}.0", width, heads * 3)
            w.norm(f"layers.{i}.0.norm_context", width)
            feed_forward(f"layers.{i}.1")
            for j in range(2):
                attention(f"layers.{i}.2.{j}.0", d, heads * 4)
                feed_forward(f"layers.{i}.2.{j}.1")
        else:
            for name in [k for k in w if k.startswith("layers.1.")]:
                w["layers.2." + name[len("layers.1."):]] = w[name]
    w.norm("to_logits.1", d)
    w.linear("to_logits.2", classes, d)

    def step(name, z, x, seen=None):
        inner = w[name + ".fn.to_q.weight"].shape[0]
        kv = linear(x, w, name + ".fn.to_kv")
        read, a = attend(linear(layer_norm(z, w, name + ".norm"), w, name + ".fn.to_q"), kv[:, :inner], kv[:, inner:], heads, seen)
        return z + linear(read, w, name + ".fn.to_out"), a

    def mlp(name, z):
        h = linear(layer_norm(z, w, name + ".norm"), w, name + ".fn.net.0")
        x, gate = np.split(h, 2, -1)
        return z + linear(x * gelu(gate), w, name + ".fn.net.2")

    x = np.linspace(-1, 1, n)[:, None]
    angle = math.pi * x * np.linspace(1, top / 2, bands)[None]
    features = np.concatenate([np.sin(angle), np.cos(angle), x], 1)
    expected = {}
    put = lambda name, value: expected.setdefault(name, []).append(value)
    for example, seen in zip(data, mask):
        tokens = np.concatenate([example, features], 1)
        put("tokens", tokens)
        z = w["latents"]
        for i in range(depth):
            z, a = step(f"layers.{i}.0", z, layer_norm(tokens, w, f"layers.{i}.0.norm_context"), seen)
            z = mlp(f"layers.{i}.1", z)
            put(f"cross_attention.{i}", a)
            put(f"latents.cross.{i}", z)
            for j in range(2):
                z, _ = step(f"layers.{i}.2.{j}.0", z, layer_norm(z, w, f"layers.{i}.2.{j}.0.norm"))
                z = mlp(f"layers.{i}.2.{j}.1", z)
            put(f"latents.block.{i}", z)
        put("logits", linear(layer_norm(z.mean(0), w, "to_logits.1"), w, "to_logits.2"))
    write("own_pytorch_tied", "lucid_tied_masked", "lucid", "perceiver-pytorch",
          {"hyperparameters.json": hyper, "model.safetensors": w}, {}, {"data": data, "mask": mask},
          {k: np.stack(v) for k, v in expected.items()})


# ---- Hugging Face ----

def hugging_face_learned():
    """Perceiver IO with a 1x1 convolution and projected learned positions; the decoder keeps its query."""
    side, conv, pos, latents, d, heads, labels, blocks, layers = 4, 6, 5, 7, 8, 2, 3, 2, 2
    config = {"architectures": ["PerceiverForImageClassificationLearned"], "model_type": "perceiver", "num_latents": latents,
              "d_latents": d, "d_model": 2 * conv, "num_blocks": blocks, "num_self_attends_per_block": layers,
              "num_self_attention_heads": heads, "num_cross_attention_heads": 1, "hidden_act": "gelu", "image_size": side,
              "id2label": {str(i): f"label {i}" for i in range(labels)}}
    w = Weights(6)
    image = w.normal((2, 3, side, side), 1)
    p, pre = "perceiver.", "perceiver.input_preprocessor."
    w[pre + "convnet_1x1.weight"] = w.normal((conv, 3, 1, 1), 0.5)
    w[pre + "convnet_1x1.bias"] = w.normal(conv, 0.3)
    w[pre + "position_embeddings.position_embeddings"] = w.normal((side * side, pos), 1)
    w.linear(pre + "positions_projection", pos, pos)
    w[p + "embeddings.latents"] = w.normal((latents, d), 1)

    def module(name, q, c, qk, v, cross):
        w.norm(name + "attention.self.layernorm1", q)
        if cross:
            w.norm(name + "attention.self.layernorm2", c)
        w.linear(name + "attention.self.query", qk, q)
        w.linear(name + "attention.self.key", qk, c)
        w.linear(name + "attention.self.value", v, c)
        w.linear(name + "attention.output.dense", q, v)
        w.norm(name + "layernorm", q)
        w.linear(name + "mlp.dense1", q, q)
        w.linear(name + "mlp.dense2", q, q)

    def step(name, z, x, h):
        self_ = name + "attention.self."
        read, a = attend(linear(layer_norm(z, w, self_ + "layernorm1"), w, self_ + "query"), linear(x, w, self_ + "key"),
                         linear(x, w, self_ + "value"), h)
        z = z + linear(read, w, name + "attention.output.dense")
        return z + linear(gelu(linear(layer_norm(z, w, name + "layernorm"), w, name + "mlp.dense1")), w, name + "mlp.dense2"), a

    cross, decoder = p + "encoder.cross_attention.", p + "decoder.decoder.decoding_cross_attention."
    module(cross, d, conv + pos, conv + pos, conv + pos, True)
    for i in range(layers):
        module(p + f"encoder.self_attends.{i}.", d, d, d, d, False)
    module(decoder, d, d, d, d, True)
    w[p + "decoder.decoder.output_position_encodings.position_embeddings"] = w.normal((1, d), 1)
    w.linear(p + "decoder.decoder.final_layer", labels, d)

    expected = {}
    put = lambda name, value: expected.setdefault(name, []).append(value)
    positions = linear(w[pre + "position_embeddings.position_embeddings"], w, pre + "positions_projection")
    for example in image:
        pixels = example.reshape(3, -1).T
        data = pixels @ w[pre + "convnet_1x1.weight"][:, :, 0, 0].T + w[pre + "convnet_1x1.bias"]
        tokens = np.concatenate([data, positions], 1)
        put("tokens", tokens)
        z, a = step(cross, w[p + "embeddings.latents"], layer_norm(tokens, w, cross + "attention.self.layernorm2"), 1)
        put("cross_attention.0", a)
        put("latents.cross.0", z)
        for b in range(blocks):
            for i in range(layers):
                name = p + f"encoder.self_attends.{i}."
                z, _ = step(name, z, layer_norm(z, w, name + "attention.self.layernorm1"), heads)
            put(f"latents.block.{b}", z)
        query = w[p + "decoder.decoder.output_position_encodings.position_embeddings"]
        hidden, a = step(decoder, query, layer_norm(z, w, decoder + "attention.self.layernorm2"), 1)
        put("decoder_query", query)
        put("decoder_attention", a)
        put("decoder_hidden", hidden)
        put("logits", linear(hidden, w, p + "decoder.decoder.final_layer")[0])
    write("own_hf_learned", "hf_image_learned", "hf", "huggingface", {"config.json": config, "model.safetensors": w}, {},
          {"image": image}, {k: np.stack(v) for k, v in expected.items()})


if __name__ == "__main__":
    os.chdir(os.path.dirname(os.path.abspath(__file__)))
    image_2021()
    points_2021()
    pytorch()
    hugging_face_learned()

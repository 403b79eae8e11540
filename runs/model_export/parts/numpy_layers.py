"""The layers in plain NumPy, for the exported script; nothing of Backscope is needed to run them.

A table is (N, features), a sequence (N, positions, features), an image (N, channels, height, width). `p` holds the
parameters of one layer by name.
"""

import math
from collections.abc import Callable

import numpy as np

Parameters = dict[str, np.ndarray]
Function = Callable[[np.ndarray], np.ndarray]
ERF = np.vectorize(math.erf, otypes=[np.float64])


def linear(z: np.ndarray) -> np.ndarray:
    """Return z."""
    return z


def sigmoid(z: np.ndarray) -> np.ndarray:
    """Return 1/(1 + exp(-z)), which overflows nowhere."""
    return 0.5 * (1 + np.tanh(0.5 * z))


def tanh(z: np.ndarray) -> np.ndarray:
    """Return tanh z."""
    return np.tanh(z)


def softsign(z: np.ndarray) -> np.ndarray:
    """Return z/(1 + |z|)."""
    return z / (1 + np.abs(z))


def relu(z: np.ndarray) -> np.ndarray:
    """Return max(z, 0)."""
    return np.maximum(z, 0)


def leaky_relu(z: np.ndarray) -> np.ndarray:
    """Return z above 0 and 0.01 z below."""
    return np.maximum(z, 0.01 * z)


def elu(z: np.ndarray) -> np.ndarray:
    """Return z above 0 and exp z - 1 below."""
    return np.maximum(z, 0) + np.expm1(np.minimum(z, 0))


def selu(z: np.ndarray) -> np.ndarray:
    """Return the elu that keeps mean 0 and variance 1 (Klambauer et al. 2017)."""
    return 1.0507009873554805 * (np.maximum(z, 0) + 1.6732632423543772 * np.expm1(np.minimum(z, 0)))


def gelu(z: np.ndarray) -> np.ndarray:
    """Return z times the share of a normal distribution below z."""
    return (z * 0.5 * (1 + ERF(z / math.sqrt(2)))).astype(z.dtype)


def silu(z: np.ndarray) -> np.ndarray:
    """Return z·sigmoid(z)."""
    return z * sigmoid(z)


def softplus(z: np.ndarray) -> np.ndarray:
    """Return log(1 + exp z)."""
    return np.logaddexp(z, 0).astype(z.dtype)


def hard_tanh(z: np.ndarray) -> np.ndarray:
    """Return z clipped to [-1, 1]."""
    return np.clip(z, -1, 1)


def softmax(z: np.ndarray) -> np.ndarray:
    """Return exp z/Σ exp z along the last axis."""
    shares = np.exp(z - z.max(axis=-1, keepdims=True))
    return shares / shares.sum(axis=-1, keepdims=True)


def feature_axis(x: np.ndarray) -> int:
    """Return where the features stand: the channels of an image second, anything else last."""
    return 1 if x.ndim == 4 else -1


def for_each_feature(values: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return one value for each feature such that it fits x."""
    return values[:, None, None] if x.ndim == 4 else values


def flatten(x: np.ndarray) -> np.ndarray:
    """Return the numbers of each example as one vector, feature after feature."""
    first = x.swapaxes(1, 2) if x.ndim == 3 else x
    return first.reshape(len(x), -1)


def dense(x: np.ndarray, p: Parameters) -> np.ndarray:
    """Return x W + b; an image is read as one vector, a sequence position by position."""
    return (flatten(x) if x.ndim == 4 else x) @ p["W"] + p["b"]


def windows(x: np.ndarray, size: int, stride: int, dilation: int = 1) -> np.ndarray:
    """Return what a square window sees at each place of an image: (N, channels, height, width, size, size)."""
    reach = dilation * (size - 1) + 1
    seen = np.lib.stride_tricks.sliding_window_view(x, (reach, reach), axis=(2, 3))
    return seen[:, :, ::stride, ::stride, ::dilation, ::dilation]


def convolution(x: np.ndarray, p: Parameters, stride: int, padding: int, dilation: int) -> np.ndarray:
    """Return W * x + b, with W (channels in, size, size, channels out); the kernel is not mirrored."""
    sides = ((0, 0), (0, 0), (padding, padding), (padding, padding))
    seen = windows(np.pad(x, sides), p["W"].shape[1], stride, dilation)
    return np.moveaxis(np.tensordot(seen, p["W"], axes=([1, 4, 5], [0, 1, 2])) + p["b"], -1, 1)


def max_pool(x: np.ndarray, size: int, stride: int) -> np.ndarray:
    """Return the largest number in each window."""
    return windows(x, size, stride).max(axis=(-2, -1))


def average_pool(x: np.ndarray, size: int, stride: int) -> np.ndarray:
    """Return the mean of each window."""
    return windows(x, size, stride).mean(axis=(-2, -1), dtype=x.dtype)


def recurrent(x: np.ndarray, p: Parameters, activation: Function, returns: str) -> np.ndarray:
    """Return h_t = f([x_t, h_(t-1)] W + b): after the last position, or after each."""
    h = np.zeros((len(x), p["b"].size), x.dtype)
    states = []
    for t in range(x.shape[1]):
        h = activation(np.concatenate([x[:, t], h], axis=1) @ p["W"] + p["b"])
        states.append(h)
    return np.stack(states, axis=1) if returns == "all" else h


def lstm(x: np.ndarray, p: Parameters, returns: str) -> np.ndarray:
    """Return the states of an LSTM: the gates input, forget, output and the candidate stand side by side in W."""
    h = np.zeros((len(x), p["b"].size // 4), x.dtype)
    c, states = np.zeros_like(h), []
    for t in range(x.shape[1]):
        i, f, o, g = np.split(np.concatenate([x[:, t], h], axis=1) @ p["W"] + p["b"], 4, axis=1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        states.append(h)
    return np.stack(states, axis=1) if returns == "all" else h


def sinusoids(n_positions: int, n_features: int) -> np.ndarray:
    """Return sines and cosines of falling frequency that tell the positions apart (Vaswani et al. 2017)."""
    feature = np.arange(n_features)
    angle = np.arange(n_positions)[:, None] / 10000 ** (feature // 2 * 2 / n_features)
    return np.where(feature % 2 == 0, np.sin(angle), np.cos(angle))


def attention(x: np.ndarray, p: Parameters, heads: int, causal: bool, positional: bool) -> np.ndarray:
    """Return [softmax(Q Kᵀ/√d) V of each head] W_out + b_out, with Q, K, V side by side in x W + b."""
    n, n_positions, d = x.shape
    if positional:
        x = x + sinusoids(n_positions, d).astype(x.dtype)
    projected = (x @ p["W"] + p["b"]).reshape(n, n_positions, 3, heads, d // heads)
    q, k, v = np.moveaxis(projected, (2, 3), (0, 2))  # each (N, heads, positions, d/heads)
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(d // heads)
    if causal:
        scores = np.where(np.tri(n_positions, dtype=bool), scores, -np.inf)
    mixed = (softmax(scores.astype(x.dtype)) @ v).swapaxes(1, 2).reshape(n, n_positions, d)
    return mixed @ p["W_out"] + p["b_out"]


def batch_norm(x: np.ndarray, p: Parameters, epsilon: float) -> np.ndarray:
    """Return scale·(x - mean)/√(variance + ε) + shift, with the mean and variance that were met in training."""
    scale, shift, mean, variance = (for_each_feature(p[name], x) for name in ("scale", "shift", "mean", "variance"))
    return (x - mean) / np.sqrt(variance + epsilon).astype(x.dtype) * scale + shift


def layer_norm(x: np.ndarray, p: Parameters, epsilon: float) -> np.ndarray:
    """Return scale·(x - mean)/√(variance + ε) + shift, with the mean and variance over the features."""
    axis = feature_axis(x)
    centered = x - x.mean(axis=axis, keepdims=True)
    normalized = centered / np.sqrt(np.square(centered).mean(axis=axis, keepdims=True) + x.dtype.type(epsilon))
    return normalized * for_each_feature(p["scale"], x) + for_each_feature(p["shift"], x)


def dropout(x: np.ndarray) -> np.ndarray:
    """Return x: numbers are dropped in training only."""
    return x


def add(*inputs: np.ndarray) -> np.ndarray:
    """Return the sum."""
    return sum(inputs[1:], inputs[0])


def concatenate(*inputs: np.ndarray) -> np.ndarray:
    """Return the features of all inputs one after another."""
    return np.concatenate(inputs, axis=feature_axis(inputs[0]))


def embedding(x: np.ndarray, p: Parameters) -> np.ndarray:
    """Return a vector for each token 0, 1, …"""
    return np.take(p["W"], x.astype(np.intp), axis=0, mode="clip")

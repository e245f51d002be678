"""The rows of `cargo run -p nets-candle --example speed -- cuda` in PyTorch and JAX on the same GPU.

    python bench/cuda_peers.py [f64]

Milliseconds a step, per run where several are trained at once, after a warm-up. PyTorch runs eagerly with its fused Adam,
JAX compiles a scan over the steps; several runs are stacked by JAX's vmap. Random weights and data: only time is compared.
Products are of the type asked for (no TF32), but for PyTorch's convolutions, which are as it chooses by default.
"""

import sys
import time

import jax
import jax.numpy as jnp
import numpy as np
import optax
import torch
from torch import nn

double = "f64" in sys.argv
device = "cuda" if torch.cuda.is_available() else "cpu"
jax.config.update("jax_enable_x64", double)
jax.config.update("jax_default_matmul_precision", "highest")
torch.set_default_dtype(torch.float64 if double else torch.float32)
random = np.random.default_rng(1)


def draw(*shape):
    return random.uniform(-1, 1, shape).astype(np.float64 if double else np.float32)


def milliseconds(run, steps):
    """The fastest of five calls, each of `steps` steps."""
    run()
    times = []
    for _ in range(5):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times) / steps * 1e3


def torch_row(net, x, y, loss_of, steps):
    net, x, y = net.to(device), torch.tensor(x, device=device), torch.tensor(y, device=device)
    adam = torch.optim.Adam(net.parameters(), lr=1e-4, fused=True)

    def run():
        for _ in range(steps):
            adam.zero_grad()
            loss_of(net, x, y).backward()
            adam.step()
        if device == "cuda":
            torch.cuda.synchronize()

    return milliseconds(run, steps)


def jax_row(sizes, activation, x, y, replicas, steps):
    def start(_):
        return [(jnp.asarray(draw(a, b) / np.sqrt(a)), jnp.zeros(b, x.dtype)) for a, b in zip(sizes, sizes[1:])]

    def loss_of(parameters):
        h = x
        for i, (weight, bias) in enumerate(parameters):
            h = h @ weight + bias
            h = activation(h) if i + 1 < len(parameters) else h
        return jnp.mean((h - y) ** 2)

    adam = optax.adam(1e-4)

    def step(state, _):
        gradient = jax.grad(loss_of)(state[0])
        updates, moments = adam.update(gradient, state[1])
        return (optax.apply_updates(state[0], updates), moments), None

    def train(parameters):
        return jax.lax.scan(step, (parameters, adam.init(parameters)), None, length=steps)[0]

    x, y = jnp.asarray(x), jnp.asarray(y)
    many = jax.tree.map(lambda *leaves: jnp.stack(leaves), *[start(i) for i in range(replicas)])
    run = jax.jit(jax.vmap(train))
    return milliseconds(lambda: jax.block_until_ready(run(many)), steps) / replicas


def chain(sizes, activation):
    layers = [layer for a, b in zip(sizes, sizes[1:]) for layer in (nn.Linear(a, b), activation())]
    return nn.Sequential(*layers[:-1])


def images(filters, hidden):
    """Convolutions of 3 x 3 with ReLU, 0 standing for a pool, then dense layers."""
    layers, channels, size = [], 3, 32
    for f in filters:
        if f == 0:
            layers.append(nn.MaxPool2d(2))
            size //= 2
        else:
            layers += [nn.Conv2d(channels, f, 3, padding=1), nn.ReLU()]
            channels = f
    return nn.Sequential(*layers, nn.Flatten(), *chain([channels * size * size, *hidden, 10], nn.ReLU))


def squares(net, x, y):
    return (net(x) - y).square().mean()


def entropy(net, x, y):
    return nn.functional.cross_entropy(net(x), y)


def poisson(net, x, y):
    at = x.clone().requires_grad_()
    slope = torch.autograd.grad(net(at).sum(), at, create_graph=True)[0]
    second = [torch.autograd.grad(slope[:, j].sum(), at, create_graph=True)[0][:, j] for j in range(2)]
    return (sum(second) + y[:, 0]).square().mean()


def show(name, **milliseconds):
    print(f"{name:42}", *(f"{peer} {value:.5f} ms" for peer, value in milliseconds.items()), flush=True)


VGG16 = [64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0]
line, target = draw(201, 1), draw(201, 1)
for name, sizes in [("1-200x3-1 tanh, 201 points", [1, 200, 200, 200, 1]), ("1-40x2-1 tanh, 201 points", [1, 40, 40, 1])]:
    by_torch = torch_row(chain(sizes, nn.Tanh), line, target, squares, 100)
    show(name, PyTorch=by_torch, JAX=jax_row(sizes, jnp.tanh, line, target, 1, 300))
for replicas in [64, 1024]:
    by_jax = jax_row([1, 40, 40, 1], jnp.tanh, line, target, replicas, 30)
    show(f"1-40x2-1 tanh, 201 points, {replicas} replicas", JAX=by_jax)
rows, labels = draw(16_384, 512), draw(16_384, 1)
by_torch = torch_row(chain([512, 256, 256, 256, 1], nn.ReLU), rows, labels, squares, 20)
show("512-256x3-1 relu, 16384 rows", PyTorch=by_torch, JAX=jax_row([512, 256, 256, 256, 1], jax.nn.relu, rows, labels, 1, 20))
for name, net, batch in [("CNN 32, 64, dense 128, batch 128", images([32, 0, 64, 0], [128]), 128), ("VGG16, batch 64", images(VGG16, []), 64)]:
    show(name, PyTorch=torch_row(net, draw(batch, 3, 32, 32), random.integers(0, 10, batch), entropy, 20))
points = draw(2000, 2)
show("2-50x4-1 Poisson, 2000 points", PyTorch=torch_row(chain([2, 50, 50, 50, 50, 1], nn.Tanh), points, draw(2000, 1), poisson, 30))

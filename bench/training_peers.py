"""The rows of training.ts in PyTorch and JAX: reads the folder that it wrote, prints a JSON list of peers.

Both compute in the given type on all cores. JAX compiles a scan over the steps (jit, donated state), its fastest form;
PyTorch runs eagerly with its fused Adam. Burgers' residual is by the framework's own derivatives. The Laplacian of a residual is computed twice: by the framework's own derivatives
(PyTorch: gradients of gradients; JAX: the trace of a Hessian by jvp of jvp), and, marked as taught, carried forward by hand
as this package does it: value, first derivatives and the sum of second ones.
"""

import json
import math
import sys
import time
from pathlib import Path

folder = Path(sys.argv[1])
job = json.loads((folder / "job.json").read_text())
layers, steps, compared = job["spec"]["layers"], job["steps"], job["compared"]
double = job["dtype"] == "f64"

import numpy as np

kind = np.float64 if double else np.float32
arrays = {name: np.fromfile(folder / name).reshape(shape).astype(kind) for name, shape in job["shapes"].items()}
x, y = arrays.pop("x"), arrays.pop("y")


def fastest(run, count=7, budget=10):
    """Seconds of the fastest of `count` calls, fewer where they would take more than `budget` seconds together."""
    run()
    times = []
    while len(times) < count and sum(times) < budget:
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)


def network(dense, conv, relu, tanh, pool, parameters, h):
    for i, layer in enumerate(layers):
        weight, bias = parameters.get(f"layers.{i}.weight"), parameters.get(f"layers.{i}.bias")
        if layer["type"] == "dense":
            h = dense(h, weight, bias)
        elif layer["type"] == "conv2d":
            h = conv(h, weight, bias)
        elif layer["type"] == "maxPool2d":
            h = pool(h)
        elif layer["type"] == "flatten":
            h = h.reshape(h.shape[0], -1)
        else:
            h = tanh(h) if layer["fn"] == "tanh" else relu(h)
    return h


def laplacian(dense, tanh, parameters, h, first, last):
    """first: derivatives by the two inputs; last: their sum of second derivatives."""
    for i, layer in enumerate(layers):
        if layer["type"] == "dense":
            weight = parameters[f"layers.{i}.weight"]
            h = dense(h, weight, parameters[f"layers.{i}.bias"])
            first, last = [d @ weight.T for d in first], last @ weight.T
        else:
            h = tanh(h)
            slope = 1 - h * h
            squares = first[0] ** 2 + first[1] ** 2
            first, last = [slope * d for d in first], slope * last - 2 * h * slope * squares
    return last


def torch_peer(taught=False):
    import torch
    import torch.nn.functional as F

    inputs, targets = torch.tensor(x), torch.tensor(y)
    units = [torch.zeros_like(inputs) for _ in range(2)] if job["loss"] == "poisson" else []
    for j, unit in enumerate(units):
        unit[:, j] = 1
    nothing = torch.zeros_like(inputs) if units else None

    def second(parameters):
        if taught:
            return laplacian(F.linear, torch.tanh, parameters, inputs, units, nothing)
        at = inputs.clone().requires_grad_()
        u = network(F.linear, None, F.relu, torch.tanh, None, parameters, at)
        slope = torch.autograd.grad(u.sum(), at, create_graph=True)[0]
        parts = [torch.autograd.grad(slope[:, j].sum(), at, create_graph=True)[0][:, j] for j in range(2)]
        return sum(parts)[:, None]

    def burgers(parameters):
        at = inputs.clone().requires_grad_()
        u = network(F.linear, None, F.relu, torch.tanh, None, parameters, at)
        slope = torch.autograd.grad(u.sum(), at, create_graph=True)[0]
        second = torch.autograd.grad(slope[:, 0].sum(), at, create_graph=True)[0][:, 0]
        return slope[:, 1] + u[:, 0] * slope[:, 0] - 0.01 / math.pi * second

    def train(count, seen=None):
        parameters = {name: torch.tensor(value, requires_grad=True) for name, value in arrays.items()}
        adam = torch.optim.Adam(parameters.values(), lr=job["learningRate"], fused=True)
        for _ in range(count):
            adam.zero_grad()
            if job["loss"] == "poisson":
                loss = (second(parameters)[:, 0] + targets).square().mean()
            elif job["loss"] == "burgers":
                loss = burgers(parameters).square().mean()
            else:
                conv = lambda h, w, b: F.conv2d(h, w, b, padding=1)
                pool = lambda h: F.max_pool2d(h, 2)
                h = network(F.linear, conv, F.relu, torch.tanh, pool, parameters, inputs)
                loss = F.mse_loss(h[:, 0], targets) if job["loss"] == "mse" else F.cross_entropy(h, targets.long())
            loss.backward()
            adam.step()
            if seen is not None:
                seen.append(loss.item())

    losses = []
    train(min(compared, steps), losses)
    seconds = fastest(lambda: train(steps))
    name = "PyTorch, taught" if taught else "PyTorch"
    return {"name": name, "taught": taught, "losses": losses, "milliseconds": seconds / steps * 1e3}


def jax_peer(taught=False):
    import jax
    import jax.numpy as jnp
    import optax

    jax.config.update("jax_enable_x64", double)
    inputs, targets = jnp.asarray(x), jnp.asarray(y)
    dense = lambda h, w, b: h @ w.T + b
    conv = lambda h, w, b: jax.lax.conv_general_dilated(h, w, (1, 1), "SAME") + b[None, :, None, None]
    pool = lambda h: jax.lax.reduce_window(h, -jnp.inf, jax.lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID")

    def loss_of(parameters):
        if job["loss"] == "poisson":
            if taught:
                unit = lambda j: jnp.zeros_like(inputs).at[:, j].set(1)
                last = laplacian(dense, jnp.tanh, parameters, inputs, [unit(0), unit(1)], jnp.zeros_like(inputs))[:, 0]
            else:
                u = lambda p: network(dense, conv, jax.nn.relu, jnp.tanh, pool, parameters, p[None])[0, 0]
                along = lambda p, v: jax.jvp(lambda q: jax.jvp(u, (q,), (v,))[1], (p,), (v,))[1]
                last = jax.vmap(lambda p: sum(along(p, v) for v in jnp.eye(2, dtype=p.dtype)))(inputs)
            return jnp.mean((last + targets) ** 2)
        if job["loss"] == "burgers":

            def residual(p):
                u = lambda q: network(dense, conv, jax.nn.relu, jnp.tanh, pool, parameters, q[None])[0, 0]
                along = lambda q, j: jax.jvp(u, (q,), (jnp.eye(2, dtype=p.dtype)[j],))
                (value, u_x), (_, u_xx) = jax.jvp(lambda q: along(q, 0), (p,), (jnp.eye(2, dtype=p.dtype)[0],))
                return along(p, 1)[1] + value * u_x - 0.01 / jnp.pi * u_xx

            return jnp.mean(jax.vmap(residual)(inputs) ** 2)
        h = network(dense, conv, jax.nn.relu, jnp.tanh, pool, parameters, inputs)
        if job["loss"] == "mse":
            return jnp.mean((h[:, 0] - targets) ** 2)
        return optax.softmax_cross_entropy_with_integer_labels(h, targets.astype(int)).mean()

    adam = optax.adam(job["learningRate"])

    def step(state, _):
        parameters, moments = state
        loss, gradient = jax.value_and_grad(loss_of)(parameters)
        updates, moments = adam.update(gradient, moments)
        return (optax.apply_updates(parameters, updates), moments), loss

    def start():
        parameters = {name: jnp.asarray(value) for name, value in arrays.items()}
        return parameters, adam.init(parameters)

    def trained(state, count):
        return jax.lax.scan(step, state, None, length=count)

    losses = jax.jit(lambda state: trained(state, min(compared, steps))[1])(start())
    replicas = job.get("replicas")
    if replicas:
        state = start()
        noise = lambda leaf: jnp.stack([leaf * (1 + 0.01 * i) for i in range(replicas)])
        many = jax.tree.map(lambda leaf: noise(leaf) if leaf.ndim else jnp.repeat(leaf, replicas), state)
        run = jax.jit(jax.vmap(lambda state: trained(state, steps)))
        seconds = fastest(lambda: jax.block_until_ready(run(many))) / replicas
    else:
        run = jax.jit(lambda state: trained(state, steps))
        state = start()
        seconds = fastest(lambda: jax.block_until_ready(run(state)))
    name = "JAX vmap" if replicas else "JAX, taught" if taught else "JAX"
    return {"name": name, "taught": taught, "losses": np.asarray(losses).tolist(), "milliseconds": seconds / steps * 1e3}


# JAX's convolutions on a CPU take 2.2 s a step of the CNN, 40 times as long as PyTorch's: never the best peer, and not waited for.
images = any(layer["type"] == "conv2d" for layer in layers)
frameworks = [jax_peer] if job.get("replicas") else [torch_peer] if images else [torch_peer, jax_peer]
peers = []
for peer in frameworks:
    for taught in [False, True] if job["loss"] == "poisson" else [False]:
        try:
            peers.append(peer(taught))
        except ImportError as missing:
            print(missing, file=sys.stderr)
print(json.dumps(peers))

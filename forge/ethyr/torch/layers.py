"""Wrap the kernels of ethyr as layers of torch: the encoder, grouped linear layers, the score.

Shape letters: n samples of one pass, P populations, H hidden, K columns of the heads.
"""

import itertools
from collections.abc import Iterator
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from forge.ethyr import encoder, linear, products, scoring, tables
from forge.ethyr.inputs import Batch
from forge.ethyr.layout import Layout

Array = NDArray[Any]


class Weights:
    """The weights of all populations, as named tensors and as the encoder's arrays.

    Attributes:
        layout: names and shapes.
        gradients: (P, parameters); see ``collect_gradients``.
        encoder: the weights of the encoder; None if the layout lacks one of its arrays.
        encoder_gradients: gradients of the encoder, to which backward passes add.
    """

    def __init__(self, layout: Layout, populations: int, dtype: torch.dtype = torch.float32):
        self.layout = layout
        self._tensors = {
            name: torch.zeros(populations, *shape, dtype=dtype, requires_grad=True)
            for name, shape in layout.shapes.items()
        }
        for tensor in self._tensors.values():
            tensor.grad = torch.zeros_like(tensor)  # autograd adds to it in place
        self.gradients: Array = torch.zeros(populations, layout.size, dtype=dtype).numpy()
        self.encoder: tables.Encoder | None = None
        if tables.has_encoder(layout):
            sizes = populations, *tables.sizes(layout)
            self.encoder = tables.allocate(*sizes, self.gradients.dtype)
            self.encoder_gradients = tables.allocate_gradients(self.encoder)

    @property
    def num_bytes(self) -> int:
        """Count the bytes taken; ``tables.num_bytes`` computes the same beforehand."""
        named = [tensor.detach().numpy() for tensor in self._tensors.values()]
        more: list[Array] = []
        if self.encoder is not None:
            more = [*self.encoder, *self.encoder_gradients]
        total = 2 * sum(array.nbytes for array in named) + self.gradients.nbytes
        return total + sum(array.nbytes for array in more)

    def __getitem__(self, name: str) -> Tensor:
        """Give the weights with this name, (P, *shape): a leaf of the graph."""
        return self._tensors[name]

    def gradient(self, name: str) -> Tensor:
        """Give the gradient of the weights with this name, (P, *shape); backward passes add to it.

        Raises:
            ValueError: if the gradient was set to None.
        """
        gradient = self._tensors[name].grad
        if gradient is None:
            raise ValueError("a gradient was set to None: autograd adds to it in place")
        return gradient

    def load(self, model: Array) -> None:
        """Copy a model (P, parameters). Modifies self in place.

        Several Swords load their weights in turn, so nothing is copied if all numbers are equal.
        """
        if self._holds(model):
            return
        views = self.layout.views(model)
        for name, tensor in self._tensors.items():
            tensor.detach().numpy()[...] = views[name]
        if self.encoder is not None:
            tables.load(self.encoder, views)

    def _holds(self, model: Array) -> bool:
        """Tell whether the tensors hold exactly these numbers, to the bit."""
        slices = self.layout.slices
        return all(
            tables.holds(tensor.detach().numpy(), model, slices[name].start)
            for name, tensor in self._tensors.items()
        )

    def collect_gradients(self) -> Array:
        """Collect all gradients in one matrix, and reset them to 0. Modifies self in place.

        Returns:
            (P, parameters), a view, valid until the next call by any Sword.
        """
        named = {name: self.gradient(name).numpy() for name in self._tensors}
        if self.encoder is not None:
            own = {name: named.pop(name) for name in tables.fields_of(named)}
            starts = [self.layout.slices[name].start for name in own]
            tables.unload(self.encoder_gradients, own, self.gradients, starts)
        views = self.layout.views(self.gradients)
        for name, gradient in named.items():
            views[name][...] = gradient
            gradient[...] = 0
        return self.gradients


class _Encode(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, anchor: Tensor, weights: Weights, batch: Batch) -> Tensor:
        ctx.features = _run_encoder(weights, batch)
        ctx.weights, ctx.batch = weights, batch
        return torch.from_numpy(ctx.features.values)

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> Any:
        gradients = ctx.weights.encoder_gradients
        encoder.backward(gradients, ctx.batch, ctx.features, upstream.contiguous().numpy())
        return None, None, None


def _run_encoder(weights: Weights, batch: Batch) -> encoder.Encoded:
    if weights.encoder is None:
        missing = tables.missing(weights.layout)
        raise ValueError(f"these weights have no encoder: their layout lacks {', '.join(missing)}")
    hidden, dtype = weights.layout.shapes["tile_bias"][0], weights.encoder.own.dtype
    features = encoder.allocate(len(batch.order), hidden, dtype)
    encoder.forward(weights.encoder, batch, features)
    return features


def encode(weights: Weights, batch: Batch) -> Tensor:
    """Encode the samples of a batch; see forge.ethyr.encoder.

    A backward pass adds the weights' gradients to ``weights.encoder_gradients``.

    Returns:
        (n, 3 H): tile, own and others, in the order of the pass.
    """
    if not torch.is_grad_enabled():
        return torch.from_numpy(_run_encoder(weights, batch).values)
    # Autograd needs one tensor to know that a gradient is wanted.
    return _Encode.apply(weights["tile_bias"], weights, batch)  # type: ignore


class _GroupedLinear(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, bounds: list[int], rectify: bool
    ) -> Tensor:
        out = _run_groups(x, weight, bias, bounds, rectify)
        ctx.save_for_backward(x, weight, out)
        ctx.bounds, ctx.rectify = bounds, rectify
        return out

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> Any:
        x, weight, out = ctx.saved_tensors
        if ctx.rectify:
            upstream = torch.ops.aten.threshold_backward(upstream, out, 0)
        by_x, by_weight = torch.empty_like(x), torch.zeros_like(weight)
        by_bias = weight.new_zeros(len(weight), weight.shape[2])
        if len(weight) > 1:
            x_, weight_, upstream_ = _arrays(x, weight, upstream.contiguous())
            found = _arrays(by_x, by_weight, by_bias)
            products.backward(x_, weight_, upstream_, ctx.bounds, *found)
        for xs, ups, to_x, w, to_w, to_b in _groups(
            ctx.bounds, (x, upstream, by_x), (weight, by_weight, by_bias)
        ):
            torch.mm(ups, w.t(), out=to_x)
            torch.mm(xs.t(), ups, out=to_w)
            torch.sum(ups, 0, out=to_b)
        return by_x, by_weight, by_bias, None, None


def _run_groups(
    x: Tensor, weight: Tensor, bias: Tensor, bounds: list[int], rectify: bool
) -> Tensor:
    if len(weight) == 1:
        out = torch.addmm(bias[0], x, weight[0])
    else:
        out = x.new_empty(len(x), weight.shape[2])
        x_, weight_, bias_, out_ = _arrays(x.contiguous(), weight, bias, out)
        products.forward(x_, weight_, bias_, bounds, out_)
        for xs, to, w, b in _groups(bounds, (x, out), (weight, bias)):
            torch.addmm(b, xs, w, out=to)
    return out.relu_() if rectify else out


def _arrays(*tensors: Tensor) -> Iterator[Array]:
    """View tensors as arrays."""
    return (tensor.detach().numpy() for tensor in tensors)


def _groups(
    bounds: list[int], samples: tuple[Tensor, ...], weights: tuple[Tensor, ...]
) -> Iterator[tuple[Tensor, ...]]:
    """Yield the rows of each tensor and the weights, for each population left to torch.

    Of several populations these are the ones that the kernels of ``products`` do not serve.
    """
    several = len(bounds) > 2
    for p, (low, high) in enumerate(itertools.pairwise(bounds)):
        if low < high and not (several and products.serves(high - low)):
            yield (*(tensor[low:high] for tensor in samples), *(tensor[p] for tensor in weights))


def grouped_linear(
    x: Tensor, weight: Tensor, bias: Tensor, bounds: list[int], rectify: bool = False
) -> Tensor:
    """Apply to each sample the linear layer of its population: x @ W + b.

    Args:
        x: (n, I), sorted by population.
        weight: (P, I, O).
        bias: (P, O).
        bounds: P + 1 numbers; samples bounds[p] … bounds[p + 1] − 1 are p's.
        rectify: whether to return max(0, x @ W + b) instead.

    Returns:
        (n, O).
    """
    if torch.is_grad_enabled():
        return _GroupedLinear.apply(x, weight, bias, bounds, rectify)  # type: ignore
    if len(weight) == 1:
        return _run_groups(x, weight, bias, bounds, rectify)
    x_, weight_, bias_ = _arrays(x, weight, bias)
    out = torch.from_numpy(linear.grouped_linear(x_, weight_, bias_, bounds))
    return out.relu_() if rectify else out


class _Score(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, heads: Tensor, batch: Batch, *actions: Array) -> Any:
        found = scoring.score(heads.detach().numpy(), batch, *actions)
        log_prob, entropy, *slopes = (torch.from_numpy(array) for array in found)
        ctx.save_for_backward(*slopes)
        ctx.num_choices = len(actions)
        return log_prob, entropy

    @staticmethod
    def backward(ctx: Any, by_log_prob: Tensor, by_entropy: Tensor) -> Any:
        log_prob_slope, entropy_slope = ctx.saved_tensors
        by_heads = by_log_prob[:, None] * log_prob_slope
        by_heads.addcmul_(by_entropy[:, None], entropy_slope)
        return (by_heads, *[None] * (1 + ctx.num_choices))


def score(heads: Tensor, batch: Batch, *actions: Array) -> tuple[Tensor, Tensor]:
    """Find the log-probability and entropy of actions; see forge.ethyr.scoring.

    Args:
        heads: (n, K), in the order of the pass.
        batch: the samples of the pass.
        *actions: integers (N,) each, the choices of all samples of ``batch.inputs``, as in Actions.

    Returns:
        (log_prob, entropy), (n,) each, in the order of the pass.
    """
    return _Score.apply(heads, batch, *actions)  # type: ignore

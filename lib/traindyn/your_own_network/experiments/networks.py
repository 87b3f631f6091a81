"""A convolutional network and a small transformer for the digits, as anyone would write them."""

from __future__ import annotations

from typing import Literal, get_args

import torch
from jaxtyping import Float
from torch import Tensor, nn

from traindyn.system.arguments import one_of, real_number, require_kind, whole_number

Kind = Literal["convolutional", "transformer"]
KINDS: tuple[Kind, ...] = get_args(Kind)

SIDE, CLASSES = 8, 10
"""Pixels of a side of an image, and digits."""


class Convolution(nn.Conv2d):
    """A convolution without padding, as a product of matrices: many small ones take half the time.

    >>> layer, images = Convolution(2, 3, 3, stride=2), torch.randn(4, 2, 7, 7)
    >>> torch.allclose(layer(images), nn.Conv2d.forward(layer, images), atol=1e-5)
    True
    """

    def forward(self, images: Float[Tensor, "n channels side side"]) -> Float[Tensor, "n out h w"]:
        """The same as that of its base."""
        (size, _), (stride, _) = self.kernel_size, self.stride
        reach = images.shape[-1] - size + 1
        patches = torch.stack(
            [
                images[:, :, i : i + reach : stride, j : j + reach : stride]
                for i in range(size)
                for j in range(size)
            ],
            dim=2,
        )
        height = patches.shape[-1]
        rows = patches.flatten(3).flatten(1, 2).mT  # n, places, inputs of a place
        hidden = rows @ self.weight.flatten(1).mT + (0.0 if self.bias is None else self.bias)
        return hidden.mT.reshape(len(images), -1, height, height)


class ConvNet(nn.Module):
    """Two convolutions with ReLU and a linear head.

    Args:
        channels: Channels of the first convolution, 3 × 3 pixels, at least 1.
        features: Channels of the second, 3 × 3 in steps of three: four places in an image.

    Raises:
        ValueError: If a number is below 1.

    >>> ConvNet(2, 3)(torch.zeros(5, 64)).shape
    torch.Size([5, 10])
    """

    def __init__(self, channels: int = 8, features: int = 32) -> None:
        super().__init__()
        whole_number("channels", channels, 1)
        whole_number("features", features, 1)
        self.first = Convolution(1, channels, 3)
        self.second = Convolution(channels, features, 3, stride=3)
        self.head = nn.Linear(4 * features, CLASSES)

    def forward(self, images: Float[Tensor, "n 64"]) -> Float[Tensor, "n 10"]:
        """Logits of images, whose pixels stand row by row."""
        hidden = torch.relu(self.first(images.reshape(-1, 1, SIDE, SIDE)))
        hidden = torch.relu(self.second(hidden))
        return torch.as_tensor(self.head(hidden.flatten(1)))


class Transformer(nn.Module):
    """One block of a transformer without normalization; its tokens are the rows of an image.

    Args:
        width: Numbers per token, at least 1.
        hidden: ReLU units of the block's network, at least 1.

    Raises:
        ValueError: If a number is below 1.

    >>> Transformer(4, 6)(torch.zeros(5, 64)).shape
    torch.Size([5, 10])
    """

    def __init__(self, width: int = 24, hidden: int = 48) -> None:
        super().__init__()
        whole_number("width", width, 1)
        whole_number("hidden", hidden, 1)
        self.embed = nn.Linear(SIDE, width)
        self.place = nn.Parameter(torch.zeros(SIDE, width))
        self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))
        self.up, self.down = nn.Linear(width, hidden), nn.Linear(hidden, width)
        self.head = nn.Linear(width, CLASSES)

    def forward(self, images: Float[Tensor, "n 64"]) -> Float[Tensor, "n 10"]:
        """Logits of images, whose pixels stand row by row."""
        tokens = self.embed(images.reshape(-1, SIDE, SIDE)) + self.place
        scores = self.query(tokens) @ self.key(tokens).mT / tokens.shape[-1] ** 0.5
        tokens = tokens + self.out(torch.softmax(scores, dim=-1) @ self.value(tokens))
        tokens = tokens + self.down(torch.relu(self.up(tokens)))
        return torch.as_tensor(self.head(tokens.mean(dim=1)))


def make_network(kind: Kind) -> nn.Module:
    """A network of the chapter, in the single precision that torch gives it.

    Raises:
        ValueError: If ``kind`` is unknown.
    """
    one_of("kind", kind, KINDS)
    return ConvNet() if kind == "convolutional" else Transformer()


MIDDLE: dict[Kind, str] = {"convolutional": "second.weight", "transformer": "up.weight"}
"""The weight matrix in the middle of each network, whose spectrum is looked at."""


def random_copies(
    network: nn.Module, copies: int, scale: float, generator: torch.Generator
) -> dict[str, Float[Tensor, "copies ..."]]:
    r"""Starts of several copies: weights from :math:`N(0, s^2/n)` with n inputs, biases zero.

    Args:
        network: Gives names and shapes.
        copies: Number of copies, at least 1.
        scale: :math:`s`, positive.
        generator: Source of randomness.

    Raises:
        ValueError: If an argument leaves its range.
    """
    require_kind("network", network, nn.Module)
    whole_number("copies", copies, 1)
    scale = real_number("scale", scale, "(0, inf)")
    return {
        name: torch.zeros(copies, *weight.shape, dtype=weight.dtype)
        if name.endswith("bias")
        else torch.randn(copies, *weight.shape, dtype=weight.dtype, generator=generator)
        * (scale / weight[0].numel() ** 0.5)
        for name, weight in network.named_parameters()
    }

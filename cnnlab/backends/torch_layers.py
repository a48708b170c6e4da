"""What Keras computes and PyTorch has no layer for. Files of source get copies of what they use; nothing imports this.

Maps are channels first, as everywhere in PyTorch.
"""

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812  as PyTorch's documentation has it


def pair(size):
    """Return a size in both directions."""
    return size if isinstance(size, tuple) else (size, size)


def pad_same(x, kernel, stride, dilation=(1, 1), value=0.0):
    """Pad a map as Keras does for "same": if the padding is odd, one more behind the map than in front."""
    missing = []
    for side, taps, step, spread in zip(x.shape[2:], kernel, stride, dilation, strict=True):
        missing.append(max((-(-side // step) - 1) * step + (taps - 1) * spread + 1 - side, 0))
    top, left = missing[0] // 2, missing[1] // 2
    return F.pad(x, (left, missing[1] - left, top, missing[0] - top), value=value)


class Conv2d(nn.Conv2d):
    """A convolution whose padding "same" goes with any kernel and stride, as in Keras."""

    def __init__(self, *sizes, padding="valid", **settings):
        super().__init__(*sizes, **settings)
        self.same = padding == "same"

    def forward(self, x):
        if self.same:
            x = pad_same(x, self.kernel_size, self.stride, self.dilation)
        return super().forward(x)


class DepthwiseConv2d(Conv2d):
    """A convolution that filters each channel alone."""

    def __init__(self, channels, kernel, multiplier=1, **settings):
        super().__init__(channels, channels * multiplier, kernel, groups=channels, **settings)


class ConvTranspose2d(nn.ConvTranspose2d):
    """A transposed convolution whose map becomes as large as in Keras."""

    def __init__(self, channels, filters, kernel, stride=1, padding="valid", bias=True):
        more = tuple(max(step - taps, 0) for taps, step in zip(pair(kernel), pair(stride), strict=True))
        super().__init__(channels, filters, kernel, stride, output_padding=more, bias=bias)
        self.same = padding == "same"

    def forward(self, x):
        made = super().forward(x)
        if not self.same:
            return made
        rows, columns = x.shape[2] * self.stride[0], x.shape[3] * self.stride[1]
        top, left = (made.shape[2] - rows) // 2, (made.shape[3] - columns) // 2
        return made[:, :, top : top + rows, left : left + columns]


class MaxPool2d(nn.MaxPool2d):
    """Max pooling with Keras' padding "same": what lies outside the map is never the largest."""

    def __init__(self, kernel, stride=None, padding="valid"):
        super().__init__(pair(kernel), pair(stride or kernel))
        self.same = padding == "same"

    def forward(self, x):
        if self.same:
            x = pad_same(x, self.kernel_size, self.stride, value=-torch.inf)
        return super().forward(x)


class AvgPool2d(nn.AvgPool2d):
    """Average pooling with Keras' padding "same": what lies outside the map does not count."""

    def __init__(self, kernel, stride=None, padding="valid"):
        super().__init__(pair(kernel), pair(stride or kernel))
        self.same = padding == "same"

    def forward(self, x):
        if not self.same:
            return super().forward(x)
        inside = pad_same(torch.ones_like(x[:1, :1]), self.kernel_size, self.stride)
        return super().forward(pad_same(x, self.kernel_size, self.stride)) / super().forward(inside)


class GlobalAvgPool2d(nn.Module):
    """The average of each channel."""

    def __init__(self, keepdim=False):
        super().__init__()
        self.keepdim = keepdim

    def forward(self, x):
        return x.mean((2, 3), keepdim=self.keepdim)


class GlobalMaxPool2d(nn.Module):
    """The largest number of each channel."""

    def __init__(self, keepdim=False):
        super().__init__()
        self.keepdim = keepdim

    def forward(self, x):
        return x.amax((2, 3), keepdim=self.keepdim)


class BatchNorm2d(nn.BatchNorm2d):
    """Batch normalisation that may lack its scale or its shift, or be frozen together with its statistics."""

    def __init__(self, channels, scale=True, center=True, trainable=True, **settings):
        super().__init__(channels, **settings)
        self.weight = self.weight if scale else None
        self.bias = self.bias if center else None
        self.trainable = trainable
        self.requires_grad_(trainable).train()

    def train(self, mode=True):
        return super().train(mode and self.trainable)


class BatchNorm1d(nn.BatchNorm1d):
    """Batch normalisation that may lack its scale or its shift, or be frozen together with its statistics."""

    def __init__(self, units, scale=True, center=True, trainable=True, **settings):
        super().__init__(units, **settings)
        self.weight = self.weight if scale else None
        self.bias = self.bias if center else None
        self.trainable = trainable
        self.requires_grad_(trainable).train()

    def train(self, mode=True):
        return super().train(mode and self.trainable)


class GroupNorm(nn.GroupNorm):
    """Group normalisation that may lack its scale or its shift."""

    def __init__(self, groups, channels, scale=True, center=True, **settings):
        super().__init__(groups, channels, **settings)
        self.weight = self.weight if scale else None
        self.bias = self.bias if center else None


class LayerNorm(nn.LayerNorm):
    """Layer normalisation that may lack its scale or its shift."""

    def __init__(self, units, scale=True, center=True, **settings):
        super().__init__(units, **settings)
        self.weight = self.weight if scale else None
        self.bias = self.bias if center else None


class LayerNorm2d(LayerNorm):
    """Layer normalisation over the channels of each position."""

    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class Rescaling(nn.Module):
    """Multiply and add: one number, or one for each channel."""

    def __init__(self, scale, offset=0.0):
        super().__init__()
        self.register_buffer("scale", torch.tensor(scale), persistent=False)
        self.register_buffer("offset", torch.tensor(offset), persistent=False)

    def forward(self, x):
        return (x.movedim(1, -1) * self.scale + self.offset).movedim(-1, 1)


class Normalization(nn.Module):
    """Subtract a mean and divide by a deviation, both taken from the data: set them before use."""

    def __init__(self, channels):
        super().__init__()
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("variance", torch.ones(channels))
        self.register_buffer("count", torch.tensor(0))

    def forward(self, x):
        deviation = self.variance.sqrt().clamp(min=1e-7)
        return (x - self.mean[:, None, None]) / deviation[:, None, None]


class LeakyReLU(nn.LeakyReLU):
    """Keras' leaky ReLU: its slope below zero is 0.2, PyTorch's is 0.01."""

    def __init__(self):
        super().__init__(0.2)


class Softmax(nn.Softmax):
    """The softmax over the channels."""

    def __init__(self):
        super().__init__(dim=1)


class StochasticDepth(nn.Dropout):
    """Dropout of all numbers of an image, or of none."""

    def forward(self, x):
        return x * super().forward(torch.ones_like(x[:, :1, :1, :1]))


class FlattenLast(nn.Module):
    """Flatten a map with its channels last, as Keras has them."""

    def forward(self, x):
        return x.permute(0, 2, 3, 1).flatten(1)


class Reshape(nn.Module):
    """The same numbers in another shape; the shape, and the order of the numbers, have channels last."""

    def __init__(self, *shape):
        super().__init__()
        self.shape = shape

    def forward(self, x):
        x = x.permute(0, 2, 3, 1) if x.ndim == 4 else x
        x = x.reshape(-1, *self.shape)
        return x.permute(0, 3, 1, 2) if x.ndim == 4 else x

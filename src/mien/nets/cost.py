"""What a network costs."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from mien.models.info import FER2013_INPUT, InputSpec


def parameters(net: nn.Module) -> int:
    """Count the trained parameters."""
    return sum(weight.numel() for weight in net.parameters())


def macs(net: nn.Module, spec: InputSpec = FER2013_INPUT) -> int:
    """Count the multiply-accumulate operations of convolutions and dense layers for one face.

    Parameters
    ----------
    net
        The network, as `mien.nets.build` makes it.
    spec
        The input that it was built for.
    """
    total = 0

    def add(layer: nn.Module, output: torch.Tensor) -> None:
        nonlocal total
        if isinstance(layer, nn.Conv2d):
            total += output[0].numel() * layer.weight[0].numel()
        elif isinstance(layer, nn.Linear):
            total += layer.weight.numel()

    pass_once(net, add, spec)
    return total


def pass_once(
    net: nn.Module,
    note: Callable[[nn.Module, torch.Tensor], None],
    spec: InputSpec = FER2013_INPUT,
) -> None:
    """Run a network on one black face, and call back with every layer and its output.

    Parameters
    ----------
    net
        The network, as `mien.nets.build` makes it.
    note
        Called with each module after its forward pass and with its output.
    spec
        The input that the network was built for.
    """
    hooks = [
        layer.register_forward_hook(lambda layer, _, output: note(layer, output))
        for layer in net.modules()
    ]
    was_training = net.training
    try:
        with torch.inference_mode():
            net.eval()(torch.zeros(1, spec.channels, spec.height, spec.width))
    finally:
        net.train(was_training)
        for hook in hooks:
            hook.remove()

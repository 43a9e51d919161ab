"""What a network costs."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn


def parameters(net: nn.Module) -> int:
    """Count the trained numbers."""
    return sum(weight.numel() for weight in net.parameters())


def macs(net: nn.Module) -> int:
    """Count the multiply-accumulate operations of convolutions and dense layers for one face."""
    total = 0

    def add(layer: nn.Module, output: torch.Tensor) -> None:
        nonlocal total
        if isinstance(layer, nn.Conv2d):
            total += output[0].numel() * layer.weight[0].numel()
        elif isinstance(layer, nn.Linear):
            total += layer.weight.numel()

    pass_once(net, add)
    return total


def pass_once(net: nn.Module, note: Callable[[nn.Module, torch.Tensor], None]) -> None:
    """Let a black face pass, and call back with each layer that is done and its output."""
    hooks = [
        layer.register_forward_hook(lambda layer, _, output: note(layer, output))
        for layer in net.modules()
    ]
    was_training = net.training
    try:
        with torch.inference_mode():
            net.eval()(torch.zeros(1, 1, 48, 48))
    finally:
        net.train(was_training)
        for hook in hooks:
            hook.remove()

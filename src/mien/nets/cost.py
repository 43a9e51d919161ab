"""What a network costs."""

from __future__ import annotations

import torch
from torch import nn


def parameters(net: nn.Module) -> int:
    """Count the trained numbers."""
    return sum(weight.numel() for weight in net.parameters())


def macs(net: nn.Module) -> int:
    """Count the multiply-accumulate operations of convolutions and dense layers for one face."""
    total = 0

    def add(layer: nn.Module, _: tuple[torch.Tensor, ...], output: torch.Tensor) -> None:
        nonlocal total
        if isinstance(layer, nn.Conv2d):
            total += output[0].numel() * layer.weight[0].numel()
        elif isinstance(layer, nn.Linear):
            total += layer.weight.numel()

    hooks = [layer.register_forward_hook(add) for layer in net.modules()]
    was_training = net.training
    try:
        with torch.inference_mode():
            net.eval()(torch.zeros(1, 1, 48, 48))
    finally:
        net.train(was_training)
        for hook in hooks:
            hook.remove()
    return total

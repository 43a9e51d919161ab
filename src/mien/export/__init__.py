"""From a finished run to a network that anyone can use: ONNX, 8 bits, temperature, model info."""

"""ONNX: a Scan and a step in floats, a step in integers, and the LSTM node."""

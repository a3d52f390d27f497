"""Designs to and from the files of other tools: one module a format, its package imported when it is needed.

    reading: bytes to named tensors     safetensors, npz, onnx_reading, json_tensors
    named tensors to a cell             state_dicts
    writing: a design to named bytes    onnx_*, torch_net, c_*, smtlib, latex, safetensors

Nothing here opens, writes or runs a file: bytes come in and go out. No pickle is ever read.
"""

"""Designs to and from the files of other tools: one module a format, its package imported when it is needed.

    reading   bytes to named tensors (safetensors, npz, JSON, ONNX), named tensors to a cell
    writing   a design to named bytes: ONNX, safetensors, torch, C, SMT-LIB, LaTeX

Nothing here opens, writes or runs a file: bytes come in and go out. No pickle is ever read.
"""

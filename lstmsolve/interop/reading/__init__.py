"""Files of other tools to cells: bytes to tensors with exact numbers, tensors to gates and a layer."""

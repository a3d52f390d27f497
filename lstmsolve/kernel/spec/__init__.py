"""What is wanted: domains of inputs, specs, machines, and problems (a spec and the choice of a cell)."""

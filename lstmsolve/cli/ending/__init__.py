"""How a command ends: the one error boundary, the clock over all of it, Ctrl-C."""

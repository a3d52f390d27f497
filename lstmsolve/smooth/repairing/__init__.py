"""Given sigmoid and tanh weights moved until boxes prove them.

classes      runs in classes, and the steps between them
intervals    how far boxes are from being kept by every step, and the slopes of that
tuning       weights and boxes moved down these slopes, several nets at once
mending      the same until the checker accepts; then back towards where they were
"""

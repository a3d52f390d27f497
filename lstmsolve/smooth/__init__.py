"""Sigmoid and tanh cells."""

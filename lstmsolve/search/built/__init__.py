"""Weights built without a search: a unit a state (`construct`), its gates (`staircases`) and outputs (`outputs`)."""

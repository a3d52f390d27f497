"""Designs to files of other tools: each exporter takes a `Design` and returns file names with their bytes."""

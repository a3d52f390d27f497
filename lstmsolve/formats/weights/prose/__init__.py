"""Weights and families of weights as people write them: prose, LaTeX, Markdown, lines of a chat."""

"""Values as people read them, harmless for the medium that shows them.

media         the one place that escapes texts: terminal, markdown, SVG, CSV
summaries     weights in a line
regions       sets of weights as conditions
derivations   verdicts of derivations
"""

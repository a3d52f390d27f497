"""One symbolic step, its case tree, and the certificate that is made of such trees.

branching   a piecewise-affine computation run on a region: a case tree
systems     the reference machine with a cell beside it
maps        what a refinement map may be
induction   modes with a map to a certificate, or to the obligation that fails
"""

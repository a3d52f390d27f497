"""Sets of weights that keep a map.

requirements                    what weights must satisfy, given the map
simplify, components, refining  the same in fewer conditions; parts that share nothing; finer modes
regions                         all weights that keep a map
outsiders                       what is asked about weights outside of it
points, tolerance               a point in a set of weights, and the boxes around it
"""

"""BINI makes a small open language model a specialist in patent-infringement risk.

Read in this order: `make help`, a recipe, `cli`, then the room the command imports.
"""

__version__ = "0.1.0"

"""The version of Duewise, which the package's metadata are made from: a Bento runs from its sources, and has none."""

VERSION = "0.1.0"

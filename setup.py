"""Let old tools find the build; everything is declared in pyproject.toml."""

from setuptools import setup

setup()

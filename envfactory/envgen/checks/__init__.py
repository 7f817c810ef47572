"""The checks of an environment, one file each; `envgen/check.py` runs them all."""

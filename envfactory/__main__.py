"""`python -m envfactory`."""

from envfactory.cli import main

main()

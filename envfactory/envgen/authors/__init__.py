"""The roles a model plays in EnvGen: each a file with the answer's type, a prompt beside it, and one function."""

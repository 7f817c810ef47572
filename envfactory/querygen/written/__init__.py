"""Words written by a model: scenario, refinement and query, each verified by execution."""

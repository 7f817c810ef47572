from envfactory.graph.graph import ToolGraph


def confirmed(graph: ToolGraph, library: object, *, seed: int) -> ToolGraph:
    return graph

"""EnvFactory: executable, verified environments and certified tasks for tool-using agents."""

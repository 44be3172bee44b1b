"""HTTP in: thin routes, one module a resource."""

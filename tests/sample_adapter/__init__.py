"""The least that an adapter can be: three hooks and the kernels that have no default."""

"""A small library with a backend for K, written by somebody who never saw kswitch."""

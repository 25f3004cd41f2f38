"""The backend of Keras 2 on PyTorch: its loader copies these names into its K."""

from kswitch.keras2 import adapter as _adapter

globals().update(_adapter.entries("torch"))

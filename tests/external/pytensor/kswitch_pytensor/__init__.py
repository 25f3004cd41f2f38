"""The classic Keras backend API on PyTensor, the successor of Theano."""

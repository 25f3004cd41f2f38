"""The classic Keras backend API on array-api-strict, the array API standard and nothing beyond."""

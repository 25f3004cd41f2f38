"""The data that comes with the package: 1,797 real handwritten digits, for `kswitch demo`."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    Labelled = tuple[np.ndarray, np.ndarray]


def load_digits() -> tuple[Labelled, Labelled]:
    """Handwritten digits as ((train images, train labels), (test images, test labels)).

    The test set of "Optical Recognition of Handwritten Digits" by E. Alpaydin and C. Kaynak, UCI
    Machine Learning Repository, https://doi.org/10.24432/C50P49, licence CC BY 4.0.

    The split is always the same: every seventh image is for testing. In places the images follow
    one another as 0, 1, 2, ... 9, and 7 has no factor in common with 10: all digits are tested.

    Returns:
        train images: (1541, 8, 8) uint8, black pixels of 16 in a block: 0 (paper) to 16 (ink).
        train labels: (1541,) uint8, the digit: 0 to 9.
        test images: (256, 8, 8) uint8.
        test labels: (256,) uint8.
    """
    import numpy as np

    with (files(__name__) / "digits.npz").open("rb") as file, np.load(file) as arrays:
        images, labels = arrays["images"], arrays["labels"]
    test = np.arange(len(images)) % 7 == 6
    return (images[~test], labels[~test]), (images[test], labels[test])

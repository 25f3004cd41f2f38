"""Metrics of Keras 2.3 that call TensorFlow by itself: the same in functions of K."""

import functools
from typing import Any


def top_k_filter(metrics_utils: Any) -> None:
    """Keras 2.3: keeps the k largest of the last axis, the first of equal ones, without tf.nn."""
    K = metrics_utils.K

    def filter_top_k(x, k):
        a, b = K.expand_dims(x, -1), K.expand_dims(x, -2)
        classes = K.arange(K.shape(x)[-1])
        earlier = K.expand_dims(classes, -1) > K.expand_dims(classes, 0)
        before = K.cast(b > a, "int32") + K.cast(K.equal(a, b), "int32") * K.cast(earlier, "int32")
        mask = K.cast(K.sum(before, -1) < k, K.dtype(x))
        return x * mask + metrics_utils.NEG_INF * (1 - mask)

    metrics_utils.filter_top_k = filter_top_k


def top_k_metrics(metrics: Any) -> None:
    """Keras 2.3: Precision and Recall take `top_k`, which they refuse beside TensorFlow."""
    for cls in (metrics.Precision, metrics.Recall):
        cls.__init__ = _with_top_k(cls.__init__, metrics.metrics_utils)


def _with_top_k(init, metrics_utils):
    @functools.wraps(init)
    def with_top_k(self, thresholds=None, top_k=None, class_id=None, name=None, dtype=None):
        init(self, thresholds, None, class_id, name, dtype)
        self.top_k = top_k
        if top_k is not None and thresholds is None:
            self.thresholds = [metrics_utils.NEG_INF]

    return with_top_k


def mean_iou(metrics: Any) -> None:
    """Keras 2.3: MeanIoU is that of tf.keras 2 there; here it is a metric like the others."""
    K = metrics.K

    class MeanIoU(metrics.Metric):
        """Mean over classes of: common elements / elements that are of the class in either.

        Args:
            num_classes: number of classes; labels and predictions are integers below it.
            name, dtype: as for every metric.
        """

        def __init__(self, num_classes, name=None, dtype=None):
            super().__init__(name=name, dtype=dtype)
            self.num_classes = num_classes
            self.total_cm = self.add_weight(
                "total_confusion_matrix", shape=(num_classes, num_classes), initializer="zeros"
            )

        def update_state(self, y_true, y_pred, sample_weight=None):
            true, predicted = (
                K.one_hot(K.flatten(K.cast(y, "int32")), self.num_classes) for y in (y_true, y_pred)
            )
            if sample_weight is not None:
                weight = K.flatten(K.cast(sample_weight, self.dtype))
                true = true * K.expand_dims(weight, -1)
            matrix = K.dot(K.transpose(K.cast(true, self.dtype)), K.cast(predicted, self.dtype))
            return [K.update_add(self.total_cm, matrix)]

        def result(self):
            common = K.sum(self.total_cm * K.eye(self.num_classes), 0)
            either = K.sum(self.total_cm, 0) + K.sum(self.total_cm, 1) - common
            seen = K.cast(K.not_equal(either, 0), self.dtype)
            return K.sum(common / (either + (1 - seen))) / K.maximum(K.sum(seen), 1.0)

        def reset_states(self):
            K.set_value(self.total_cm, K.get_value(self.total_cm) * 0)

        def get_config(self):
            return {"num_classes": self.num_classes, **super().get_config()}

    metrics.MeanIoU = MeanIoU

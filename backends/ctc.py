"""CTC decoding on the host, for engines that have none of their own."""

import numpy as np


def decode(logits, lengths, greedy, beam_width, top_paths, merge_repeated):
    """Paths and scores of NumPy arrays; see `kswitch.ops.ctc.ctc_paths`.

    Args:
        logits: (batch, time, classes), the last class is the blank.
        lengths: (batch,).

    Returns:
        (list of int64 arrays (batch, length) padded with -1, scores).
    """
    if greedy:
        rows = [_best_classes(x[:n]) for x, n in zip(logits, lengths, strict=True)]
        found = [[path] for path, _ in rows]
        scores = np.array([[score] for _, score in rows], logits.dtype).reshape(-1, 1)
    else:
        rows = [
            _search(x[:n], beam_width, top_paths, merge_repeated)
            for x, n in zip(logits, lengths, strict=True)
        ]
        found = [[path for path, _ in row] for row in rows]
        scores = np.array([[s for _, s in row] for row in rows], logits.dtype).reshape(
            -1, top_paths
        )
    return [_padded([row[k] for row in found]) for k in range(top_paths)], scores


def _padded(paths):
    width = max((len(p) for p in paths), default=0)
    result = np.full((len(paths), width), -1, np.int64)
    for row, path in zip(result, paths, strict=True):
        row[: len(path)] = path
    return result


def _best_classes(logits):
    """The path of the best class of each step, and minus the sum of their logits."""
    blank = logits.shape[1] - 1
    best = logits.argmax(1)
    new = np.concatenate([[True], best[1:] != best[:-1]]) if len(best) else np.zeros(0, bool)
    return best[new & (best != blank)], -logits.max(1).sum() if len(best) else 0.0


def _search(logits, beam_width, top_paths, merge_repeated):
    """Prefix beam search: each prefix has the probability to end in a blank, and in its
    last label.
    """
    blank = logits.shape[1] - 1
    beams = {(): (0.0, -np.inf)}
    for row in logits.astype(np.float64):
        row = row - row.max()
        row = row - np.log(np.exp(row).sum())
        new = {}
        for prefix, (ends_blank, ends_label) in beams.items():
            total = np.logaddexp(ends_blank, ends_label)
            _add(new, prefix, total + row[blank], -np.inf)
            if prefix:
                _add(new, prefix, -np.inf, ends_label + row[prefix[-1]])
            for label in range(blank):
                before = ends_blank if prefix and prefix[-1] == label else total
                _add(new, (*prefix, label), -np.inf, before + row[label])
        kept = sorted(new.items(), key=lambda item: -np.logaddexp(*item[1]))
        beams = dict(kept[:beam_width])
    ranked = sorted(beams.items(), key=lambda item: -np.logaddexp(*item[1]))[:top_paths]
    paths = [(list(prefix), float(np.logaddexp(*score))) for prefix, score in ranked]
    paths += [([], -np.inf)] * (top_paths - len(paths))
    return [(_merged(path) if merge_repeated else path, score) for path, score in paths]


def _add(beams, prefix, ends_blank, ends_label):
    old = beams.get(prefix, (-np.inf, -np.inf))
    beams[prefix] = (np.logaddexp(old[0], ends_blank), np.logaddexp(old[1], ends_label))


def _merged(path):
    return [label for i, label in enumerate(path) if i == 0 or path[i - 1] != label]

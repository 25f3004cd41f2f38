"""Random tensors: statistics, limits, seeds, new numbers at each call."""

import math

import numpy as np
from kswitch.conformance.arrays import floats, positive
from kswitch.conformance.case import Case, Raises, program

SHAPE = (1000, 500)  # a mean is within 0.007 standard deviations, but once in a million
TRUNCATED = 0.87962566  # the standard deviation of a standard normal distribution cut at 2
CASES = []

# op -> its arguments after the shape, and the mean and standard deviation that they lead to
DISTRIBUTIONS = {
    "random_normal": [
        ({}, 0, 1),
        ({"mean": 3.0, "stddev": 0.5}, 3, 0.5),
    ],
    "random_uniform": [
        ({}, 0.5, 1 / math.sqrt(12)),
        ({"minval": -1.0, "maxval": 3.0}, 1, 4 / math.sqrt(12)),
    ],
    "random_binomial": [
        ({}, 0, 0),
        ({"p": 0.3}, 0.3, math.sqrt(0.21)),
    ],
    "truncated_normal": [
        ({}, 0, TRUNCATED),
        ({"mean": -2.0, "stddev": 3.0}, -2, 3 * TRUNCATED),
    ],
}
LIMITS = {
    "random_uniform": lambda o: (o.get("minval", 0), o.get("maxval", 1)),
    "random_binomial": lambda o: (0, 1),
    "truncated_normal": lambda o: (
        o.get("mean", 0) - 2 * o.get("stddev", 1),
        o.get("mean", 0) + 2 * o.get("stddev", 1),
    ),
}


def check(x, op, options, mean, deviation):
    assert x.shape == SHAPE
    assert x.dtype == "float32"
    wide = x.astype("float64")
    assert abs(wide.mean() - mean) <= 0.007 * deviation
    assert abs(wide.std() - deviation) <= 0.007 * deviation
    # no row or column may be like another: the numbers are independent
    assert abs(np.corrcoef(x[:-1].ravel(), x[1:].ravel())[0, 1]) < 0.05 if deviation else True
    if op in LIMITS:
        low, high = LIMITS[op](options)
        assert x.min() >= low
        assert x.max() <= high


for op, distributions in DISTRIBUTIONS.items():
    for options, mean, deviation in distributions:
        name = "-".join(options)

        @program(op, CASES, f"statistics-{name}".strip("-"))
        def statistics(K, op=op, options=options, mean=mean, deviation=deviation):
            x = getattr(K, op)(SHAPE, **options)
            check(K.eval(x), op, options, mean, deviation)
            check(K.function([], [x])([])[0], op, options, mean, deviation)
            check(K.eval(getattr(K, op)(SHAPE, seed=7, **options)), op, options, mean, deviation)

    few = {"p": 0.5} if op == "random_binomial" else {}

    @program(op, CASES)
    def static_shape_and_dtype(K, op=op):
        x = getattr(K, op)((2, 3))
        assert (K.int_shape(x), K.dtype(x)) == ((2, 3), "float32")
        for dtype in ("float16", "float64"):
            x = getattr(K, op)((2, 3), dtype=dtype)
            assert K.dtype(x) == dtype == K.eval(x).dtype.name
        K.set_floatx("float64")
        assert K.eval(getattr(K, op)((2, 3))).dtype == "float64"

    @program(op, CASES)
    def new_numbers_at_each_call(K, op=op, few=few):
        function = K.function([], [getattr(K, op)((40,), **few)])
        numbers = [tuple(function([])[0]) for _ in range(4)]
        assert len(set(numbers)) == 4
        x = getattr(K, op)((40,), **few)
        assert K.eval(x).tolist() != K.eval(x).tolist()

    @program(op, CASES)
    def a_seed_gives_the_same_sequence(K, op=op, few=few):
        def sequence(seed):
            function = K.function([], [getattr(K, op)((40,), seed=seed, **few)])
            return [function([])[0].tolist() for _ in range(3)]

        assert sequence(1337) == sequence(1337)
        assert sequence(1337) != sequence(1338)
        assert sequence(1337)[0] != sequence(1337)[1]

    @program(op, CASES)
    def two_tensors_are_independent(K, op=op, few=few):
        x, y = (getattr(K, op)((40,), **few) for _ in range(2))
        a, b = K.function([], [x, y])([])
        assert a.tolist() != b.tolist()

    @program(op, CASES)
    def one_tensor_has_one_value_in_a_call(K, op=op, few=few):
        x = getattr(K, op)((40,), **few)
        a, b, c = K.function([], [x, x + 1.0, K.identity(x)])([])
        np.testing.assert_allclose(b, a + 1, 1e-6, 1e-6)
        np.testing.assert_array_equal(c, a)

    @program(op, CASES)
    def numpys_seed_makes_it_reproducible(K, op=op, few=few):
        def first():
            np.random.seed(3)
            return K.eval(getattr(K, op)((40,), **few)).tolist()

        assert first() == first()

    @program(op, CASES)
    def shape_may_hold_sizes_of_tensors(K, op=op):
        x = K.placeholder((None, 3))
        noise = getattr(K, op)((K.shape(x)[0], 5))
        assert K.int_shape(noise) == (None, 5)
        whole = getattr(K, op)(K.shape(x))
        function = K.function([x], [noise, whole])
        for n in (2, 4):
            assert [r.shape for r in function([np.zeros((n, 3))])] == [(n, 5), (n, 3)]


@program("random_normal", CASES)
def mean_and_deviation_may_be_tensors(K):
    mean, spread = K.variable([0.0, 100.0]), K.variable(2.0)
    x = K.random_normal((500, 2), mean, spread, seed=1)
    got = K.eval(x)
    np.testing.assert_allclose(got.mean(0), [0, 100], atol=0.5)
    np.testing.assert_allclose(got.std(0), [2, 2], atol=0.3)
    g = K.eval(K.gradients(K.sum(x), [mean])[0])
    np.testing.assert_allclose(g, [500, 500])
    np.testing.assert_array_equal(K.get_value(mean), [0, 100])
    assert K.get_value(spread) == 2


@program("random_normal", CASES)
def positional_arguments(K):
    x = K.eval(K.random_normal((1000,), 5.0, 0.01, "float64", 3))
    assert x.dtype == "float64"
    assert 4.9 < x.min() < x.max() < 5.1


@program("random_uniform", CASES)
def of_integers(K):
    x = K.eval(K.random_uniform((500,), minval=2, maxval=6, dtype="int32"))
    assert x.dtype == "int32"
    assert set(x.tolist()) == {2, 3, 4, 5}


@program("random_uniform", CASES)
def the_upper_limit_is_left_out(K):
    assert K.eval(K.random_uniform((100_000,))).max() < 1


# Variables

for op, arguments, mean, deviation in (
    ("random_uniform_variable", (2.0, 4.0), 3, 2 / math.sqrt(12)),
    ("random_normal_variable", (3.0, 0.5), 3, 0.5),
):

    @program(op, CASES)
    def is_a_variable_with_these_statistics(
        K, op=op, arguments=arguments, mean=mean, deviation=deviation
    ):
        x = getattr(K, op)(SHAPE, *arguments)
        assert K.is_variable(x)
        check(K.get_value(x), op, {}, mean, deviation)
        np.testing.assert_array_equal(K.get_value(x), K.eval(x))

    @program(op, CASES)
    def options(K, op=op, arguments=arguments):
        x = getattr(K, op)((2, 3), *arguments, dtype="float64", name="init", seed=4)
        assert (K.dtype(x), K.int_shape(x)) == ("float64", (2, 3))
        assert "init" in x.name
        y = getattr(K, op)((2, 3), *arguments, dtype="float64", seed=4)
        np.testing.assert_array_equal(K.get_value(x), K.get_value(y))


# Dropout


def ones(K, *shape):
    return K.variable(np.ones(shape))


@program("dropout", CASES)
def scales_what_it_keeps(K):
    x = K.eval(K.dropout(ones(K, *SHAPE), 0.2))
    np.testing.assert_allclose(np.unique(x), [0, 1.25])
    assert abs((x == 0).mean() - 0.2) < 0.01


@program("dropout", CASES)
def level_0_keeps_all(K):
    assert (K.eval(K.dropout(ones(K, 20, 30), 0.0)) == 1).all()


@program("dropout", CASES)
def noise_shape_drops_alike(K):
    x = K.eval(K.dropout(ones(K, 30, 4, 50), 0.5, noise_shape=(30, 1, 50)))
    assert (x == x[:, :1]).all()
    assert len(np.unique(x)) == 2
    y = K.placeholder((None, 4, 50))
    for noise_shape in ((None, 1, 50), [K.shape(y)[0], 1, 50], K.stack([K.shape(y)[0], 1, 50])):
        function = K.function([y], [K.dropout(y, 0.5, noise_shape=noise_shape)])
        got = function([np.ones((30, 4, 50))])[0]
        assert (got == got[:, :1]).all()
        assert len(np.unique(got)) == 2


@program("dropout", CASES)
def a_seed_repeats_new_calls_do_not(K):
    def sequence(seed):
        function = K.function([], [K.dropout(ones(K, 40), 0.5, seed=seed)])
        return [function([])[0].tolist() for _ in range(3)]

    assert sequence(1) == sequence(1)
    numbers = sequence(None)
    assert numbers[0] != numbers[1] != numbers[2]


@program("dropout", CASES)
def gradient_is_dropped_alike(K):
    x = K.variable(positive(4, 50))
    y = K.dropout(x, 0.3)
    value, g = K.function([], [y, K.gradients(K.sum(y), [x])[0]])([])
    np.testing.assert_allclose(value, g * positive(4, 50), 1e-6)


@program("dropout", CASES)
def keeps_shape_and_dtype(K):
    x = K.placeholder((None, 3), dtype="float16")
    assert K.int_shape(K.dropout(x, 0.5)) == (None, 3)
    assert K.dtype(K.dropout(x, 0.5)) == "float16"


CASES += [
    Case("dropout", (floats(2, 3), 0.0), lambda x, level: x, id="level-0"),
    *(
        Raises("dropout", (floats(2, 3), level),
               ValueError, r"level must be in the interval \[0, 1\[",
               id=f"level{level}", native=True)
        for level in (-0.5, 1.0, 1.5)
    ),
    Raises("dropout", (floats(2, 3), 0.5, (2, 2)), ValueError, "do not broadcast",
           id="noise-shape"),
]  # fmt: skip

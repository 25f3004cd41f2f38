"""Declarations: what @op, @composite and @gradient make of a function."""

import pytest

from kswitch import declare, ops
from kswitch.declare import (
    Composite,
    DType,
    Floating,
    Index,
    Op,
    Operand,
    Plain,
    Scalar,
    Seed,
    Shape,
    Spec,
    Tensor,
    Tensors,
    composite,
    gradient,
    op,
)

OPS = [each for each in declare.OPS.values() if isinstance(each, Op)]
PUBLIC = [each for each in declare.OPS.values() if each.public]


@pytest.fixture
def declared(monkeypatch):
    """An empty register of declarations."""
    monkeypatch.setattr(declare, "OPS", {})
    return declare.OPS


def scale(x: Operand, factor: Plain = 2.0, dtype: DType = None) -> Spec:
    """x times a factor."""
    return Spec(x.shape, x.dtype)


# Ops


def test_op_is_registered_by_its_name(declared):
    assert declared.get("scale") is None
    assert op(scale) is declared["scale"]


def test_op_has_the_parameters_of_its_rule(declared):
    assert op(scale).parameters == ("x", "factor", "dtype")


def test_op_has_the_defaults_of_its_rule(declared):
    assert op(scale).defaults == {"factor": 2.0, "dtype": None}


def test_op_knows_the_kind_of_each_parameter(declared):
    assert op(scale).kinds == (Operand, Plain, DType)


def test_parameter_without_annotation_is_plain(declared):
    def bare(x, y: Tensor):
        pass

    assert op(bare).kinds == (Plain, Tensor)


@pytest.mark.parametrize(
    "kind", [Tensor, Operand, Floating, Tensors, Shape, Scalar, Index, DType, Seed]
)
def test_annotation_is_the_kind(kind, declared):
    def rule(x):
        pass

    rule.__annotations__["x"] = kind
    assert op(rule).kinds == (kind,)


def test_op_has_the_docstring_of_its_rule(declared):
    assert op(scale).doc == "x times a factor."


def test_op_is_public_unless_told(declared):
    assert op(scale).public


def test_options_of_an_op(declared):
    each = op(public=False, view=True, differentiable=False)(scale)
    assert (each.public, each.view, each.differentiable) == (False, True, False)


def test_op_with_an_operator_is_elementwise(declared):
    assert op(infix="{} ? {}")(scale).elementwise


def test_op_with_a_seed_is_random(declared):
    def noise(seed: Seed, shape: Shape):
        pass

    assert op(noise).random


def test_op_without_a_seed_is_not_random(declared):
    assert not op(scale).random


def test_repr_of_an_op(declared):
    assert repr(op(scale)) == "<op scale(x, factor, dtype)>"


def test_second_declaration_of_a_name(declared):
    op(scale)
    with pytest.raises(ValueError, match=r"<op scale\(x, factor, dtype\)> is declared twice"):
        op(scale)


# Composites


def twice(K, x, times=2, **legacy):
    """x, times."""


def test_composite_is_registered_by_its_name(declared):
    assert composite(twice) is declared["twice"]


def test_composite_leaves_out_k(declared):
    assert composite(twice).parameters == ("x", "times")


def test_composite_has_defaults(declared):
    assert composite(twice).defaults == {"times": 2}


def test_composite_knows_its_keywords(declared):
    assert composite(twice).keywords == "legacy"


def test_composite_without_keywords(declared):
    def plain(K, x):
        inside = x
        return inside

    assert composite(plain).keywords is None


def test_repr_of_a_composite(declared):
    assert repr(composite(twice)) == "<composite twice(x, times)>"


def test_op_and_composite_share_the_names(declared):
    composite(twice)

    def twice_(x: Tensor):
        pass

    twice_.__name__ = "twice"
    with pytest.raises(ValueError, match="is declared twice"):
        op(twice_)


def test_composite_can_be_private(declared):
    assert not composite(public=False)(twice).public


# Gradients


def test_rule_is_attached_to_the_named_parameters(declared):
    each = op(scale)

    @gradient(each, "x", "factor")
    def rule(K, g, y, x, factor, dtype):
        pass

    assert each.gradients == {"x": rule, "factor": rule}


def test_rule_of_an_unknown_parameter(declared):
    with pytest.raises(ValueError, match=r"<op scale\(x, factor, dtype\)> has no parameter z\."):
        gradient(op(scale), "z")


def test_rule_of_no_parameter(declared):
    with pytest.raises(ValueError, match=r"has no parameter \(none named\)\."):
        gradient(op(scale))


def test_rule_of_all_results_at_once(declared):
    each = op(scale)
    gradient(each, "*")(print)
    assert each.gradients == {"*": print}


# Specs


def test_spec_is_shape_and_dtype():
    assert Spec([None, 3], "int32") == ((None, 3), "int32")


def test_shape_of_a_spec_is_a_tuple():
    assert Spec([None, 3], "int32").shape == (None, 3)


def test_dtype_of_a_spec():
    assert Spec((), "int32").dtype == "int32"


# What is declared


@pytest.mark.parametrize("each", PUBLIC, ids=lambda each: each.name)
def test_public_function_is_documented(each):
    assert each.doc
    assert each.doc.strip()


@pytest.mark.parametrize("each", OPS, ids=lambda each: each.name)
def test_no_op_has_a_mutable_default(each):
    assert not any(isinstance(value, (list, dict, set)) for value in each.defaults.values())


@pytest.mark.parametrize("each", OPS, ids=lambda each: each.name)
def test_rules_stand_where_gradients_flow(each):
    assert each.differentiable or not each.gradients


@pytest.mark.parametrize("alias", ops.ALIASES)
def test_alias_stands_for_a_public_function(alias):
    target = ops.ALIASES[alias]
    assert target in declare.OPS
    assert declare.OPS[target].public


@pytest.mark.parametrize("each", declare.OPS.values(), ids=lambda each: each.name)
def test_declared_object_is_of_a_known_kind(each):
    assert isinstance(each, (Op, Composite))

"""Seed 004, the notebook, cell by cell: the calls verbatim, what it printed as assertions.

Adapted: random numbers are those that it printed, K.get_session() has nothing to give (In [64]),
and names in reprs count from 0.
"""
# fmt: off
# ruff: noqa: I001, PT017

# In [1]
from kswitch import backend as K
import numpy as np


def same(found, printed, tolerance=2e-6):
    """Fails unless a value is the one that the notebook printed."""
    printed = np.asarray(printed)
    assert found.shape == printed.shape, (found.shape, printed.shape)
    if printed.dtype.kind == "f":
        assert found.dtype == "float32", found.dtype
    np.testing.assert_allclose(found, printed, tolerance, 1e-8)


# In [2]
input = K.placeholder(shape=(2, 4, 5))
assert K.int_shape(input) == (2, 4, 5)
# also works:
input = K.placeholder(shape=(None, 4, 5))
assert K.int_shape(input) == (None, 4, 5)
# also works:
input = K.placeholder(ndim=3)
assert K.int_shape(input) == (None, None, None)

# In [3]
val = np.array(
    [[[0.79496233, 0.54872479, 0.08859713, 0.35435715, 0.03394271],
     [0.50680406, 0.32313895, 0.87309698, 0.89853147, 0.93612113],
     [0.31808792, 0.24273923, 0.27757798, 0.93155299, 0.4561912 ],
     [0.6233277, 0.77349137, 0.00133366, 0.01985535, 0.43858308]],
    [[0.19338747, 0.49391168, 0.6575116, 0.28903274, 0.06796342],
     [0.24399184, 0.43370948, 0.09434266, 0.6000801, 0.87372022],
     [0.48281087, 0.14385422, 0.5573031, 0.49824132, 0.56656246],
     [0.15673988, 0.35300013, 0.2813824, 0.80561722, 0.4395718 ]],
    [[0.58334764, 0.22605754, 0.30405116, 0.11582888, 0.45504755],
     [0.46195351, 0.92311736, 0.44215206, 0.4578755, 0.98691677],
     [0.1913837, 0.15435109, 0.8365811, 0.52367146, 0.85430744],
     [0.51205048, 0.76778, 0.75212, 0.00719794, 0.66528514]]])
var = K.variable(value=val)
assert "'Variable:0' shape=(3, 4, 5) dtype=float32" in repr(var), repr(var)
same(K.eval(var), val, 1e-7)
# all-zeros variable:
var = K.zeros(shape=(3, 4, 5))
same(K.eval(var), np.zeros((3, 4, 5)))
# all-ones:
var = K.ones(shape=(3, 4, 5))
same(K.eval(var), np.ones((3, 4, 5)))

scalar=K.variable(value=1)
assert scalar.shape == ()
same(K.eval(scalar), 1.0)

vec=K.variable(value=[1,2,3])
assert vec.shape == (3,)
same(K.eval(vec), [1., 2., 3.])

# In [4]
a=K.variable(value=[[1]])
b=K.variable(value=[[1]])
c=K.transpose(a)
d=K.dot(a,b)
e=K.dot(a,c)
for x in (a, b, c, d, e):
    same(K.eval(x), [[1.]])

# In [6]
assert K.epsilon() == 1e-07

# In [8]
K.set_epsilon(1e-05)
assert K.epsilon() == 1e-05
K.set_epsilon(1e-07)

# In [9]
assert K.floatx() == 'float32'

# In [10]
assert K.floatx() == 'float32'
K.set_floatx('float16')
assert K.floatx() == 'float16'

K.set_floatx('float32')

# In [12]
assert K.floatx() == 'float32'
arr = np.array([1.0, 2.0], dtype='float64')
assert arr.dtype == 'float64'
new_arr = K.cast_to_floatx(arr)
assert new_arr.dtype == 'float32'

# In [13]
assert K.image_dim_ordering() == 'tf'

# In [14]
assert K.image_dim_ordering() == 'tf'
K.set_image_dim_ordering('th')
assert K.image_dim_ordering() == 'th'
K.set_image_dim_ordering('tf')

# In [23]
first = K.get_uid('dense')
assert K.get_uid('dense') == first + 1

# In [42]
np_var = np.array([1, 2])
keras_var = K.variable(np_var)
assert K.is_keras_tensor(keras_var) is False
keras_placeholder = K.placeholder(shape=(2, 4, 5))
assert K.is_keras_tensor(keras_placeholder) is False

# In [44]
K.clear_session()
a=K.variable(value=1)
same(K.eval(a), 1.0)

# In [53], and In [52], which ran after it
K.set_learning_phase(1)
assert K.learning_phase() == 1
K.set_learning_phase(0)
assert K.learning_phase() == 0

# In [54]
a = K.placeholder((2, 2), sparse=False)
assert K.is_sparse(a) is False
b = K.placeholder((2, 2), sparse=True)
assert K.is_sparse(b) is True

# In [55]
b = K.placeholder((2, 2), sparse=True)
assert K.is_sparse(b) is True
c = K.to_dense(b)
assert K.is_sparse(c) is False

# In [60]
val = np.array([[1, 2], [3, 4]])
kvar = K.variable(value=val, dtype='float64', name='example_var')
assert "'example_var:0' shape=(2, 2) dtype=float64" in repr(kvar), repr(kvar)
assert K.eval(kvar).dtype == 'float64'
assert K.eval(kvar).tolist() == [[1., 2.], [3., 4.]]

scalar=K.variable(value=1,dtype='float32',name='scalar_var')
assert "'scalar_var:0' shape=() dtype=float32" in repr(scalar), repr(scalar)
same(K.eval(scalar), 1.0)

vec=K.variable(value=[1,2,3],dtype='float32',name='vector_var')
assert "'vector_var:0' shape=(3,) dtype=float32" in repr(vec), repr(vec)
same(K.eval(vec), [1., 2., 3.])

# In [61]
input_ph = K.placeholder(shape=(2, 4, 5))
assert "shape=(2, 4, 5)" in repr(input_ph), repr(input_ph)
assert "dtype=float32" in repr(input_ph), repr(input_ph)

# In [64]; there are no sessions, and the error says what to use instead
try:
    tf_session = K.get_session()
except RuntimeError as error:
    assert "K.eval(x)" in str(error)
    tf_session = None
val = np.array([[1, 2], [3, 4]])
kvar = K.variable(value=val)
assert K.int_shape(K.shape(kvar)) == (2,)
input = K.placeholder(shape=(2, 4, 5))
assert K.int_shape(K.shape(input)) == (3,)
assert K.shape(kvar).eval(session=tf_session).tolist() == [2, 2]
assert K.shape(input).eval(session=tf_session).tolist() == [2, 4, 5]

# In [65]
input = K.placeholder(shape=(2, 4, 5))
assert K.int_shape(input) == (2, 4, 5)
val = np.array([[1, 2], [3, 4]])
kvar = K.variable(value=val)
assert K.int_shape(kvar) == (2, 2)

# In [66]
input = K.placeholder(shape=(2, 4, 5))
val = np.array([[1, 2], [3, 4]])
kvar = K.variable(value=val)
assert K.ndim(input) == 3
assert K.ndim(kvar) == 2

# In [67]
assert K.dtype(K.placeholder(shape=(2,4,5))) == 'float32'
assert K.dtype(K.placeholder(shape=(2,4,5), dtype='float32')) == 'float32'
assert K.dtype(K.placeholder(shape=(2,4,5), dtype='float64')) == 'float64'
kvar = K.variable(np.array([[1, 2], [3, 4]]))
assert K.dtype(kvar) == 'float32'
kvar = K.variable(np.array([[1, 2], [3, 4]]), dtype='float32')
assert K.dtype(kvar) == 'float32'

# In [69]
kvar = K.variable(np.array([[1, 2], [3, 4]]), dtype='float32')
same(K.eval(kvar), [[1., 2.], [3., 4.]])

# In [71]
kvar = K.zeros((3,4))
same(K.eval(kvar), np.zeros((3, 4)))

# In [73]
kvar = K.ones((3,4))
same(K.eval(kvar), np.ones((3, 4)))

# In [74]
kvar = K.eye(3)
same(K.eval(kvar), [[1., 0., 0.], [0., 1., 0.], [0., 0., 1.]])

# In [75]
kvar = K.variable(np.random.random((2,3)))
kvar_zeros = K.zeros_like(kvar)
same(K.eval(kvar_zeros), np.zeros((2, 3)))

# In [76]
kvar = K.variable(np.random.random((2,3)))
kvar_ones = K.ones_like(kvar)
same(K.eval(kvar_ones), np.ones((2, 3)))

# In [78]
kvar = K.random_uniform_variable((2,3), 0, 1)
assert "shape=(2, 3) dtype=float32" in repr(kvar), repr(kvar)
assert ((K.eval(kvar) >= 0) & (K.eval(kvar) < 1)).all()

# In [79]
kvar = K.zeros((2,3))
assert K.count_params(kvar) == 6
same(K.eval(kvar), np.zeros((2, 3)))

# In [82]
input = K.placeholder((2, 3), dtype='float32')
new1_input=K.cast(input, dtype='float16')
new2_input = K.cast(input, dtype=np.float16)
assert [K.dtype(x) for x in (input, new1_input, new2_input)] == ['float32', 'float16', 'float16']
assert [K.int_shape(x) for x in (new1_input, new2_input)] == [(2, 3), (2, 3)]

# In [86]
x = K.placeholder(shape=(2, 3))
y = K.placeholder(shape=(3, 4))
xy = K.dot(x, y)
assert K.int_shape(xy) == (2, 4)

x = K.placeholder(shape=(32, 28, 3))
y = K.placeholder(shape=(3, 4))
xy = K.dot(x, y)
assert K.int_shape(xy) == (32, 28, 4)

# In [106]
x_batch = K.ones(shape=(32, 20, 1))
y_batch = K.ones(shape=(32, 30,20))
xy_batch_dot = K.batch_dot(x_batch, y_batch, axes=[1, 2])
assert K.int_shape(xy_batch_dot) == (32, 1, 30)

x_batch = K.ones(shape=(2,2, 1))
y_batch = K.ones(shape=(2,3, 2))
xy_batch_dot = K.batch_dot(x_batch, y_batch, axes=[1,2])
assert K.int_shape(xy_batch_dot) == (2, 1, 3)
same(K.eval(xy_batch_dot), [[[2., 2., 2.]], [[2., 2., 2.]]])

# In [107]
var = K.variable([[1, 2, 3], [4, 5, 6]])
same(K.eval(var), [[1., 2., 3.], [4., 5., 6.]])
var_transposed = K.transpose(var)
same(K.eval(var_transposed), [[1., 4.], [2., 5.], [3., 6.]])

input = K.placeholder((2, 3))
input_transposed = K.transpose(input)
assert K.int_shape(input_transposed) == (3, 2)

# In [116]
np_val=np.random.random((3,4,5))
var=K.variable(value=np_val)
indices=K.variable(value=[0,1],dtype='int32')
gather_var=K.gather(var,indices)
assert (K.int_shape(gather_var), K.dtype(gather_var)) == ((2, 4, 5), 'float32')

np_val=np.random.random((4,5))
var=K.variable(value=np_val)
indices=K.variable(value=[0,1],dtype='int32')
gather_var=K.gather(var,indices)
assert (K.int_shape(gather_var), K.dtype(gather_var)) == ((2, 5), 'float32')

# In [123]
np_val=np.array(
    [[[1.31411829e-01, 5.63953442e-01, 3.17394308e-01, 9.22746806e-01],
     [8.45743250e-03, 2.55561525e-04, 1.87091242e-01, 6.36773350e-01],
     [3.38401413e-01, 6.61877545e-01, 1.88218115e-01, 8.26177343e-01]],
    [[4.94803903e-01, 2.35665208e-01, 3.89225123e-01, 9.47078016e-01],
     [1.94513753e-01, 7.52559173e-01, 3.69761544e-01, 7.13435253e-01],
     [9.52236423e-01, 4.58220393e-01, 7.51677989e-01, 1.17848928e-01]]])
x=K.variable(value=np_val)
max_x=K.max(x)
same(K.eval(max_x), 0.9522364)
max_x=K.max(x,axis=0)
same(K.eval(max_x),
    [[0.4948039, 0.56395346, 0.38922513, 0.947078],
     [0.19451375, 0.7525592, 0.36976156, 0.71343523],
     [0.9522364, 0.6618776, 0.751678, 0.82617736]])
max_x=K.max(x,axis=1)
same(K.eval(max_x),
    [[0.3384014, 0.6618776, 0.31739432, 0.9227468],
     [0.9522364, 0.7525592, 0.751678, 0.947078]])
max_x=K.max(x,axis=2)
same(K.eval(max_x), [[0.9227468, 0.63677335, 0.82617736], [0.947078, 0.7525592, 0.9522364]])

# In [124]
np_val=np.array(
    [[[0.94847442, 0.19557186, 0.1675426, 0.90220799],
     [0.67798362, 0.45490861, 0.10340898, 0.45392399],
     [0.91264745, 0.42802316, 0.6381998, 0.08298229]],
    [[0.89808619, 0.87338439, 0.63070408, 0.07428057],
     [0.45907634, 0.21111644, 0.59305023, 0.72040462],
     [0.41785239, 0.93421643, 0.42992735, 0.16800685]]])
x=K.variable(value=np_val)
min_x=K.min(x)
same(K.eval(min_x), 0.074280575)
min_x=K.min(x,axis=0)
same(K.eval(min_x),
    [[0.8980862, 0.19557185, 0.1675426, 0.07428057],
     [0.45907634, 0.21111645, 0.10340898, 0.453924],
     [0.4178524, 0.42802316, 0.42992735, 0.08298229]])
min_x=K.min(x,axis=1)
same(K.eval(min_x),
    [[0.67798364, 0.19557185, 0.10340898, 0.08298229],
     [0.4178524, 0.21111645, 0.42992735, 0.07428057]])
min_x=K.min(x,axis=2)
same(K.eval(min_x), [[0.1675426, 0.10340898, 0.08298229], [0.07428057, 0.21111645, 0.16800685]])

# In [125]
np_val=np.array(
    [[[0.17712808, 0.96672699, 0.18601349, 0.96360343],
     [0.90528473, 0.59740785, 0.05772159, 0.41617274],
     [0.6886427, 0.41530343, 0.26504028, 0.12073365]],
    [[0.30981784, 0.1741021, 0.17489191, 0.71479188],
     [0.30590318, 0.58069403, 0.88076418, 0.0220839],
     [0.99017032, 0.97092972, 0.78773541, 0.88923502]]])
x=K.variable(value=np_val)
sum_x=K.sum(x)
same(K.eval(sum_x), 12.560899)
sum_x=K.sum(x,axis=0)
same(K.eval(sum_x),
    [[0.48694593, 1.1408291, 0.3609054, 1.6783953],
     [1.2111878, 1.1781019, 0.93848574, 0.43825665],
     [1.678813, 1.3862332, 1.0527756, 1.0099686]])
sum_x=K.sum(x,axis=1)
same(K.eval(sum_x),
    [[1.7710555, 1.9794383, 0.50877535, 1.5005099],
     [1.6058912, 1.7257259, 1.8433914, 1.6261108]])
sum_x=K.sum(x,axis=2)
same(K.eval(sum_x), [[2.293472, 1.9765869, 1.48972], [1.3736038, 1.7894453, 3.6380706]])

# In [126]
np_val=np.array(
    [[[0.34574024, 0.66155685, 0.38360644, 0.26711819],
     [0.67762723, 0.20639704, 0.4490393, 0.89007383],
     [0.71654525, 0.29003523, 0.72316524, 0.57168247]],
    [[0.09039276, 0.82544141, 0.68799535, 0.25255285],
     [0.44146853, 0.47313552, 0.48685166, 0.19368599],
     [0.05247178, 0.80529524, 0.8618623, 0.81355364]]])
x=K.variable(value=np_val)
prod_x=K.prod(x)
same(K.eval(prod_x), 8.5161e-10)
prod_x=K.prod(x,axis=0)
same(K.eval(prod_x),
    [[0.03125241, 0.5460764, 0.26391944, 0.06746146],
     [0.2991511, 0.09765378, 0.21861553, 0.17239483],
     [0.0375984, 0.233564, 0.62326884, 0.46509433]])
prod_x=K.prod(x,axis=1)
same(K.eval(prod_x),
    [[0.16787435, 0.03960239, 0.12456837, 0.13592032],
     [0.00209392, 0.31450456, 0.28868225, 0.03979575]])
prod_x=K.prod(x,axis=2)
same(K.eval(prod_x), [[0.02343724, 0.05589909, 0.08591852], [0.01296456, 0.0196961, 0.02962818]])

# In [127]
np_val=np.array(
    [[[0.35284558, 0.88251151, 0.31220217, 0.10453733],
     [0.24418881, 0.94908085, 0.1567528, 0.19312555],
     [0.87341624, 0.20491909, 0.0999985, 0.56485595]],
    [[0.62442646, 0.02635919, 0.71567655, 0.95794761],
     [0.23131146, 0.78751582, 0.31638346, 0.54967745],
     [0.23266986, 0.06654846, 0.86820463, 0.32407783]]])
x=K.variable(value=np_val)
var_x=K.var(x)
same(K.eval(var_x), 0.09438578)
var_x=K.var(x,axis=0)
same(K.eval(var_x),
    [[1.8439047e-02, 1.8324919e-01, 4.0697888e-02, 1.8207727e-01],
     [4.1456602e-05, 6.5258127e-03, 6.3704867e-03, 3.1782310e-02],
     [1.0263898e-01, 4.7866078e-03, 1.4753518e-01, 1.4493522e-02]])
var_x=K.var(x,axis=1)
same(K.eval(var_x),
    [[0.07541414, 0.11303774, 0.00804622, 0.0397694],
     [0.03422384, 0.12230762, 0.05413405, 0.06881896]])
var_x=K.var(x,axis=2)
same(K.eval(var_x), [[0.08234225, 0.10673127, 0.09355801], [0.11743488, 0.04693227, 0.09030651]])

# In [128]
np_val=np.array(
    [[[0.05977404, 0.20152378, 0.52515561, 0.481173],
     [0.77147087, 0.20253868, 0.30459003, 0.17935439],
     [0.96887069, 0.92178327, 0.70491862, 0.62311386]],
    [[0.81551875, 0.63817568, 0.50782808, 0.55483277],
     [0.18868109, 0.50049538, 0.97294642, 0.52714189],
     [0.27565026, 0.93928177, 0.74023229, 0.64846093]]])
x=K.variable(value=np_val)
std_x=K.std(x)
same(K.eval(std_x), 0.2694572)
std_x=K.std(x,axis=0)
same(K.eval(std_x),
    [[0.37787238, 0.21832594, 0.00866377, 0.03682987],
     [0.2913949, 0.14897834, 0.33417818, 0.17389373],
     [0.34661022, 0.00874925, 0.01765683, 0.01267353]])
std_x=K.std(x,axis=1)
same(K.eval(std_x),
    [[0.3904322, 0.33929458, 0.16371618, 0.18504177],
     [0.27727783, 0.18322852, 0.1898838, 0.05190947]])
std_x=K.std(x,axis=2)
same(K.eval(std_x), [[0.19350804, 0.2396481, 0.14455998], [0.11732095, 0.27945456, 0.24081248]])

# In [129]
np_val=np.array(
    [[[0.93956801, 0.37005287, 0.23761147, 0.97642838],
     [0.96089167, 0.95410779, 0.32678373, 0.01124815],
     [0.43376105, 0.34766343, 0.71113554, 0.79964745]],
    [[0.22695161, 0.75725425, 0.22871023, 0.80702581],
     [0.43823239, 0.56308911, 0.11457299, 0.89704138],
     [0.28099254, 0.99503055, 0.89045146, 0.86791718]]])
x=K.variable(value=np_val)
mean_x=K.mean(x)
same(K.eval(mean_x), 0.5890071)
mean_x=K.mean(x,axis=0)
same(K.eval(mean_x),
    [[0.5832598, 0.5636536, 0.23316085, 0.8917271],
     [0.699562, 0.75859845, 0.22067836, 0.45414478],
     [0.3573768, 0.67134696, 0.8007935, 0.8337823]])
mean_x=K.mean(x,axis=1)
same(K.eval(mean_x),
    [[0.7780736, 0.55727464, 0.42517695, 0.59577465],
     [0.31539217, 0.7717913, 0.4112449, 0.8573281]])
mean_x=K.mean(x,axis=2)
same(K.eval(mean_x), [[0.63091516, 0.5632578, 0.5730519], [0.50498545, 0.50323397, 0.75859797]])

# In [136]
np_val=np.array(
    [[[1, 1, 0, 1],
     [1, 1, 1, 1],
     [1, 0, 1, 0]],
    [[1, 1, 0, 1],
     [1, 2, 2, 2],
     [1, 0, 2, 0]]])
x=K.variable(value=np_val)
any_x=K.any(x)
same(K.eval(any_x), True)
any_x=K.any(x,axis=0)
same(K.eval(any_x),
    [[True, True, False, True],
     [True, True, True, True],
     [True, False, True, False]])
any_x=K.any(x,axis=1)
same(K.eval(any_x), [[True, True, True, True], [True, True, True, True]])
any_x=K.any(x,axis=2)
same(K.eval(any_x), [[True, True, True], [True, True, True]])

# In [137]
np_val=np.array(
    [[[0, 2, 1, 2],
     [2, 2, 1, 2],
     [0, 1, 0, 2]],
    [[2, 0, 0, 1],
     [1, 0, 0, 2],
     [0, 0, 1, 0]]])
x=K.variable(value=np_val)
all_x=K.all(x)
same(K.eval(all_x), False)
all_x=K.all(x,axis=0)
same(K.eval(all_x),
    [[False, False, False, True],
     [True, False, False, True],
     [False, False, False, False]])
all_x=K.all(x,axis=1)
same(K.eval(all_x), [[False, True, False, True], [False, False, False, False]])
all_x=K.all(x,axis=2)
same(K.eval(all_x), [[False, True, False], [False, False, False]])

# In [138]
np_val=np.array(
    [[[2, 1, 0, 2],
     [1, 2, 2, 0],
     [0, 2, 0, 2]],
    [[0, 0, 0, 2],
     [0, 2, 1, 0],
     [0, 2, 0, 0]]])
x=K.variable(value=np_val)
argmax_x=K.argmax(x)
same(K.eval(argmax_x), [[0, 1, 1], [3, 1, 1]])
argmax_x=K.argmax(x,axis=0)
same(K.eval(argmax_x), [[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]])
argmax_x=K.argmax(x,axis=1)
same(K.eval(argmax_x), [[0, 1, 1, 0], [0, 1, 1, 0]])
argmax_x=K.argmax(x,axis=2)
same(K.eval(argmax_x), [[0, 1, 1], [3, 1, 1]])

# In [144]
feats_val=np.random.random((2,3,4,5))
feats=K.variable(value=feats_val)
grid_shape = K.shape(feats)[1:3] # height, width
grid_y = K.tile(K.reshape(K.arange(0, stop=grid_shape[0]), [-1, 1, 1, 1]),[1, grid_shape[1], 1, 1])
grid_x = K.tile(K.reshape(K.arange(0, stop=grid_shape[1]), [1, -1, 1, 1]),[grid_shape[0], 1, 1, 1])
grid = K.concatenate([grid_x, grid_y])
grid = K.cast(grid, K.dtype(feats))
assert [K.dtype(x) for x in (grid_y, grid_x, grid)] == ['int32', 'int32', 'float32']
assert K.eval(grid_y).tolist() == [[[[y]]] * 4 for y in (0, 1, 2)]
assert K.eval(grid_x).tolist() == [[[[x]] for x in (0, 1, 2, 3)]] * 3
assert K.eval(grid).tolist() == [[[[float(x), float(y)]] for x in (0, 1, 2, 3)] for y in (0, 1, 2)]

"""Kernels: arrays in, arrays out; no objects, no strings, no globals. They import numpy, numba and the generator, and nothing else of
the model."""

from numba import njit, types

from sim.kernels.parts import PartCompiler, WholeCompiler


def kernel(function):
    """Decorator of a kernel that makes no arrays of its own (one that does takes `njit` instead).

    Without Numba's reference counts: their callers hold the arrays anyway, and to count them up and down at every call, thread against
    thread, took longer than what most of these functions do (a call with some thirty arrays: 0.8 µs, without counts 0.05 µs).
    """
    return for_any_number(njit(pipeline_class=WholeCompiler, cache=True, _nrt=False)(function))


def inner(function):
    """Decorator of a kernel that only other kernels call; from Python it raises TypeError (tests find a way in: `conftest.entrance`).

    Nothing is compiled that would take its arguments apart: for the hundred arrays of a street that took longer than the function itself.
    """
    return _part(function)


def inlined(function):
    """Decorator of an inner kernel that the compiler must copy into what calls it, since a call hands over every array anew, and not only
    where it thinks that this pays. For loops that run in parallel: Numba compiles these apart, as no `Whole`."""
    return _part(function, forceinline=True)


def _part(function, **options):
    made = njit(pipeline_class=PartCompiler, _nrt=False, no_cfunc_wrapper=True, no_cpython_wrapper=True, **options)(function)

    def refuse(*_, **__):
        raise TypeError(f"{function.__name__}() is part of other kernels and cannot be called from Python")

    made._insert, made._compile_for_args = (lambda *_, **__: None), refuse  # else such a call would end in memory that is not there
    return for_any_number(made)


def for_any_number(made):
    """A compiled function that is compiled once for all whole numbers that stand where it is called, not once for each of them: a tenth of
    the time that compiling takes."""
    template = made.get_call_template

    def without_literals(args, kws):
        return template(tuple(types.unliteral(kind) for kind in args), {name: types.unliteral(kind) for name, kind in kws.items()})

    made.get_call_template = without_literals
    return made

"""How Numba compiles kernels that are made of parts.

Numba would optimise every part by itself, with all that it calls, make machine code of it and keep that, then do it all again in whatever
calls it, and leave a copy there that others might call. Here a part is left as it was lowered, and what it comes to is worked out in the
kernel that Python calls, which has it to itself: a part that is called once is taken in, and nothing is handed over.
"""

from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler


class Part(JITCodeLibrary):
    """The code of a part: linked into that of its callers, never run by itself."""

    def _optimize_final_module(self):
        pass

    def _finalize_final_module(self):
        self._finalize_dynamic_globals()
        self._finalized = True

    def get_pointer_to_function(self, name):
        """None: there is no machine code."""
        self._ensure_finalized()
        return 0

    @property
    def codegen(self):
        """Numba asks it to tell the machine code where its environment is (`set_env`); there is none."""
        return self

    def set_env(self, name, env):
        """Nothing to be told."""


class Whole(JITCodeLibrary):
    """The code of a kernel with all of its parts, under names of their own: by those that other kernels know, LLVM would find them here."""

    def _optimize_final_module(self):
        for function in self._final_module.functions:
            if not function.is_declaration and function.linkage.name == "linkonce_odr":
                function.linkage, function.name = "internal", f"part.{function.name}"
        super()._optimize_final_module()


class PartCompiler(Compiler):
    """Numba's pipeline for a part."""

    library = Part

    def define_pipelines(self):
        """As Numba's, for a library of this kind."""
        self.state.library = self.library(self.state.targetctx.codegen(), self.state.func_id.func_qualname)
        self.state.library.enable_object_caching()
        return super().define_pipelines()


class WholeCompiler(PartCompiler):
    """Numba's pipeline for a kernel with its parts."""

    library = Whole

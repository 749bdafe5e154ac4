"""How fast the program is, beside what others use and what the machine allows. Everything is timed in turn and in one run, because machines
are noisy, and medians are compared."""

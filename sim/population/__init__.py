"""The people: residents, commuters, visitors and offenders as rows of arrays."""

"""A production to practise on: a small shop under git, the host it runs on, and ways to break it.

Used by the demo, the benchmarks and the tests; not part of the installed package.
"""

"""Benchmarks: ratios against floors that are taken in the same run on the same machine."""

"""Fanin measured against whatever rivals are installed: ``python -m fanin bench``.

Every contender works in a process of its own, all alternate within one run, and each one's answer
is checked in that run. How to read and repeat the results: Benchmarks/README.md.
"""

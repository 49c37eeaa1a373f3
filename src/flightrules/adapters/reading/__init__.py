"""Parsing of the output of programs: bytes in, values out; what is not understood is `Unreadable`, never a guess."""

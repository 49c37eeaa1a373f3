"""The web console: pages that people read in a browser, and at which they sign.

A face: it imports no rule, and calls the application as the command line and the tools do.
"""

"""Pages of the console: for each a view (a frozen value made from answers and events) and the route that serves it.

Knows: how an incident reads on a page. Must not know: any rule, any adapter.
"""

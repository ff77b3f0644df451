"""The set-up of the product: from a bare machine with Python alone to a running hall.

Everything here runs with the system's own Python and its standard library, because it works before anything is
installed. One module, one subject; `serve` and `trial` are what
`script/server` and `script/test` do, in order.
"""

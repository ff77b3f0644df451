#!/usr/bin/env python
"""Command line of the product; `script/server` sets the environment it needs."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hall.config.settings")
    execute_from_command_line(sys.argv)

# Aliases: the work is in tasks.py, which needs nothing but Python.
.PHONY: help demo test run
.DEFAULT_GOAL := help

help demo test run:
	@python3 tasks.py $@

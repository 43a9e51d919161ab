# make demo: install, and read one real photo.   make test: install what tests need, and run them all.
PYTHON ?= python3
VENV   ?= .venv
BIN     = $(VENV)/bin
PIP     = $(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt

# A process for each core, with a thread each, so that they do not wait for one another; a file's
# tests stay in one process, which makes its networks once.
PYTEST  = OMP_NUM_THREADS=1 $(BIN)/pytest --numprocesses auto --maxprocesses 8 --dist loadfile

.PHONY: demo test test-long faults fuzz lint format benchmark clean

demo: $(VENV)/.demo
	$(BIN)/python -m mien.demo

test: $(VENV)/.dev
	$(PYTEST) -m "not slow"

test-long: $(VENV)/.dev
	$(PYTEST)

# Kills each command 50 times, and breaks its surroundings: 20 minutes; writes the page on it.
faults: $(VENV)/.dev
	OMP_NUM_THREADS=1 MIEN_FAULTS=50 MIEN_FAULTS_RESULTS=benchmarks/results/reliability.json \
		$(BIN)/pytest tests/faults --override-ini timeout=3600
	$(BIN)/python benchmarks/reliability.py

# 200,000 inputs for each place where mien takes what others wrote.
fuzz: $(VENV)/.dev
	OMP_NUM_THREADS=1 $(BIN)/python tests/fuzz/long.py

lint: $(VENV)/.dev
	$(BIN)/ruff check src tests benchmarks recipes main.py
	$(BIN)/isort --check-only src tests benchmarks recipes main.py
	$(BIN)/flake8 src tests benchmarks recipes main.py
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: $(VENV)/.dev
	$(BIN)/isort src tests benchmarks recipes main.py
	$(BIN)/ruff check --fix src tests benchmarks recipes main.py

benchmark: $(VENV)/.dev
	$(BIN)/python benchmarks/speed.py
	$(BIN)/python benchmarks/scores.py
	$(BIN)/python benchmarks/training.py
	$(BIN)/python benchmarks/readme.py

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) --editable ".[demo]"
	touch $@

# torch first and pinned: then pip takes the build without CUDA where there is one.
$(VENV)/.dev: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) torch
	$(PIP) --editable ".[dev]"
	touch $@ $(VENV)/.demo

clean:
	rm -rf $(VENV) demo build dist

# make demo: the main job, end to end.   make test: every test.   make check: style, types, floors.
# make lock: renew constraints.txt and requirements.txt.   make venv: only install. make spark: Spark and Java, for features/spark.py.
# make postgres: a PostgreSQL server, for the tests of the journal.
# make faketime: libfaketime, for the tests that set a clock back.
# make browser: Chromium, for the tests of the page. make charts: the page's chart library anew from npm, at its version.
# make bento: the service as a Bento, served in an empty environment with the base install only.
# make audit: known vulnerabilities of what is installed, where PyPI's advisories can be reached.
# make fuzz: ten thousand requests that nobody should send, and ten minutes under load; about twenty minutes in all.
# make feedback: fit the model of causes of replies anew, and judge it.
# make peers: EconML and causalml in .venv-peers, for benchmarks/effects.py.
# Each makes .venv first if it is absent; `python3` is the interpreter that .python-version names.

.DEFAULT_GOAL := help
.PHONY: help venv spark postgres faketime browser charts peers bento audit fuzz feedback demo test check lock clean

# Threads that wait must not spin: on shared cores that is time taken from those that work.
export OMP_WAIT_POLICY ?= PASSIVE

PY := .venv/bin/python
DEMO := demo/book
ROOT := $(if $(filter 0,$(shell id -u)),,sudo)

help:
	@sed -n '1,11p' Makefile

.venv/ready: pyproject.toml constraints.txt
	test -x $(PY) || python3 -m venv .venv
	$(PY) -c 'import sys; assert sys.version_info >= (3, 12), f"Python 3.12 or newer is needed, .venv has {sys.version}"'
	$(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[train,dev]'
	touch $@

venv: .venv/ready

spark: .venv/ready
	$(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[train,spark,dev]'
	command -v java || { $(ROOT) apt-get update --quiet && $(ROOT) apt-get install --quiet --yes openjdk-17-jre-headless; }

postgres:
	command -v initdb || ls /usr/lib/postgresql/*/bin/initdb || \
		{ $(ROOT) apt-get update --quiet && $(ROOT) apt-get install --quiet --yes postgresql; }

faketime:
	ls /usr/lib/*/faketime/libfaketimeMT.so.1 || \
		{ $(ROOT) apt-get update --quiet && $(ROOT) apt-get install --quiet --yes libfaketime; }

browser:
	command -v chromium || \
		{ $(ROOT) apt-get update --quiet && $(ROOT) apt-get install --quiet --yes chromium fonts-noto-cjk; }

CHARTS := chart.js@4.6.1
VENDOR := serving/console/static/vendor
charts:
	npm pack --silent --pack-destination $(VENDOR) $(CHARTS)
	tar -C $(VENDOR) -xzf $(VENDOR)/$(subst @,-,$(CHARTS)).tgz package/dist/chart.umd.min.js package/LICENSE.md
	mv $(VENDOR)/package/dist/chart.umd.min.js $(VENDOR)/chart.js && mv $(VENDOR)/package/LICENSE.md $(VENDOR)/chart.LICENSE.md
	rm -r $(VENDOR)/package $(VENDOR)/$(subst @,-,$(CHARTS)).tgz

peers:
	test -x .venv-peers/bin/python || python3 -m venv .venv-peers
	.venv-peers/bin/python -m pip install --quiet --disable-pip-version-check econml==0.17.0 causalml==0.18.0 xgboost==3.4.1

.venv-bento/ready: requirements.txt
	rm -rf .venv-bento && python3 -m venv .venv-bento
	.venv-bento/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

bento: .venv/ready .venv-bento/ready
	$(PY) -m benchmarks.bento .venv-bento/bin/python

# Whatever could not be looked up is a failure: silence is no clean bill.
audit:
	test -x .venv-audit/bin/pip-audit || { python3 -m venv .venv-audit && \
		.venv-audit/bin/python -m pip install --quiet --disable-pip-version-check pip-audit==2.10.1; }
	.venv-audit/bin/pip-audit --strict --no-deps --disable-pip --progress-spinner off -r requirements.txt

fuzz: .venv/ready
	$(PY) -m benchmarks.fuzz

feedback: .venv/ready
	$(PY) -m training.feedback

demo: .venv/ready
	.venv/bin/duewise simulate $(DEMO) --customers 5000 --months 18 --seed 7
	.venv/bin/duewise train $(DEMO) --alias champion
	.venv/bin/duewise score $(DEMO) --out demo/decisions.parquet
	.venv/bin/duewise report --out demo/report
	.venv/bin/duewise evaluate $(DEMO) --out demo/policy
	.venv/bin/duewise demo $(DEMO)

# Two at once, a file's tests together; each with one thread, since two that wait for one core are slower than one.
test: .venv/ready
	OMP_NUM_THREADS=1 .venv/bin/pytest --numprocesses 2 --dist loadfile

check: .venv/ready
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

lock:
	rm -rf .venv-lock && python3 -m venv .venv-lock
	.venv-lock/bin/pip install --quiet --disable-pip-version-check '.[train,spark,dev]'
	.venv-lock/bin/pip freeze --exclude duewise > constraints.txt.new
	mv constraints.txt.new constraints.txt
	rm -rf .venv-lock && python3 -m venv .venv-lock
	.venv-lock/bin/pip install --quiet --disable-pip-version-check -c constraints.txt .
	.venv-lock/bin/pip freeze --exclude duewise > requirements.txt
	rm -rf .venv-lock

clean:
	rm -rf demo .venv .venv-bento .venv-audit

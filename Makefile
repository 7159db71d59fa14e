# Everything a person or a machine runs. Debian 12 (and relatives) with Rust installed is enough: `setup` does the rest.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
# Graphics drivers complain on standard error without it.
export XDG_RUNTIME_DIR ?= /tmp
.PHONY: help setup setup-check demo test check fmt clippy doc deny audit tour pictures live works gallery maps corpus

help:
	@printf '%s\n' \
	  'make demo    install what is missing, build, write the demo district and open it' \
	  'make test    install what is missing, build, run all tests' \
	  'make check   what CI runs: setup, format, clippy, docs, cargo deny, then the tests' \
	  'make tour    click through the window under a virtual display, screenshots to target/tour' \
	  'make pictures  tables, plots and pictures of generated districts and the demo, in target/pictures' \
	  'make live    the demo live under a broker for ten minutes, screenshots of alarms in target/live' \
	  'make works   the demo at three dates in each overlay, Gantt chart, earned value, register, heat maps, in target/works' \
	  'make gallery  real models of other people in the window, a screenshot of each kind, in target/gallery' \
	  'make maps    epochs, cut and fill, contours, pipes, names in GBK, a drone, a city with points, places: pictures in target/maps' \
	  'make corpus  import every IFC file of LANTU_CORPUS, and broken copies of each: a table and a page of pictures in target/corpus' \
  'make audit   security advisories of the dependencies (needs a network)'

setup:
	@bash tests/setup.sh

setup-check: setup
	@command -v cargo-deny >/dev/null || cargo install cargo-deny --locked --version 0.20.2 --quiet

demo: setup
	cargo build --release --locked -p lantu-app
	./target/release/lantu demo lantu-demo

test: setup
	@bash tests/run.sh

check: setup-check fmt clippy doc deny test

fmt:
	cargo fmt --all --check

clippy:
	cargo clippy --workspace --all-targets --locked -- -D warnings

doc:
	RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --locked

deny:
	cargo deny --locked check bans licenses sources

audit:
	cargo deny check advisories

tour: export LANTU_TOUR = 1
tour: setup
	cargo build --release --locked -p lantu-app
	@bash tests/tour.sh

pictures: export LANTU_TOUR = 1
pictures: setup
	cargo build --release --locked -p lantu-app
	@bash tests/pictures.sh

works: export LANTU_TOUR = 1
works: setup
	cargo build --release --locked -p lantu-app
	@bash tests/works.sh

gallery: export LANTU_TOUR = 1
gallery: setup
	cargo build --release --locked -p lantu-app
	@bash tests/gallery.sh

maps: export LANTU_TOUR = 1
maps: setup
	cargo build --release --locked -p lantu-app
	@bash tests/maps.sh

live: export LANTU_TOUR = 1
live: setup
	cargo build --release --locked -p lantu-app
	@bash tests/live.sh

# Other readers of IFC are measured beside it where they are installed; LANTU_PYTHON names a Python with ifcopenshell.
corpus: setup
	cargo build --release --locked -p lantu-app
	./target/release/lantu bench corpus "$${LANTU_CORPUS:-../shared/data}/ifc" --out target/corpus --peers
	LANTU_MUTATIONS=all cargo test --release --locked -p lantu-ifc --test mutations

"""What the commands do that make the course, and try it: for its authors, not for a term.

As in :mod:`autograder.commands`, each imports what it needs when it is called.
"""

from __future__ import annotations

import argparse


def build(options: argparse.Namespace) -> int:
    from .authoring import build
    from .steps import would_write

    if options.from_notebook:
        path = build.from_notebook(options.from_notebook)
        print(f"wrote {path}")
        return 0
    if options.check:
        found = build.differences(options.notebooks)
        for line in found:
            print(line)
        print("Run `python -m autograder build`." if found else "Notebooks and checks are in step.")
        return 1 if found else 0
    if options.dry_run:
        print("\n".join(build.differences(options.notebooks, form=False) or ["all is in step"]))
        return would_write([])
    written = build.build(options.notebooks, force=options.force)
    print("\n".join(written or ["Notebooks and checks are in step."]))
    print("Next: python -m autograder release NN_topic")
    return 0


def pictures(options: argparse.Namespace) -> int:
    from .authoring import pictures
    from .project import find_project

    if options.check:
        found = pictures.differences(find_project(), options.names)
        print("\n".join(found or ["The pictures are what their modules compute."]))
        return 1 if found else 0
    for path in pictures.write(find_project(), options.names):
        print(path)
    return 0


def prove(options: argparse.Namespace) -> int:
    from .project import find_project
    from .proof import kill_matrix, kill_pages, prove
    from .terminal import progress_bar

    project = find_project()
    if options.check:
        found = kill_matrix.out_of_date(project, options.notebooks)
        print("\n".join([*found, "Run `make prove`."] if found else ["The proof is up to date."]))
        return 1 if found else 0
    with progress_bar("prove") as progress:
        proofs = prove.prove(project, options.notebooks, options.secrets, options.jobs, progress)
    rows = [kill_matrix.row(proof) for proof in proofs]
    total = kill_matrix.summary(rows)
    print(kill_pages.report(rows, total))
    if options.secrets < prove.SECRETS:
        print(f"Nothing is written: the proof that is published takes {prove.SECRETS} secrets.")
    else:
        print(*kill_matrix.write(project, proofs), sep="\n")
    return 1 if total["bars"] else 0


def book(options: argparse.Namespace) -> int:
    from .book.site import WORK, make

    print(make(options.output, WORK, solutions=options.solutions))
    return 0


def bundle(options: argparse.Namespace) -> int:
    from .book.bundle import bundle
    from .book.site import WORK

    for path in bundle(options.output, WORK):
        print(path)
    return 0


def demo(options: argparse.Namespace) -> int:
    from .sample import demo

    return int(demo.demo_command(options))


def bench(options: argparse.Namespace) -> int:
    from .bench import speed as bench

    return int(bench.bench_command(options))

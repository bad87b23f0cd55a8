"""Writes the folders of cases/ anew. `make.py` writes them where they belong; `make.py --check` compares what is
there with what would be written and says what differs. All cases are authored in authoring/; see oracle.py there
for the words. Needs scapy (Debian: python3-scapy)."""
import filecmp
import importlib
import pathlib
import shutil
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE))
SKIPPED = 77  # meson's exit code for a test that cannot run here


def write_all(folder):
    oracle = importlib.import_module("authoring.oracle")
    for module in sorted(path.stem for path in (HERE / "authoring").glob("*_cases.py")):
        importlib.import_module("authoring." + module)
    for case in oracle.all_cases():
        case.write(folder)
    return len(oracle.BEHAVIOURS)


def files_below(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def check(folder):
    with tempfile.TemporaryDirectory() as fresh:
        write_all(fresh)
        there, wanted = files_below(folder), files_below(pathlib.Path(fresh))
        _, different, unreadable = filecmp.cmpfiles(folder, fresh, sorted(there & wanted), shallow=False)
        problems = [f"{name}: not made by make.py" for name in sorted(there - wanted)]
        problems += [f"{name}: missing" for name in sorted(wanted - there)]
        problems += [f"{name}: differs from what make.py writes" for name in different + unreadable]
        print("\n".join(problems) or "all cases are as make.py writes them")
        return 1 if problems else 0


def main():
    try:
        import scapy  # noqa: F401
    except ImportError:
        print("scapy is missing: apt-get install python3-scapy")
        return SKIPPED
    folder = HERE / "cases"
    if sys.argv[1:] == ["--check"]:
        return check(folder)
    with tempfile.TemporaryDirectory() as fresh:
        count = write_all(fresh)
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(fresh, folder)
    print(f"{count} cases in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

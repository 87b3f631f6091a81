"""The set-up with planted Pythons, indexes and folders; nothing here asks the network."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bookbuild import setup_environment
from bookbuild.setup_environment import (
    SetupError,
    install,
    pip_settings,
    python_of,
    uv_options,
    uv_variables,
)

ROOT = Path(__file__).parents[2]
NOWHERE = "http://127.0.0.1:9/simple"
"""The discard port, where nobody listens."""

PYTHON = """#!/bin/sh
echo "$@" >> "{log}"
case "$*" in
  "-c import sys"*find_spec*) echo {probe} ;;
  "-c "*) echo {has} ;;
  *"config list") echo "global.index-url='{index}'" ;;
  *{fails}*) echo "planted failure" >&2; exit 1 ;;
esac
"""


class Planted:
    """An environment whose Python only writes down what it is asked to do."""

    def __init__(self, root: Path, **answers: str) -> None:
        self.root = root
        self.venv = root / ".venv"
        self.log = root / "log"
        (self.venv / "bin").mkdir(parents=True)
        (self.venv / "pyvenv.cfg").touch()
        known = {"probe": "3.11 True True", "has": "none", "index": NOWHERE, "fails": "nothing"}
        self.script("python", PYTHON.format(log=self.log, **known | answers))
        self.script("uv", f'#!/bin/sh\necho "uv $@" >> "{self.log}"\n')
        (root / "requirements.lock").write_text("a==1\ntorch==2.13.0\n")

    @property
    def python(self) -> Path:
        return self.venv / "bin" / "python"

    @property
    def calls(self) -> list[str]:
        """Commands that install something, in order."""
        return [line for line in self.log.read_text().splitlines() if " install " in line]

    def script(self, name: str, text: str) -> None:
        path = self.venv / "bin" / name
        path.write_text(text)
        path.chmod(0o755)


@pytest.fixture
def index() -> Iterator[str]:
    """The address of a server that answers, if only with an error."""
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/simple"
        server.shutdown()


def test_an_environment_that_cannot_be_created_leaves_nothing(tmp_path, monkeypatch):
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\nmkdir -p "$3/bin"; echo "no ensurepip" >&2; exit 1\n')
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    with pytest.raises(SetupError, match="no ensurepip"):
        python_of(tmp_path / ".venv")
    assert not (tmp_path / ".venv").exists()
    monkeypatch.setattr(setup_environment.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SetupError, match=r"apt-get install python3-venv, or python3\.\d+-venv"):
        python_of(tmp_path / ".venv")
    assert not (tmp_path / ".venv").exists()


def test_an_environment_without_pip_gets_it(tmp_path):
    venv = tmp_path / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    (venv / "mine.txt").touch()
    python = python_of(venv)
    subprocess.run([python, "-m", "pip", "--version"], check=True, capture_output=True)
    assert (venv / "mine.txt").exists()


def test_an_environment_that_no_pip_can_be_brought_to_is_left_to_its_owner(tmp_path):
    planted = Planted(tmp_path, probe="3.12 True False", fails="ensurepip")
    with pytest.raises(SetupError, match=r"(?s)has no pip.*python3\.12-venv.*or remove \.venv"):
        python_of(planted.venv)
    assert planted.python.exists()


def test_an_environment_of_an_older_python_is_left_to_its_owner(tmp_path):
    planted = Planted(tmp_path, probe="3.9 False True")
    with pytest.raises(SetupError, match=r"holds Python 3\.9; .* remove \.venv"):
        python_of(planted.venv)
    assert planted.python.exists()


def test_an_environment_whose_python_is_gone_is_left_to_its_owner(tmp_path):
    planted = Planted(tmp_path)
    planted.python.unlink()
    planted.python.symlink_to(tmp_path / "gone")
    with pytest.raises(SetupError, match=r"does not run: remove \.venv"):
        python_of(planted.venv)
    assert planted.venv.exists()


@pytest.mark.parametrize("content", ["folder", "file"])
def test_what_is_no_environment_stays(tmp_path, content):
    mine = tmp_path / ".venv"
    if content == "folder":
        mine.mkdir()
        mine = mine / "mine.txt"
    mine.write_text("mine")
    with pytest.raises(SetupError, match="is no environment: move it away"):
        python_of(tmp_path / ".venv")
    assert mine.read_text() == "mine"


def test_torch_comes_from_its_index_where_that_answers(tmp_path, index, capsys):
    planted = Planted(tmp_path)
    install(tmp_path, planted.python, index, {})
    torch, uv, lock, package = planted.calls
    assert torch.endswith(f"--no-deps --extra-index-url {index} torch==2.13.0")
    assert uv.endswith(setup_environment.UV)
    assert lock.startswith("uv pip install")
    assert lock.endswith(f"-r {tmp_path}/requirements.lock")
    assert package.endswith(f"--no-deps --no-build-isolation --editable {tmp_path}")
    assert "does not answer" not in capsys.readouterr().err


def test_torch_comes_from_elsewhere_where_its_index_does_not_answer(tmp_path, capsys):
    planted = Planted(tmp_path)
    install(tmp_path, planted.python, NOWHERE, {})
    assert planted.calls[0].endswith("--retries 1 --no-deps torch==2.13.0")
    assert len(planted.calls) == 4
    assert capsys.readouterr().err.splitlines()[0].startswith(f"{NOWHERE} does not answer; torch")


def test_what_is_installed_is_not_asked_for(tmp_path):
    planted = Planted(tmp_path, has="2.13.0+cpu")
    install(tmp_path, planted.python, NOWHERE, {})
    assert not any(call.endswith("torch==2.13.0") for call in planted.calls)


@pytest.mark.parametrize("missing", [True, False], ids=["uv is missing", "uv fails"])
def test_pip_installs_the_lock_where_uv_does_not(tmp_path, missing, capsys):
    planted = Planted(tmp_path, fails="uv==" if missing else "nothing")
    planted.script("uv", "#!/bin/sh\necho planted failure >&2; exit 2\n")
    install(tmp_path, planted.python, NOWHERE, {})
    assert planted.calls[-2].startswith("-m pip install")
    assert planted.calls[-2].endswith(f"-r {tmp_path}/requirements.lock")
    assert "planted failure" in capsys.readouterr().err


def test_variables_that_lead_pip_elsewhere_are_dropped(tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_TARGET", "/elsewhere")
    planted = Planted(tmp_path)
    planted.script("python", f'#!/bin/sh\necho " install $PIP_TARGET" >> "{planted.log}"\n')
    install(tmp_path, planted.python, NOWHERE, {})
    assert "/elsewhere" not in planted.log.read_text()


@pytest.mark.parametrize("answers", [True, False])
def test_a_failure_says_network_where_the_network_is_missing(tmp_path, index, answers):
    script = tmp_path / "lib" / "bookbuild" / "setup_environment.py"
    script.parent.mkdir(parents=True)
    shutil.copy(setup_environment.__file__, script)
    Planted(tmp_path, fails="torch", index=index if answers else NOWHERE)
    command = [sys.executable, script, "--torch-index", NOWHERE]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    network = f"{NOWHERE} does not answer; set-up needs the network.\n"
    assert done.stderr.endswith("error: planted failure\n" + network * (not answers))


def test_uv_is_told_what_pip_is_told():
    listing = "\n".join(
        [
            ":env:.find-links='/wheels'",
            "global.index-url='https://user:word@index/simple'",
            "global.extra-index-url='\\nfile:///a\\nhttps://b'",
            "global.find-links='/other'",
            "install.trusted-host='index'",
            "global.cert='/ca.pem'",
            "freeze.timeout='9'",
        ]
    )
    settings = pip_settings(listing)
    assert uv_options(settings) == ["--find-links", "/wheels", "--allow-insecure-host", "index"]
    variables = uv_variables(settings)
    assert variables["UV_DEFAULT_INDEX"] == "https://user:word@index/simple"
    assert variables["UV_INDEX"].split() == ["file:///a", "https://b"]
    assert variables["UV_INDEX_STRATEGY"] == "unsafe-best-match"
    assert variables["SSL_CERT_FILE"] == "/ca.pem"
    assert "UV_DEFAULT_INDEX" not in uv_variables({})


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What `make setup` reads."""
    files = ("Makefile", "requirements.lock", "pyproject.toml")
    for name in (*files, "lib/bookbuild/setup_environment.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def test_an_older_python_is_refused_by_name(checkout):
    old = checkout / "old"
    old.write_text('#!/bin/sh\n[ "$1" != --version ] || echo Python 3.9.2\nexit 1\n')
    old.chmod(0o755)
    command = ["make", "setup", f"PYTHON={old}"]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True)
    assert done.returncode == 2
    assert f"The book needs Python 3.11 or newer; {old} is Python 3.9.2." in done.stderr
    assert not (checkout / ".venv").exists()


def test_help_lists_every_target_that_says_what_it_does(checkout):
    listed = subprocess.run(["make"], cwd=checkout, capture_output=True, text=True).stdout
    lines = dict(line.split(maxsplit=1) for line in listed.splitlines())
    assert lines["help"] == "list the targets"
    text = (ROOT / "Makefile").read_text()
    assert list(lines) == [
        line.split(":")[0] for line in text.splitlines() if ": " in line and " ## " in line
    ]

"""The program as a process: pipes, signals, encodings, and what a terminal gets."""

import os
import signal
import subprocess
import sys
import threading

import pytest

from labelqa.cli.output import BROKEN_PIPE

pty = pytest.importorskip("pty", reason="terminals as Unix has them")

DEMO = ["demo", "--assets", "30", "--labelers", "3"]


def on_a_terminal(arguments, **environment):
    """Run with standard output and error on a terminal; gives what it was sent, and the exit code."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "labelqa", *arguments],
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm", **environment},
    )
    os.close(theirs)
    sent = bytearray()
    try:
        while part := os.read(ours, 1 << 16):
            sent += part
    except OSError:  # how Linux says that the other side is closed
        pass
    os.close(ours)
    return bytes(sent), process.wait()


def test_a_pipe_gets_no_escape_sequences_and_the_same_bytes_twice(shell):
    first, second = shell(*DEMO), shell(*DEMO)
    assert first.returncode == 0
    assert first.stderr == b""
    assert b"\x1b" not in first.stdout
    assert first.stdout == second.stdout


@pytest.mark.parametrize(
    ("environment", "coloured"),
    [({}, True), ({"NO_COLOR": "1", "COLUMNS": "72"}, False), ({"TERM": "dumb"}, False)],
)
def test_a_terminal_gets_colour_unless_it_is_not_wanted(environment, coloured):
    environment = {"NO_COLOR": "", **environment}
    sent, code = on_a_terminal(DEMO, **environment)
    assert code == 0
    assert (b"\x1b[" in sent) is coloured
    if "COLUMNS" in environment:
        assert max(map(len, sent.decode().splitlines())) <= int(environment["COLUMNS"])


def test_a_reader_that_goes_away_is_no_error():
    command = [sys.executable, "-m", "labelqa", "demo", "--assets", "1500", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"{\n"
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == BROKEN_PIPE


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device that is always full")
def test_a_full_disk_is_told_in_one_line():
    with open("/dev/full", "wb") as full:
        done = subprocess.run([sys.executable, "-m", "labelqa", "formats"], stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 2
    assert done.stderr == b"labelqa: The output cannot be written: No space left on device\n"


def test_the_shell_completes_commands_and_options(shell):
    for words, wanted in (("labelqa sc", b"plain,score"), ("labelqa score --ben", b"plain,--benchmark")):
        place = str(len(words.split()) - 1)
        done = shell(_LABELQA_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=place)
        assert done.stdout.splitlines() == [wanted]


def test_an_interrupt_ends_in_130(tmp_path):
    """The work waits, so that the signal surely comes while it goes on."""
    script = tmp_path / "run.py"
    script.write_text(
        "import signal, sys, time\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "import labelqa.simulation\n"
        "def demo(*_):\n"
        "    print('working', file=sys.stderr, flush=True)\n"
        "    time.sleep(30)\n"
        "labelqa.simulation.demo = demo\n"
        "sys.argv = ['labelqa', 'demo']\n"
        "from labelqa.cli.main import main\n"
        "main()\n"
    )
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stderr.readline() == b"working\n"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err.strip()) == (130, b"", b"labelqa: interrupted")


def test_exit_codes_reach_the_shell(shell, tmp_path):
    assert shell("nonsense").returncode == 2
    missing = shell("score", tmp_path / "missing")
    assert missing.returncode == 3
    assert missing.stdout == b""
    assert missing.stderr.count(b"\n") == 1


def test_names_that_the_encoding_lacks_are_written_out(shell, export):
    export.write_text(export.read_text().replace("ann", "山田").replace("bob", "Zoë"), encoding="utf-8")
    result = shell("score", export, PYTHONIOENCODING="latin-1")
    assert result.returncode == 0, result.stderr
    assert rb"\u5c71\u7530" in result.stdout
    assert "Zoë".encode("latin-1") in result.stdout


def test_progress_goes_to_a_terminal_only(tmp_path):
    """Long work is made of short work by waiting; a pipe gets no progress however long it takes."""
    script = tmp_path / "run.py"
    script.write_text(
        "import sys, time\n"
        "from labelqa.cli.progress import progress\n"
        "with progress('reading') as report:\n"
        "    for done in range(12):\n"
        "        time.sleep(0.15)\n"
        "        report and report(done, 12, 'a file')\n"
        "    for done in range(3):\n"
        "        report and report(done + 1, 3, 'sorting')\n"
        "print('done')\n"
    )
    piped = subprocess.run([sys.executable, script], capture_output=True, check=True)
    assert (piped.stdout, piped.stderr) == (b"done\n", b"")
    ours, theirs = pty.openpty()
    sent = bytearray()

    def listen():
        try:
            while part := os.read(ours, 1 << 16):
                sent.extend(part)
        except OSError:
            pass

    listener = threading.Thread(target=listen)
    listener.start()
    watched = subprocess.run([sys.executable, script], stdout=subprocess.PIPE, stderr=theirs, check=True)
    os.close(theirs)
    listener.join()
    os.close(ours)
    assert watched.stdout == b"done\n"
    assert b"reading" in sent
    assert b"bytes/s" in sent
    _, _, after = bytes(sent).partition(b"sorting")
    assert after
    assert b"bytes/s" not in after

# Puts the headers of others that llama.cpp is built with into a folder, out of a package of PyPI that holds its whole source.
# Arguments: the package with its version, the folder.
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile

package, folder = sys.argv[1:]
header = re.compile(r"[^/]+/vendor/llama\.cpp/vendor/((?:nlohmann|stb|miniaudio)/\w+\.hp{0,2})")
with tempfile.TemporaryDirectory() as scratch:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-binary", package.split("==")[0], "--dest", scratch, package]
    subprocess.run(command, check=True)
    [source] = pathlib.Path(scratch).glob("*.tar.gz")
    with tarfile.open(source) as archive:
        for member in archive:
            found = header.fullmatch(member.name)
            if found is not None and member.isfile():
                target = pathlib.Path(folder, found[1])
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(archive.extractfile(member).read())

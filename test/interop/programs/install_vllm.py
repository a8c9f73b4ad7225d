# Installs vLLM's build for processors beside a PyTorch that PyPI has: the one it names, a build without graphics cards, is not on PyPI.
# What it needs besides is read from its own list. Arguments: the package with its version, PyTorch
# with its version, and what else is wanted.
import importlib.metadata
import subprocess
import sys

package, *more = sys.argv[1:]
pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-cache-dir"]
subprocess.run([*pip, "--no-deps", package], check=True)
needed = importlib.metadata.requires(package.split("==")[0]) or []
ours = ("torch", "torchaudio", "torchvision")
plain = [line for line in needed if "extra ==" not in line and line.split(";")[0].split("=")[0].split(">")[0].strip() not in ours]
subprocess.run([*pip, *more, *plain], check=True)

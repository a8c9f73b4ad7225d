"""Presidio's own server, as it comes: app.py of presidio-analyzer, whose path is the argument, on loopback.

No language model is in a package registry, so its NLP engine gets blank pipelines of two languages, through its own configuration.
"""

import importlib.util
import os
import sys
import tempfile

import spacy
import tldextract
from werkzeug.serving import make_server

# The list of public suffixes comes with the package; a newer one would be fetched.
tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=())


def configure(folder):
    """Files that the server reads, named by the variables of its own."""
    for language in ("en", "de"):
        spacy.blank(language).to_disk(os.path.join(folder, language))
    models = "".join(f"  - {{lang_code: {language}, model_name: {os.path.join(folder, language)}}}\n" for language in ("en", "de"))
    files = {"NLP_CONF_FILE": f"nlp_engine_name: spacy\nmodels:\n{models}", "ANALYZER_CONF_FILE": "supported_languages: [en, de]\ndefault_score_threshold: 0\n"}
    for variable, text in files.items():
        os.environ[variable] = os.path.join(folder, variable)
        with open(os.environ[variable], "w", encoding="utf-8") as file:
            file.write(text)


configure(tempfile.mkdtemp(dir=os.environ["HOME"]))
spec = importlib.util.spec_from_file_location("presidio_app", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
server = make_server("127.0.0.1", 0, module.create_app(), threaded=True)
print(f"listening on {server.server_port}", flush=True)
server.serve_forever()

# Asks a genuine Presidio, as it comes, about texts: a JSON array on stdin, an array of [type, start, end, score] lists for each text on stdout.
# Offsets count code points. The argument is a spaCy model's package; "blank" is English without any model, where only patterns find something.
import json
import sys
import tempfile
from pathlib import Path

import presidio_analyzer
import spacy
import tldextract
import yaml
from presidio_analyzer.nlp_engine import NlpEngineProvider

# The list of public suffixes that came with the package: nothing is fetched.
tldextract.extract = tldextract.TLDExtract(suffix_list_urls=())

configuration = yaml.safe_load((Path(presidio_analyzer.__file__).parent / "conf" / "default.yaml").read_text())
with tempfile.TemporaryDirectory() as folder:
    model = sys.argv[1]
    if model == "blank":
        spacy.blank("en").to_disk(folder)
        model = folder
    configuration["models"] = [{"lang_code": "en", "model_name": model}]
    engine = NlpEngineProvider(nlp_configuration=configuration).create_engine()

# What presidio-research judges Presidio with.
analyzer = presidio_analyzer.AnalyzerEngine(nlp_engine=engine, default_score_threshold=0.4)
found = [
    [[result.entity_type, result.start, result.end, result.score] for result in analyzer.analyze(text=text, language="en")]
    for text in json.load(sys.stdin)
]
json.dump(found, sys.stdout)

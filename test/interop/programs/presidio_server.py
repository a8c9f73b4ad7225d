"""Presidio's analyzer behind the interface of its own server: POST /analyze takes a text or a list of texts.

The analyzer, its recognisers and its reading of requests are Presidio's; only the HTTP server is ours, on loopback. Names need a language
model, which no package registry has, so the pipeline is a blank one and the pattern recognisers do the finding.
"""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import spacy
import tldextract
from presidio_analyzer import AnalyzerEngine, AnalyzerRequest, BatchAnalyzerEngine, Pattern, PatternRecognizer, RecognizerRegistry
from presidio_analyzer.nlp_engine import SpacyNlpEngine

# The list of public suffixes comes with the package; a newer one would be fetched.
tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=())


class BlankPipeline(SpacyNlpEngine):
    """Cuts English text into words, and knows nothing else of it."""

    def __init__(self):
        super().__init__(models=[{"lang_code": "en", "model_name": "blank"}])
        self.nlp = {"en": spacy.blank("en")}

    def load(self):
        pass


def make_engine():
    registry = RecognizerRegistry(supported_languages=["en"])
    registry.load_predefined_recognizers(languages=["en"])
    badge = Pattern(name="badge", regex=r"\bBADGE [A-Z]{2}\d{3}\b", score=0.8)
    registry.add_recognizer(PatternRecognizer(supported_entity="STAFF_BADGE", patterns=[badge]))
    return BatchAnalyzerEngine(AnalyzerEngine(nlp_engine=BlankPipeline(), registry=registry, supported_languages=["en"]))


engine = make_engine()


def analyze(body):
    request = AnalyzerRequest(body)
    batch = request.text if isinstance(request.text, list) else [request.text]
    found = engine.analyze_iterator(
        texts=batch, language=request.language, entities=request.entities, score_threshold=request.score_threshold,
    )
    results = [
        [{"entity_type": one.entity_type, "start": one.start, "end": one.end, "score": one.score, "analysis_explanation": None} for one in spans]
        for spans in found
    ]
    return results if isinstance(request.text, list) else results[0]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        status, answer = (200, analyze(body)) if self.path == "/analyze" else (404, {"error": "not found"})
        text = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_args):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(f"listening on {server.server_address[1]}", flush=True)
server.serve_forever()

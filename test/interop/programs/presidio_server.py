"""Presidio's analyzer behind the interface of its own server (presidio_app.py runs that one): POST /analyze takes a text or a list of texts.

The analyzer, its recognisers and its reading of requests are Presidio's; only the HTTP server is ours, on loopback. Names need a language
model, which no package registry has, so the pipeline is a blank one and the pattern recognisers do the finding.
"""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import spacy
import tldextract
from presidio_analyzer import AnalyzerEngine, AnalyzerRequest, BatchAnalyzerEngine, RecognizerRegistry
from presidio_analyzer.nlp_engine import SpacyNlpEngine

# The list of public suffixes comes with the package; a newer one would be fetched.
tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=())


languages = ["en", "de"]


class BlankPipeline(SpacyNlpEngine):
    """Cuts text into words, and knows nothing else of it."""

    def __init__(self):
        super().__init__(models=[{"lang_code": language, "model_name": "blank"} for language in languages])
        self.nlp = {language: spacy.blank(language) for language in languages}

    def load(self):
        pass


def make_engine():
    registry = RecognizerRegistry(supported_languages=languages)
    registry.load_predefined_recognizers(languages=languages)
    return BatchAnalyzerEngine(AnalyzerEngine(nlp_engine=BlankPipeline(), registry=registry, supported_languages=languages))


engine = make_engine()


def analyze(body):
    request = AnalyzerRequest(body)
    batch = request.text if isinstance(request.text, list) else [request.text]
    found = engine.analyze_iterator(
        texts=batch, language=request.language, entities=request.entities, score_threshold=request.score_threshold,
        ad_hoc_recognizers=request.ad_hoc_recognizers,
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
        try:
            status, answer = (200, analyze(body)) if self.path == "/analyze" else (404, {"error": "not found"})
        except Exception as error:
            status, answer = 500, {"error": str(error)}
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

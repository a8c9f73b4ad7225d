# What the Python programs share: the tool that the model is to call, and the one line in which a program says what it saw.
import json
import os
import time

calls = []
deltas = []
model = os.environ["MODEL"]
prompt = os.environ["PROMPT"]
parameters = {
    "type": "object", "properties": {"word": {"type": "string"}, "mail": {"type": "string"}}, "required": ["word", "mail"], "additionalProperties": False,
}


def lookup(word: str, mail: str) -> str:
    """Looks up what a word means for somebody."""
    calls.append({"word": word, "mail": mail})
    return f"{word} for {mail} is {os.environ['TOOL_ANSWER']}"


def heard(text) -> None:
    if text:
        deltas.append({"atMs": time.time() * 1000, "text": text})


def report(text: str) -> None:
    print(json.dumps({"report": {"text": text, "calls": calls, "deltas": deltas}}), flush=True)
